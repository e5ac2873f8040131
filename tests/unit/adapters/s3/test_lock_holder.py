from __future__ import annotations

import os
import subprocess
import sys

import pytest

from adce_async.adapters.s3.lock_holder import Holder, runs, this_process
from adce_async.testing.clock import FakeClock


async def test_a_holder_comes_back_from_what_the_lock_says_and_each_writing_is_another() -> None:
    me = this_process("folder-1", FakeClock())
    assert Holder.of(me.text()) == me
    assert me.text() != me.text()
    assert str(me).startswith(f"pid {os.getpid()} on ")


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"host": 1}', b"\xff"])
def test_what_is_no_lock_says_nothing(text: bytes) -> None:
    assert Holder.of(text) is None


def test_which_processes_run() -> None:
    assert runs(os.getpid())
    assert runs(1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not runs(ended.pid)
