"""start, stop, restart: through the unit if one is installed, else a process in the background and its pid file.

`start` is told that the service is ready as systemd would be (`service.notify`): over a socket of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

from adce_async.cli.common import load_all, load_readable
from adce_async.cli.options import FAILURE, FIX_ME, Globals
from adce_async.cli.service_client import url_of
from adce_async.cli.service_manager import Installed, absolute, installed_for
from adce_async.config.settings import Settings
from adce_async.errors import FixMeError
from adce_async.service import pid_file
from adce_async.service.pid_file import Holder
from adce_async.supervisor import STOP_SLACK

LOOK_SECONDS = 0.05
STOP_RESERVE = 5.0
"""Seconds beyond what a stop may take, until we give up waiting for it."""


def start(given: Globals, wait: float) -> int:
    """Start the service and wait until it is ready. Raises AdceError."""
    settings = load_all(given, quiet=True).settings
    if found := pid_file.read(settings.paths.pid_file):
        click.echo(f"runs already (pid {found.pid}){_at(settings)}")
        return 0
    if unit := _unit(settings):
        unit.start()
        click.echo(f"started {unit.name}{_at(settings)}")
        return 0
    return _start_process(settings, [*command_line(given), "run"], wait)


def stop(given: Globals, *, now: bool = False) -> int:
    """Stop the service and wait until it has ended. Raises AdceError."""
    settings = load_readable(given, quiet=True).settings
    unit = _unit(settings)
    if unit is not None and unit.is_active():
        unit.stop()
        click.echo(f"stopped {unit.name}")
        return 0
    found = pid_file.read(settings.paths.pid_file)
    if found is None:
        if pid := pid_file.worker(settings.paths.state_lock):
            click.echo(
                f"adce: no service runs; pid {pid} is at work (`run --once`, `execute`): `kill {pid}` ends it", err=True
            )
            return FAILURE
        if settings.left_out:
            click.echo(
                f"adce: {settings.paths.pid_file} names nothing that runs; what can't be read may name another place",
                err=True,
            )
            return FIX_ME
        click.echo("nothing runs")
        return 0
    return _stop_process(found, settings.service.grace_seconds, now=now)


def restart(given: Globals, wait: float) -> int:
    """Stop the service, if it runs, and start it. Raises AdceError."""
    settings = load_all(given, quiet=True).settings  # before anything is stopped: what is broken would not start again
    unit = _unit(settings)
    found = pid_file.read(settings.paths.pid_file)
    if unit is not None and (unit.is_active() or found is None):
        unit.restart()
        click.echo(f"restarted {unit.name}{_at(settings)}")
        return 0
    if found is None:
        return start(given, wait)
    # it was told something else than its files say, such as another lake: it goes on with that unless it is told anew
    again = not command_line(given)
    words = _as_before(found) if again else [*command_line(given), "run"]
    if code := _stop_process(found, settings.service.grace_seconds):
        return code
    return _start_process(settings, words, wait, (found.folder or None) if again else None)


def _as_before(found: Holder) -> list[str]:
    """What it was told, for another one. Raises FixMeError if that can't be told any more: then nothing is stopped."""
    told = pid_file.whole_command(found)
    if told is None:
        shown = " ".join(found.command)
        raise FixMeError(
            f"adce: pid {found.pid} was started with `{shown}`, and what is hidden in it is written down"
            " nowhere; expected `adce ... restart` with all of its options"
        )
    words = [word for word in told if word != "--detached"]
    return words if _names_command(words) else [*words, "run"]


