"""Asking systemd and launchd: with programs of our own in the place of theirs, which write down what they were asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from adce_async.cli import service_manager
from adce_async.cli.service_manager import LAUNCHD, SYSTEMD, installed_for, state_of, unit_of
from adce_async.errors import AdceError


class Managers:
    """Fake `systemctl` and `launchctl` on the PATH. `answers`: exit code and words by the command's first word."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = folder / "asked"
        self.answers = folder / "answers"
        self.answers.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        for name in ("systemctl", "launchctl"):
            path = programs / name
            path.write_text(
                f'#!/bin/sh\necho "{name} $*" >> "{self.log}"\n'
                f'for word in "$@"; do [ -f "{self.answers}/$word" ] && . "{self.answers}/$word"; done\nexit 0\n'
            )
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
        monkeypatch.setenv("HOME", str(folder / "home"))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.setattr(service_manager, "BOOTED", folder)
        monkeypatch.setattr(
            service_manager, "SYSTEM_UNITS", {SYSTEMD: folder / "etc-systemd", LAUNCHD: folder / "LaunchDaemons"}
        )
        for below in ("etc-systemd", "LaunchDaemons"):
            (folder / below).mkdir()

    def answer(self, word: str, script: str) -> None:
        (self.answers / word).write_text(script)

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def managers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Managers:
    return Managers(tmp_path, monkeypatch)


def write(system: bool, name: str, state: str) -> Path:
    path = unit_of(SYSTEMD, name, system=system).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[Unit]\n\n[X-Adce]\nStateDb={state}\n")
    return path


def test_the_unit_of_a_state_is_found_among_those_of_others(managers: Managers) -> None:
    write(True, "other", "/srv/other/adce.db")
    (write(True, "foreign", "x")).write_text("[Unit]\nDescription=not ours\n")
    path = write(False, "mine", "/srv/mine/adce.db")
    found = installed_for(Path("/srv/mine/../mine/adce.db"))
    assert found is not None
    assert (found.path, found.system, found.name) == (path, False, "mine.service")
    assert installed_for(Path("/srv/nobody/adce.db")) is None
    assert state_of(unit_of(SYSTEMD, "foreign", system=True)) is None


def test_systemd_is_asked_in_its_words(managers: Managers) -> None:
    write(True, "adce", "/x")
    write(False, "adce", "/x")
    machine, own = (unit_of(SYSTEMD, "adce", system=system) for system in (True, False))
    machine.start()
    own.restart()
    machine.stop()
    assert machine.learn() == ""
    own.forget()
    assert managers.asked() == [
        "systemctl start adce.service", "systemctl --user restart adce.service", "systemctl stop adce.service",
        "systemctl daemon-reload", "systemctl enable adce.service", "systemctl --user disable --now adce.service",
    ]  # fmt: skip
    assert machine.journal(5, follow=True) == [
        "journalctl",
        "--no-pager",
        "-o",
        "cat",
        "-n",
        "5",
        "-u",
        "adce.service",
        "-f",
    ]
    assert own.journal(5, follow=False)[-2:] == ["--user-unit", "adce.service"]


@pytest.mark.parametrize(
    ("said", "active"), [("active", True), ("deactivating", True), ("inactive", False), ("failed", False)]
)
def test_what_runs_or_is_about_to_is_active(managers: Managers, said: str, active: bool) -> None:
    managers.answer("is-active", f"echo {said}; exit 3")
    assert unit_of(SYSTEMD, "adce", system=True).is_active() is active


def test_where_systemd_does_not_run_what_is_left_to_do_is_said(
    managers: Managers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(False, "adce", "/x")
    monkeypatch.setattr(service_manager, "BOOTED", tmp_path / "nowhere")
    unit = unit_of(SYSTEMD, "adce", system=False)
    assert unit.learn() == (
        "systemd does not run here: `systemctl --user daemon-reload` and `systemctl --user enable adce.service` where it does"
    )
    unit.forget()
    assert managers.asked() == []


def test_what_a_manager_refuses_is_told_in_its_words(managers: Managers, capsys: pytest.CaptureFixture[str]) -> None:
    managers.answer("start", "echo 'Failed to start adce.service: Access denied' >&2; exit 4")
    with pytest.raises(AdceError, match=r"`systemctl start adce\.service` failed with exit code 4"):
        unit_of(SYSTEMD, "adce", system=True).start()
    assert capsys.readouterr().err == "Failed to start adce.service: Access denied\n"


def test_launchd_is_asked_in_its_words(managers: Managers) -> None:
    unit = unit_of(LAUNCHD, "adce", system=True)
    assert unit.path.name == "local.adce.plist"
    managers.answer("print", "echo '\tpid = 12'; exit 0")
    assert unit.is_active()
    unit.restart()
    managers.answer("print", "exit 113")
    assert not unit.is_active()
    unit.start()
    assert [line for line in managers.asked() if "print" not in line] == [
        "launchctl bootout system/local.adce", "launchctl kickstart system/local.adce",
        f"launchctl bootstrap system {unit.path}", "launchctl kickstart system/local.adce",
    ]  # fmt: skip


def test_a_manager_that_is_not_there_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AdceError, match=r"systemctl start adce\.service: No such file or directory"):
        unit_of(SYSTEMD, "adce", system=True).start()
