"""Unit files: verified by systemd itself where it is installed, and read back."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.cli.service_units import (
    Unit,
    launchd_plist,
    state_of_plist,
    state_of_unit,
    systemd_unit,
)
from adce_async.errors import FixMeError
from adce_async.supervisor import STOP_SLACK

ANALYZE = shutil.which("systemd-analyze")
KILL = shutil.which("kill") or "/bin/kill"


def unit(folder: Path, **changes: object) -> Unit:
    made = Unit(
        name="adce",
        program=(sys.executable, "-m", "adce_async", "--config-dir", str(folder / "config"), "run"),
        folder=folder,
        writable=(folder / "lake", folder / "inventory"),
        environment=folder / "config" / "adce.env",
        state_db=folder / "inventory" / "adce.db",
        grace=30.0,
        system=True,
        user="daemon",
        reload=(KILL, "-HUP", "$MAINPID"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def lines(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_a_stop_gets_more_time_than_it_takes_and_a_mistake_is_not_tried_again(tmp_path: Path) -> None:
    said = lines(systemd_unit(unit(tmp_path, grace=300.0)))
    assert int(said["TimeoutStopSec"]) > 300 + STOP_SLACK
    assert said["Restart"] == "on-failure"
    assert said["RestartPreventExitStatus"] == "2"
    assert said["Type"] == "notify"
    assert said["ExecReload"].endswith("-HUP $MAINPID")


def test_it_may_write_where_it_has_to_and_nowhere_else() -> None:
    said = lines(systemd_unit(unit(Path("/srv/adce"))))
    assert said["ProtectSystem"] == "strict"
    assert said["ReadWritePaths"] == "/srv/adce/lake /srv/adce/inventory"
    assert said["PrivateTmp"] == "yes"
    assert said["CapabilityBoundingSet"] == ""
    assert said["User"] == "daemon"


def test_a_lake_among_temporary_files_is_not_hidden_from_it() -> None:
    assert "PrivateTmp" not in systemd_unit(unit(Path("/tmp/adce")))


def test_root_keeps_what_it_needs_to_write_files_of_others() -> None:
    text = systemd_unit(unit(Path("/srv/adce"), user=None))
    assert "CapabilityBoundingSet" not in text
    assert "User=" not in text


def test_a_users_own_service_asks_for_nothing_that_needs_privileges(tmp_path: Path) -> None:
    said = lines(systemd_unit(unit(tmp_path, system=False)))
    assert said["WantedBy"] == "default.target"
    assert said["NoNewPrivileges"] == "yes"
    assert not {"ProtectSystem", "PrivateTmp", "User", "SystemCallFilter", "After"} & said.keys()


def test_a_dollar_is_doubled_where_it_would_begin_a_variable_and_nowhere_else() -> None:
    folder = Path("/srv/a $x")
    program = (str(folder / "python"), "--config-dir", str(folder / "config"), "run")
    said = lines(systemd_unit(unit(folder, program=program)))
    assert said["ExecStart"] == '@"/srv/a $x/python" "/srv/a $$x/python" --config-dir "/srv/a $$x/config" run'
    assert said["ReadWritePaths"] == '"/srv/a $x/lake" "/srv/a $x/inventory"'
    assert said["WorkingDirectory"] == "/srv/a $x"


@pytest.mark.parametrize("folder", ["it's", 'a "b"', "a\\b"])
def test_what_systemd_would_not_run_is_refused(folder: str) -> None:
    with pytest.raises(FixMeError, match="install it elsewhere"):
        systemd_unit(unit(Path("/srv"), program=(f"/srv/{folder}/python", "run")))


def test_a_folder_is_no_pattern_of_files() -> None:
    said = lines(systemd_unit(unit(Path("/srv/[a]*"))))
    assert said["EnvironmentFile"] == r"-/srv/\[a\]\*/config/adce.env"


def test_a_path_that_no_unit_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixMeError, match="control characters"):
        systemd_unit(unit(tmp_path / "two\nlines"))


def test_each_knows_its_state(tmp_path: Path) -> None:
    one = unit(tmp_path / "100 % of it")
    assert state_of_unit(systemd_unit(one)) == str(one.state_db)
    assert state_of_plist(launchd_plist(one, tmp_path / "err")) == str(one.state_db)
    assert state_of_unit("[Unit]\nDescription=somebody else's\n") is None
    assert state_of_plist(b"no plist") is None
    assert state_of_plist(plistlib.dumps(["a", "list"])) is None  # type: ignore[arg-type]
    assert state_of_plist(plistlib.dumps({"Label": "x"})) is None


def test_launchd_gets_what_it_documents(tmp_path: Path) -> None:
    one = unit(tmp_path / "a & b <c>", grace=20.0)
    found = plistlib.loads(launchd_plist(one, tmp_path / "err"))
    assert found["Label"] == "local.adce"
    assert found["ProgramArguments"] == [*one.program, "--detached"]
    assert found["ExitTimeOut"] > 20 + STOP_SLACK
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert found["UserName"] == "daemon"
    documented = {
        "Label", "ProgramArguments", "WorkingDirectory", "RunAtLoad", "KeepAlive", "ThrottleInterval", "ExitTimeOut",
        "ProcessType", "SoftResourceLimits", "StandardOutPath", "StandardErrorPath", "UserName",
    }  # fmt: skip
    assert {key for key in found if not key.startswith("X-")} <= documented
    kinds = {"Label": str, "RunAtLoad": bool, "ThrottleInterval": int, "ExitTimeOut": int, "ProcessType": str}
    assert all(isinstance(found[key], kind) for key, kind in kinds.items())


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed: the unit is not verified by systemd")
@pytest.mark.parametrize("system", [True, False])
@pytest.mark.parametrize("name", ["plain", "with space", "100 % $HOME", "quote \" and \\ and '", "gr\u00f6\u00dfe"])
def test_systemd_has_nothing_to_say_about_it(tmp_path: Path, name: str, system: bool) -> None:
    folder = tmp_path / name
    for below in ("lake", "inventory", "config"):
        (folder / below).mkdir(parents=True)
    python = (tmp_path if "quote" in name else folder) / "python"
    python.symlink_to(sys.executable)
    path = tmp_path / "adce.service"
    program = (str(python), "-m", "adce_async", "--config-dir", str(folder / "config"), "run")
    path.write_text(systemd_unit(unit(folder, system=system, program=program)))
    scope = [] if system else ["--user"]
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *scope, str(path)],
        capture_output=True, text=True, check=False, timeout=100, env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed: the unit is not verified by systemd")
def test_systemd_would_have_something_to_say_about_a_wrong_one(tmp_path: Path) -> None:
    path = tmp_path / "adce.service"
    path.write_text(systemd_unit(unit(tmp_path)).replace("Type=notify", "Typ=notify"))
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", str(path)], capture_output=True, text=True, check=False, timeout=100
    )
    assert "Unknown key" in done.stderr