def _names_command(words: Sequence[str]) -> bool:
    """True if a command stands behind the global options, of which each has a value."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            return True
        if "=" not in word:
            next(rest, None)
    return False


def _unit(settings: Settings) -> Installed | None:
    """The installed unit, where there is a manager that can be asked."""
    unit = installed_for(settings.paths.state_db)
    return unit if unit is not None and unit.manager_runs else None


def _at(settings: Settings) -> str:
    url = url_of(settings)
    return f": {url}" if url else ""


# -- a process of our own --------------------------------------------------------------------------------------------


def _start_process(settings: Settings, words: Sequence[str], wait: float, folder: str | None = None) -> int:
    """`words`: after the program's name; `folder`: where it begins, if not here."""
    log = absolute(Path(settings.service.logging.file or settings.paths.log_file))
    errors = settings.paths.errors_file
    with _news() as news, _opened(errors) as said:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "adce_async", *words, "--detached"], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            env=os.environ | {"NOTIFY_SOCKET": news.path},
        )  # fmt: skip
        until = time.monotonic() + wait
        while not news.ready():
            if process.poll() is not None:
                return _say_why_not(process.returncode, errors, log)
            if time.monotonic() > until:
                click.echo(
                    f"adce: pid {process.pid} is not ready after {wait:g} s, and goes on; its log: {log}", err=True
                )
                return FAILURE
    click.echo(f"started (pid {process.pid}){_at(settings)}; log: {log}")
    return 0


def _say_why_not(code: int, errors: Path, log: Path) -> int:
    """The process's own words, and its own exit code."""
    said = errors.read_text(errors="backslashreplace").strip()
    for line in said.splitlines():
        click.echo(line, err=True)
    if not said:
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        click.echo(f"adce: the service ended at once ({how}); its log: {log}", err=True)
    return code if code > 0 else FAILURE


def _stop_process(found: Holder, grace: float, *, now: bool = False) -> int:
    try:
        found.send(signal.SIGTERM)
        if now:
            _wait(found, LOOK_SECONDS)  # two signals at once are one
            found.send(signal.SIGTERM)
    except PermissionError:
        click.echo(f"adce: pid {found.pid} is another user's; expected that user, or root", err=True)
        return FIX_ME
    wait = grace + STOP_SLACK + STOP_RESERVE
    if not _wait(found, wait):
        click.echo(
            f"adce: pid {found.pid} has not ended after {wait:g} s; `kill -9 {found.pid}` loses nothing", err=True
        )
        return FAILURE
    click.echo(f"stopped (pid {found.pid})")
    return 0


def _wait(found: Holder, seconds: float) -> bool:
    """True once it has ended."""
    until = time.monotonic() + seconds
    while found.runs:
        if time.monotonic() > until:
            return False
        threading.Event().wait(LOOK_SECONDS)
    return True


def command_line(given: Globals) -> list[str]:
    """The global options once more, for another process in the same folder."""
    options: Mapping[str, object] = {
        "--config-dir": given.config_dir,
        "--inventory-dir": given.inventory_dir,
        "--state-dir": given.state_dir,
        "--lake": given.lake,
        "--mirror": given.mirror,
        "--log-level": given.log_level,
        "--log-format": given.log_format,
        "--interval-minutes": given.settings.get("reconciliation_interval_minutes"),
        "--interval-hours": given.settings.get("reconciliation_interval_hours"),
    }
    words = [word for option, value in options.items() if value is not None for word in (option, str(value))]
    return words + component_levels(given)


def component_levels(given: Globals) -> list[str]:
    """Of the global options those that give single components a level."""
    prefix = "logging.levels."
    levels = {key.removeprefix(prefix): level for key, level in given.settings.items() if key.startswith(prefix)}
    return [word for name, level in levels.items() for word in ("--log-level", f"{name}={level}")]


@dataclass
class _News:
    """What a process that was started says of itself."""

    path: str
    socket: socket.socket

    def ready(self) -> bool:
        """True once it has said so; waits a moment for that."""
        try:
            return b"READY=1" in self.socket.recv(4096).split(b"\n")
        except TimeoutError:
            return False


@contextlib.contextmanager
def _news() -> Iterator[_News]:
    with (
        tempfile.TemporaryDirectory(prefix="adce-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening,
    ):
        path = str(Path(folder) / "notify")
        listening.bind(path)
        listening.settimeout(LOOK_SECONDS)
        yield _News(path, listening)


def _opened(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError as error:
        raise FixMeError(f"{path}: can't be written: {error.strerror}; use another --state-dir") from error
