"""The service managers: where their units lie, whether one is ours, and how they are asked to start and stop it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from adce_async.cli.service_units import launchd_label, state_of_plist, state_of_unit
from adce_async.errors import AdceError, FixMeError

SYSTEMD, LAUNCHD = "systemd", "launchd"
BOOTED = Path("/run/systemd/system")
"""There if systemd runs this machine (sd_booted(3))."""
SYSTEM_UNITS = {SYSTEMD: Path("/etc/systemd/system"), LAUNCHD: Path("/Library/LaunchDaemons")}
_SLOW = 900.0
"""Seconds that a manager may take: a stop takes its grace."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A unit that lies where its manager looks for it. `system`: the machine's, not a user's."""

    kind: str
    system: bool
    path: Path

    @property
    def name(self) -> str:
        """How its manager calls it."""
        return self.path.name if self.kind == SYSTEMD else self.path.stem

    @property
    def manager_runs(self) -> bool:
        """True if there is a manager that can be asked."""
        return BOOTED.is_dir() if self.kind == SYSTEMD else sys.platform == "darwin"

    def is_active(self) -> bool:
        """True if its manager has it running (or starting, or stopping)."""
        if self.kind == SYSTEMD:
            said = _ask(["systemctl", *self._scope, "is-active", self.name]).stdout.strip()
            return said in ("active", "activating", "reloading", "deactivating")
        asked = _ask(["launchctl", "print", self._target])
        return asked.returncode == 0 and bool(re.search(r"^\s*pid = \d+", asked.stdout, re.MULTILINE))

    def start(self) -> None:
        """Start it, and wait until it is ready. Raises AdceError."""
        if self.kind == SYSTEMD:
            _do(["systemctl", *self._scope, "start", self.name])
            return
        if _ask(["launchctl", "print", self._target]).returncode:
            _do(["launchctl", "bootstrap", self._domain, str(self.path)])
        _do(["launchctl", "kickstart", self._target])

    def stop(self) -> None:
        """Stop it, and wait until it has ended. Raises AdceError."""
        if self.kind == SYSTEMD:
            _do(["systemctl", *self._scope, "stop", self.name])
        else:
            _do(["launchctl", "bootout", self._target])

    def restart(self) -> None:
        """Stop and start it. Raises AdceError."""
        if self.kind == SYSTEMD:
            _do(["systemctl", *self._scope, "restart", self.name])
            return
        if self.is_active():
            self.stop()
        self.start()

    def journal(self, count: int, *, follow: bool) -> list[str]:
        """The command that shows its log; only systemd keeps one."""
        unit = ["-u", self.name] if self.system else ["--user-unit", self.name]
        return ["journalctl", "--no-pager", "-o", "cat", "-n", str(count), *unit, *(["-f"] if follow else [])]

    def learn(self) -> str:
        """Tell its manager that the file is new or gone; what is to be done by hand if there is none to tell."""
        if self.kind == LAUNCHD:
            return f"`launchctl bootstrap {self._domain} {self.path}` loads it"
        commands = [["daemon-reload"], *([["enable", self.name]] if self.path.exists() else [])]
        if not self.manager_runs:
            told = " and ".join(f"`systemctl {' '.join([*self._scope, *each])}`" for each in commands)
            return f"systemd does not run here: {told} where it does"
        for each in commands:
            _do(["systemctl", *self._scope, *each])
        return ""

    def forget(self) -> None:
        """Stop it, if it runs, and don't start it with the machine any more. Raises AdceError."""
        if not self.manager_runs:
            return
        if self.kind == SYSTEMD:
            _do(["systemctl", *self._scope, "disable", "--now", self.name])
        elif _ask(["launchctl", "print", self._target]).returncode == 0:
            self.stop()

    @property
    def _scope(self) -> Sequence[str]:
        return () if self.system else ("--user",)

    @property
    def _domain(self) -> str:
        return "system" if self.system else f"gui/{os.getuid()}"

    @property
    def _target(self) -> str:
        return f"{self._domain}/{self.name}"


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
"""Of a unit: what both managers, and any file system, take as it is."""


def unit_of(kind: str, name: str, *, system: bool) -> Installed:
    """The unit with this name, whether it is there or not. Raises FixMeError for what is no name of one."""
    if not NAME.fullmatch(name):
        raise FixMeError(f"--name: got {name!r}; expected letters, digits, '.', '_' and '-', at most 80, such as adce")
    file = f"{name}.service" if kind == SYSTEMD else f"{launchd_label(name)}.plist"
    return Installed(kind, system, _folder(kind, system=system) / file)


def installed_for(state_db: Path) -> Installed | None:
    """The unit that runs the service of this state; None if none has been installed."""
    return next((unit for unit in _ours() if state_of(unit) == str(absolute(state_db))), None)


def absolute(path: Path) -> Path:
    """The same, from the root and without `..`; links stay links."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps the dots


def state_of(unit: Installed) -> str | None:
    """The database of the service that this unit runs; None if it is not one of ours, or not there."""
    try:
        data = unit.path.read_bytes()
    except OSError:
        return None
    return state_of_unit(data.decode(errors="replace")) if unit.kind == SYSTEMD else state_of_plist(data)


def _ours() -> Iterator[Installed]:
    for kind, pattern in ((SYSTEMD, "*.service"), (LAUNCHD, f"{launchd_label('')}*.plist")):
        for system in (False, True):
            try:
                found = sorted(_folder(kind, system=system).glob(pattern))
            except OSError:
                continue
            yield from (Installed(kind, system, path) for path in found)


def _folder(kind: str, *, system: bool) -> Path:
    if system:
        return SYSTEM_UNITS[kind]
    home = Path(os.environ.get("HOME") or "/")
    if kind == LAUNCHD:
        return home / "Library" / "LaunchAgents"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd" / "user"


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SLOW)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise AdceError(f"{' '.join(command)}: {getattr(error, 'strerror', None) or type(error).__name__}") from None


def _do(command: Sequence[str]) -> None:
    done = _ask(command)
    if done.returncode:
        for line in done.stderr.splitlines():
            click.echo(line, err=True)
        raise AdceError(f"`{' '.join(command)}` failed with exit code {done.returncode}")
