"""service install, service uninstall: the unit for systemd or launchd, with paths filled in."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import sys
from pathlib import Path

import click

from adce_async.cli.common import load_all
from adce_async.cli.options import Globals
from adce_async.cli.process_control import component_levels
from adce_async.cli.service_manager import LAUNCHD, SYSTEMD, Installed, absolute, state_of, unit_of
from adce_async.cli.service_units import Unit, launchd_plist, systemd_unit
from adce_async.config.settings import Settings
from adce_async.errors import FixMeError

USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,254}\$?")
"""What may stand in a unit as a user; whether there is such a one is another question."""
ENVIRONMENT_FILE = "adce.env"
"""In the configuration folder: variables of the service, tokens above all."""


def install(
    given: Globals, kind: str | None, system: bool | None, name: str, run_as: str | None, output: str | None
) -> None:
    """Write the unit, and tell its manager. Raises FixMeError."""
    settings = load_all(given).settings
    kind = kind or (LAUNCHD if sys.platform == "darwin" else SYSTEMD)
    system = os.geteuid() == 0 if system is None else system
    target = unit_of(kind, name, system=system)
    if run_as is not None and not USER.fullmatch(run_as):
        raise FixMeError(f"--as: got {run_as!r}; expected the name of a user")
    unit = _unit(settings, given, name, run_as, system=system)
    text = systemd_unit(unit).encode() if kind == SYSTEMD else launchd_plist(unit, absolute(settings.paths.errors_file))
    if output == "-":
        click.echo(text.decode(), nl=False)
        return
    _make_folders(unit)
    if output is not None:
        target = Installed(kind, system, Path(output))
    elif target.path.exists() and state_of(target) is None:
        raise FixMeError(f"{target.path}: is somebody else's; expected another --name")
    _write(target.path, text)
    click.echo(f"{target.path}: written")
    if output is None:
        click.echo(target.learn() or "`adce start` starts it, `adce service uninstall` takes it away")
    for line in _hints(unit, kind):
        click.echo(f"note: {line}")


def uninstall(kind: str | None, system: bool | None, name: str) -> None:
    """Stop it and take the unit away. What it has stored stays."""
    kind = kind or (LAUNCHD if sys.platform == "darwin" else SYSTEMD)
    system = os.geteuid() == 0 if system is None else system
    target = unit_of(kind, name, system=system)
    if not target.path.exists():
        click.echo(f"{target.path}: not there, nothing to do")
        return
    if state_of(target) is None:
        raise FixMeError(f"{target.path}: was not written by `adce service install`; it stays as it is")
    target.forget()
    try:
        target.path.unlink()
    except OSError as error:
        raise FixMeError(f"{target.path}: can't be removed: {error.strerror}") from error
    click.echo(f"{target.path}: removed")
    if target.manager_runs and kind == SYSTEMD:
        target.learn()


def _unit(settings: Settings, given: Globals, name: str, run_as: str | None, *, system: bool) -> Unit:
    paths = settings.paths
    user = run_as or (_owner(paths.inventory_dir) if system else None)
    kill = shutil.which("kill")
    written = settings.service.logging.file
    places = [paths.state_db.parent, paths.gaps_file.parent, paths.metrics_file.parent, paths.coverage_file.parent]
    if paths.lake_folder is not None:
        places.append(paths.lake_folder)
    if written is not None:
        places.append(Path(written).parent)
    return Unit(
        name=name,
        program=(sys.executable, "-m", "adce_async", *_options(settings, given), "run"),
        folder=Path.cwd(),
        writable=sorted({absolute(place) for place in places}),
        environment=absolute(paths.config_dir) / ENVIRONMENT_FILE,
        state_db=absolute(paths.state_db),
        grace=settings.service.grace_seconds,
        system=system,
        user=None if user == "root" else user,
        reload=(kill, "-HUP", "$MAINPID") if kill else ("/bin/sh", "-c", '"kill -HUP ${MAINPID}"'),
    )


def _options(settings: Settings, given: Globals) -> list[str]:
    """What the service has to be told: what a file says it reads itself, again and again."""
    paths = settings.paths
    told = ["--config-dir", str(absolute(paths.config_dir)), "--inventory-dir", str(absolute(paths.inventory_dir))]
    by_hand = {
        "state_dir": ("--state-dir", str(absolute(paths.state_dir))),
        "lake": ("--lake", paths.lake),
        "mirror": ("--mirror", paths.mirror or ""),
    }
    for key, (option, value) in by_hand.items():
        if settings.origins[f"paths.{key}"].startswith(("command line", "environment")):
            told += [option, value]
    for option, level in (("--log-level", given.log_level), ("--log-format", given.log_format)):
        told += [option, level] if level else []
    return told + component_levels(given)


def _owner(path: Path) -> str:
    """Whose service it is if nobody says so: who owns the inventory, or has become root to install it."""
    try:
        if (owner := path.stat().st_uid) != 0:
            return pwd.getpwuid(owner).pw_name
    except (OSError, KeyError):
        pass
    return os.environ.get("SUDO_USER", "root")


def _make_folders(unit: Unit) -> None:
    """A unit with folders that are not there does not start at all. What we make belongs to who is to write there."""
    for folder in unit.writable:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if unit.user:
                owner = pwd.getpwnam(unit.user)
                for each in missing:
                    os.chown(each, owner.pw_uid, owner.pw_gid)
        except KeyError:
            raise FixMeError(f"--as: there is no user {unit.user!r}") from None
        except OSError as error:
            raise FixMeError(f"{folder}: can't be made: {error.strerror}") from error


def _write(path: Path, text: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        path.chmod(0o644)
    except OSError as error:
        raise FixMeError(
            f"{path}: can't be written: {error.strerror}; --user for your own service, root for the machine's"
        ) from error


def _hints(unit: Unit, kind: str) -> list[str]:
    """What somebody would find out too late."""
    hints = []
    if named := sorted(name for name in os.environ if name.startswith("ADCE_") and not name.endswith("_DIR")):
        where = str(unit.environment) if kind == SYSTEMD else "its EnvironmentVariables"
        hints.append(f"the service does not see your {', '.join(named)}: put into {where} what it needs")
    elif kind == LAUNCHD:
        hints.append(
            f"its variables, tokens above all, belong into its EnvironmentVariables: {ENVIRONMENT_FILE} is systemd's"
        )
    if kind == SYSTEMD and not unit.system:
        hints.append("`loginctl enable-linger` lets it run while you are not logged in")
    if unit.system and unit.user is None:
        hints.append("it runs as root; --as USER for another one")
    return hints
