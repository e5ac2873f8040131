"""A pid alone is nobody: signals go to the process that wrote the file, or to none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adce_async.service import pid_file
from adce_async.service.pid_file import Holder, identity

SLEEP = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]


@pytest.fixture
def other():
    process = subprocess.Popen(SLEEP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_what_is_written_is_read_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "adce.pid"
    with pid_file.written(path):
        assert path.read_text().splitlines()[0] == str(os.getpid())
        found = pid_file.read(path)
        assert found is not None
        assert (found.pid, found.runs) == (os.getpid(), True)
        assert (found.folder, list(found.command)) == (str(Path.cwd()), sys.argv[1:])
    assert not path.exists()
    assert pid_file.read(path) is None


def test_what_somebody_else_has_written_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "adce.pid"
    with pid_file.written(path):
        path.write_text("1\nsomebody else")
    assert path.read_text() == "1\nsomebody else"


def test_a_process_that_has_the_number_and_is_another_is_never_sent_anything(tmp_path: Path, other) -> None:
    stranger = Holder(other.pid, "the machine before it was started anew 1 2")
    assert not stranger.runs
    assert not stranger.send(signal.SIGKILL)
    assert other.poll() is None
    path = tmp_path / "adce.pid"
    path.write_text(f"{other.pid}\n{identity(os.getpid())}\n")
    assert pid_file.read(path) is None


def test_the_process_itself_gets_the_signal_and_is_seen_to_end(other) -> None:
    holder = Holder(other.pid, identity(other.pid))
    assert holder.runs
    assert holder.send(signal.SIGTERM)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not holder.runs  # it has ended, though its parent has not asked what became of it
    assert other.wait(5) == -signal.SIGTERM
    assert not holder.send(signal.SIGTERM)


def test_of_a_command_line_what_is_secret_is_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["adce", "--mirror", "http://me:hunter2-hunter2@mirror.test", "run"])
    with pid_file.written(tmp_path / "adce.pid"):
        assert "hunter2" not in (tmp_path / "adce.pid").read_text()
        found = pid_file.read(tmp_path / "adce.pid")
    assert found is not None
    assert found.command == ("--mirror", "http://***@mirror.test", "run")
    assert pid_file.whole_command(found) is None  # it is not what this process was really started with


TOLD = ("--mirror", "http://me:hunter2-hunter2@mirror.test", "run")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says with which words a process was started")
def test_what_was_not_written_down_is_known_as_long_as_the_process_is_there() -> None:
    process = subprocess.Popen([*SLEEP, *TOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    hidden = ("--mirror", "http://***@mirror.test", "run")
    found = Holder(process.pid, identity(process.pid), "", hidden)
    assert pid_file.whole_command(found) == TOLD
    assert pid_file.whole_command(Holder(process.pid, identity(process.pid), "", ("-x", *hidden[1:]))) is None
    assert pid_file.whole_command(Holder(process.pid, "another", "", hidden)) is None
    process.communicate()
    assert pid_file.whole_command(found) is None
    assert pid_file.whole_command(Holder(process.pid, "another", "", ("run",))) == ("run",)


@pytest.mark.parametrize("text", ["", "x", "-1\nme", "0\nme", f"{2**40}\nme", "12", "1 2\n3", "\udc80"])
def test_what_is_no_pid_file_names_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "adce.pid"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert pid_file.read(path) is None


def test_nobody_has_no_identity() -> None:
    assert identity(2**22 + 1) == ""
    assert identity(os.getpid()) == identity(os.getpid()) != ""


@pytest.mark.parametrize(("text", "ours"), [("{pid} adce run", True), ("", False), ("x y", False), (f"{2**31}", False)])
def test_who_holds_the_lock_on_the_state_is_told_as_far_as_it_says_so(tmp_path: Path, text: str, ours: bool) -> None:
    lock = tmp_path / "adce.lock"
    assert pid_file.worker(lock) is None
    lock.write_text(text.format(pid=os.getpid()))
    assert pid_file.worker(lock) == (os.getpid() if ours else None)
