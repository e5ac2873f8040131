"""SIGTERM before anything runs. (In processes of their own: handlers are the process's.)"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEED = "from adce_async.cli import early_signals; early_signals.heed()\n"


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)


def test_sigterm_ends_the_process_by_the_signal_itself() -> None:
    done = run(HEED + "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nprint('still here')")
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")


def test_whoever_wants_it_ignored_or_has_a_handler_keeps_it() -> None:
    ignored = "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HEED
    assert run(ignored + "os.kill(os.getpid(), signal.SIGTERM)\nprint('still here')").stdout == "still here\n"


def test_sighup_does_not_end_a_service_that_is_about_to_start() -> None:
    done = run(
        "import os, signal\nfrom adce_async.cli import early_signals\nearly_signals.ignore_hangup()\n"
        "os.kill(os.getpid(), signal.SIGHUP)\nprint('still here')"
    )
    assert done.stdout == "still here\n"


AS_PROCESS_1 = """
import ctypes, os, sys
CLONE_NEWPID = 0x20000000
if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWPID):
    sys.exit(77)
child = os.fork()
if not child:
    assert os.getpid() == 1
    {heed}
    os.write(1, b"ready")
    import signal
    os.read(0, 1)  # until the other side closes it
    os._exit(0)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="process 1 of a name space is Linux's")
@pytest.mark.parametrize(("heed", "code"), [(HEED.strip(), 143), ("pass", 0)])
def test_process_1_ends_too(heed: str, code: int) -> None:
    program = AS_PROCESS_1.format(heed=heed.replace("\n", "; "))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said = os.read(process.stdout.fileno(), 5)
    if not said:
        process.communicate(timeout=60)
        pytest.skip("this user may not make process name spaces")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)
    process.communicate(timeout=60)  # closes its stdin: who has dropped the signal ends by that
    assert process.returncode == code
