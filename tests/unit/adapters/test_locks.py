"""One instance at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adce_async.adapters.locks import InstanceLock
from adce_async.errors import FixMeError
from adce_async.testing.clock import FakeClock


def test_the_second_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lake" / ".adce" / "lock"
    with InstanceLock(path, clock=FakeClock("2025-01-15T12:00:00Z")):
        with pytest.raises(FixMeError) as refused, InstanceLock(path):
            pass
        assert str(refused.value) == (
            f"another instance (pid {os.getpid()}, since 2025-01-15T12:00:00Z) works on this lake; "
            "stop it, or use another --lake"
        )
    with InstanceLock(path):
        pass


def test_the_words_fit_what_is_locked(tmp_path: Path) -> None:
    def lock() -> InstanceLock:
        return InstanceLock(tmp_path / "adce.lock", what="this state folder", option="--state-dir")

    with lock(), pytest.raises(FixMeError, match="works on this state folder; stop it, or use another --state-dir"):
        lock().acquire()


def test_a_file_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1 2020-01-01T00:00:00Z\n" * 50)
    lock = InstanceLock(tmp_path / "lock", clock=FakeClock("2025-01-15T12:00:00Z"))
    lock.acquire()
    lock.acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()} 2025-01-15T12:00:00Z\n"
    lock.release()
    lock.release()
    assert (tmp_path / "lock").read_text() == ""


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(FixMeError, match=r"lake/lock: can't be written .*use another --lake"):
        InstanceLock(tmp_path / "lake" / "lock").acquire()
