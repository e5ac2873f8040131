"""start and stop without a service manager: what they say, and whom they never touch. (tests/process starts real ones.)"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Desk

from adce_async.cli import process_control, service_manager
from adce_async.cli.main import _main
from adce_async.cli.options import Globals
from adce_async.cli.process_control import command_line
from adce_async.service.pid_file import Holder, identity

STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); sys.stdin.read()"
)
WILLING = "import sys; print('up', flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def no_manager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service_manager, "BOOTED", tmp_path / "nowhere")


def running(desk: Desk, program: str, who: str | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    (desk.inventory / "adce.pid").write_text(f"{process.pid}\n{who or identity(process.pid)}\n")
    return process


def end(process: subprocess.Popen[str]) -> int:
    process.communicate()
    return process.returncode


def test_nothing_that_runs_is_stopped_already(desk: Desk) -> None:
    assert desk.adce("stop")[0] == "nothing runs\n"


def test_who_runs_is_stopped_and_waited_for(desk: Desk) -> None:
    process = running(desk, WILLING)
    assert desk.adce("stop")[0] == f"stopped (pid {process.pid})\n"
    assert end(process) == -signal.SIGTERM


def test_a_stranger_with_the_number_is_left_alone(desk: Desk) -> None:
    process = running(desk, WILLING, who="another boot, another process")
    assert desk.adce("stop")[0] == "nothing runs\n"
    assert end(process) == 0


def test_a_run_that_ends_by_itself_is_named_and_left_alone(desk: Desk) -> None:
    process = running(desk, WILLING)
    (desk.inventory / "adce.pid").unlink()
    (desk.inventory / "adce.lock").write_text(f"{process.pid} 2026-11-28T12:00:00Z\n")
    _, err = desk.adce("stop", expect=1)
    assert (
        err
        == f"adce: no service runs; pid {process.pid} is at work (`run --once`, `execute`): `kill {process.pid}` ends it\n"
    )
    assert end(process) == 0
    assert desk.adce("stop")[0] == "nothing runs\n"  # it was killed, and what it wrote has stayed


def test_who_does_not_end_is_named_and_never_killed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_control, "STOP_RESERVE", -process_control.STOP_SLACK)
    desk.write("config/autonomous_config.yaml", {"grace_seconds": 0})
    process = running(desk, STUBBORN)
    _, err = desk.adce("stop", "--now", expect=1)
    assert err == f"adce: pid {process.pid} has not ended after 0 s; `kill -9 {process.pid}` loses nothing\n"
    assert end(process) == 0


def test_who_runs_already_is_not_started_twice(desk: Desk) -> None:
    process = running(desk, WILLING)
    assert desk.adce("start")[0] == f"runs already (pid {process.pid})\n"
    end(process)


def test_a_broken_configuration_stops_nothing_on_restart(desk: Desk) -> None:
    process = running(desk, WILLING)
    (desk.folder / "config" / "autonomous_config.yaml").write_text("max_retriess: 1\n")
    assert "did you mean" in desk.adce("restart", expect=2)[1]
    assert process.poll() is None
    assert end(process) == 0


def test_what_can_not_be_started_as_it_was_is_not_stopped(desk: Desk) -> None:
    process = running(desk, WILLING)
    path = desk.inventory / "adce.pid"
    command = ["--mirror", "http://***@mirror.test", "run"]
    path.write_text(path.read_text() + json.dumps({"folder": str(desk.folder), "command": command}) + "\n")
    assert _main(["restart"]) == 2
    assert process.poll() is None
    assert end(process) == 0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((), ["run"]),
        (("run", "--detached"), ["run"]),
        (("--config-dir", "run"), ["--config-dir", "run", "run"]),
        (("--config-dir=c", "--lake", "l", "run", "--dry-run"), ["--config-dir=c", "--lake", "l", "run", "--dry-run"]),
        (("--log-level", "DEBUG"), ["--log-level", "DEBUG", "run"]),
    ],
)
def test_it_is_started_again_with_what_it_was_told(told: tuple[str, ...], words: list[str]) -> None:
    assert process_control._as_before(Holder(1, "me", "", told)) == words


def test_the_global_options_are_handed_on(desk: Desk) -> None:
    given = Globals(
        Path("c"), Path("i"), None, "file:///lake", None, "DEBUG", None,
        {"reconciliation_interval_minutes": 5.0, "logging.levels.survey": "DEBUG"},
    )  # fmt: skip
    assert command_line(given) == [
        "--config-dir", "c", "--inventory-dir", "i", "--lake", "file:///lake", "--log-level", "DEBUG",
        "--interval-minutes", "5.0", "--log-level", "survey=DEBUG",
    ]  # fmt: skip
    assert command_line(Globals(None, None, None, None, None, None, None)) == []


def test_a_process_that_ends_at_once_says_why_in_its_words_and_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = tmp_path / "err"
    errors.write_text("lake: in use\n")
    assert process_control._say_why_not(2, errors, tmp_path / "log") == 2
    assert capsys.readouterr().err == "lake: in use\n"
    errors.write_text("")
    assert process_control._say_why_not(-signal.SIGKILL, errors, tmp_path / "log") == 1
    assert "ended at once (SIGKILL)" in capsys.readouterr().err
