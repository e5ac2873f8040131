from __future__ import annotations

import json
import subprocess

from tests.process.conftest import LIMIT, Desk

READER = """
import fcntl, json, struct, sys, termios, time

def waiting():
    return struct.unpack("i", fcntl.ioctl(0, termios.FIONREAD, bytes(4)))[0]

while waiting() < fcntl.fcntl(0, fcntl.F_GETPIPE_SZ) - 4096:
    time.sleep(0.01)
sys.stdout.write(str(len(json.load(sys.stdin)["tasks"])))
"""
"""It reads nothing before the pipe is full (but for what is left of a page)."""


def test_a_long_answer_arrives_whole_through_a_slow_pipe(desk: Desk) -> None:
    """Unbuffered, as in containers, a write to a pipe may take only a part of what it is given."""
    desk.ants(6000)
    with subprocess.Popen(
        desk.command("plan", "--json"), stdout=subprocess.PIPE, env={"PYTHONUNBUFFERED": "1", "PATH": ""}
    ) as writer:
        slow = subprocess.run(
            [desk.command()[0], "-c", READER], stdin=writer.stdout, capture_output=True, timeout=LIMIT, check=True
        )
    assert (json.loads(slow.stdout), writer.returncode) == (6000, 0)
