from __future__ import annotations

import subprocess
import sys

RUN = """
from adce_async.cli.common import run_async

class Large:
    def __repr__(self):
        raise SystemExit("somebody wrote a plan of 170,000 tasks as a text")

async def main():
    return Large()

assert isinstance(run_async(main()), Large)
"""


def test_what_a_command_comes_to_is_never_written_as_a_text() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
