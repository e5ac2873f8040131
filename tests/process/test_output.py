from __future__ import annotations

import json
import subprocess

from tests.process.conftest import LIMIT, Desk


def test_a_long_answer_arrives_whole_through_a_slow_pipe(desk: Desk) -> None:
    """Unbuffered, as in containers, a write to a pipe may take only a part of what it is given."""
    desk.ants(6000)
    reader = (
        "import sys, time; time.sleep(1.5); sys.stdout.write(str(len(__import__('json').load(sys.stdin)['tasks'])))"
    )
    with subprocess.Popen(
        desk.command("plan", "--json"), stdout=subprocess.PIPE, env={"PYTHONUNBUFFERED": "1", "PATH": ""}
    ) as writer:
        slow = subprocess.run(
            [desk.command()[0], "-c", reader], stdin=writer.stdout, capture_output=True, timeout=LIMIT, check=True
        )
    assert (json.loads(slow.stdout), writer.returncode) == (6000, 0)
