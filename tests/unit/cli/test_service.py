"""Installing the service: a unit with the paths that hold here, beside those of others."""

from __future__ import annotations

import os
import plistlib
import pwd
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Desk

from adce_async.cli import service_manager
from adce_async.cli.service_manager import LAUNCHD, SYSTEMD


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no service manager runs, with its folders for units."""
    monkeypatch.setattr(service_manager, "BOOTED", tmp_path / "nowhere")
    monkeypatch.setattr(
        service_manager, "SYSTEM_UNITS", {SYSTEMD: tmp_path / "etc", LAUNCHD: tmp_path / "LaunchDaemons"}
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_a_unit_is_written_twice_the_same_and_taken_away(desk: Desk, machine: Path) -> None:
    path = machine / "etc" / "adce.service"
    out, _ = desk.adce("service", "install", "--systemd", "--system")
    first = path.read_text()
    assert out.startswith(f"{path}: written\nsystemd does not run here: ")
    desk.adce("service", "install", "--systemd", "--system")
    assert path.read_text() == first
    unit = said(first)
    assert (
        f"--config-dir {desk.folder / 'config'} --inventory-dir {desk.inventory} --lake {desk.lake.as_uri()}"
        in unit["ExecStart"]
    )
    assert unit["WorkingDirectory"] == str(machine)
    assert unit["ReadWritePaths"].split() == sorted([str(desk.inventory), str(desk.lake)])
    assert desk.lake.is_dir()  # a unit with a folder that is not there would not start at all
    assert desk.adce("service", "uninstall", "--systemd", "--system")[0] == f"{path}: removed\n"
    assert not path.exists()
    assert "nothing to do" in desk.adce("service", "uninstall", "--systemd", "--system")[0]


def test_a_users_own_unit_lies_in_his_home(desk: Desk, machine: Path) -> None:
    out, _ = desk.adce("service", "install", "--systemd", "--user", "--name", "nba")
    assert (machine / "home/.config/systemd/user/nba.service").is_file()
    assert "enable-linger" in out


def test_a_unit_of_somebody_else_stays_as_it_is(desk: Desk, machine: Path) -> None:
    path = machine / "etc" / "adce.service"
    path.parent.mkdir()
    path.write_text("[Unit]\nDescription=not ours\n")
    assert "another --name" in desk.adce("service", "install", "--systemd", "--system", expect=2)[1]
    assert "it stays as it is" in desk.adce("service", "uninstall", "--systemd", "--system", expect=2)[1]
    assert path.read_text() == "[Unit]\nDescription=not ours\n"


def test_a_property_list_can_be_looked_at_and_nothing_is_made(desk: Desk, machine: Path) -> None:
    out, _ = desk.adce("service", "install", "--launchd", "--user", "--output", "-")
    found = plistlib.loads(out.encode())
    assert found["ProgramArguments"][-2:] == ["run", "--detached"]
    assert not (machine / "home").exists()
    assert not desk.lake.exists()


def test_what_the_unit_does_not_know_is_said(desk: Desk, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADCE_MAX_RETRIES", "1")
    out, _ = desk.adce("service", "install", "--systemd", "--system")
    assert (
        f"note: the service does not see your ADCE_MAX_RETRIES: put into {desk.folder / 'config' / 'adce.env'} " in out
    )


def test_where_launchd_finds_variables_is_said(desk: Desk, machine: Path) -> None:
    out, _ = desk.adce("service", "install", "--launchd", "--user")
    assert "EnvironmentVariables" in out


@pytest.mark.parametrize("kind", ["--systemd", "--launchd"])
@pytest.mark.parametrize("name", ["", "../../x y", "a/b", ".hidden", "-x", "a\nb", "x" * 81])
def test_what_is_no_name_of_a_unit_is_refused(desk: Desk, machine: Path, name: str, kind: str) -> None:
    before = sorted(machine.rglob("*"))
    for what in ("install", "uninstall"):
        _, err = desk.adce("service", what, kind, "--user", f"--name={name}", expect=2)
        assert err.startswith("--name: got ")
    assert sorted(machine.rglob("*")) == before


def test_what_is_no_name_of_a_user_is_refused(desk: Desk, machine: Path) -> None:
    words = ("service", "install", "--systemd", "--system", "--output", "-")
    assert desk.adce(*words, "--as", "x\nExecStartPre=/bin/y", expect=2)[1].startswith("--as: got ")
    assert "User=svc-nba@home" in desk.adce(*words, "--as", "svc-nba@home")[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders to others")
def test_folders_that_it_makes_belong_to_who_will_write_there(desk: Desk, machine: Path) -> None:
    desk.adce("service", "install", "--systemd", "--system", "--as", "daemon")
    assert desk.lake.stat().st_uid == pwd.getpwnam("daemon").pw_uid
    assert said((machine / "etc" / "adce.service").read_text())["User"] == "daemon"
    assert (
        "no user 'nobody-here'"
        in desk.adce("service", "install", "--systemd", "--system", "--as", "nobody-here", expect=2)[1]
    )
