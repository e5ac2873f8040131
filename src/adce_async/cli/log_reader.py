"""logs: the last lines of the service's log, from the file or from systemd's journal, and those to come."""

from __future__ import annotations

import io
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from adce_async.cli.common import load_readable
from adce_async.cli.options import FAILURE, Globals
from adce_async.cli.service_manager import SYSTEMD, installed_for
from adce_async.config.settings import Settings

LOOK_SECONDS = 0.2
_BLOCK = 65_536


def logs(given: Globals, follow: bool, lines: int) -> int:
    """Print them; with `follow` until Ctrl-C. Exit 1 if there is no log that could be found."""
    settings = load_readable(given, quiet=True).settings
    named = settings.service.logging.file
    unit = installed_for(settings.paths.state_db)
    if named is None and unit is not None and unit.kind == SYSTEMD and unit.manager_runs:
        return subprocess.run(unit.journal(lines, follow=follow), check=False).returncode  # noqa: S603
    path = Path(named) if named is not None else settings.paths.log_file
    if not path.exists() and not (follow and named is not None):
        click.echo(_nowhere(settings, path), err=True)
        return FAILURE
    for text in followed(path, lines) if follow else last(path, lines):
        click.echo(text, nl=False)
    return 0


def _nowhere(settings: Settings, path: Path) -> str:
    named = settings.service.logging.file is not None
    hint = (
        "nothing has been logged yet" if named else "`adce run` logs to stderr; set 'logging.file' to have it in a file"
    )
    return f"adce: {path}: there is no such log: {hint}"


def last(path: Path, count: int) -> Iterator[str]:
    """The last `count` lines of a file of any size. Raises OSError."""
    with path.open("rb") as file:
        yield from _tail(file, count)


def _tail(file: io.BufferedReader, count: int) -> Iterator[str]:
    """Its last lines; afterwards it stands at its end."""
    end = at = file.seek(0, os.SEEK_END)
    data = b""
    while at > 0 and data.count(b"\n") <= count:
        at = max(0, at - _BLOCK)
        file.seek(at)
        data = file.read(min(_BLOCK, end - at - len(data))) + data
    file.seek(end)
    lines = data.splitlines(keepends=True)
    yield from (line.decode(errors="backslashreplace") for line in lines[max(0, len(lines) - count) :])


def followed(path: Path, count: int, pause: threading.Event | None = None) -> Iterator[str]:
    """The last `count` lines and all that come, through rotation and truncation; until `pause` is set (never)."""
    pause = pause or threading.Event()
    file: io.BufferedReader | None = None
    first = True
    try:
        while True:
            if file is None:
                try:
                    file = path.open("rb")
                except FileNotFoundError:
                    first = False  # what comes later is new from its beginning
                else:
                    yield from _tail(file, count) if first else ()
                    first = False
            if file is not None:
                yield from _rest(file)
                if _replaced(file, path):
                    yield from _rest(file)  # what was written before it was moved away
                    file.close()
                    file = None
                    continue
            if pause.wait(LOOK_SECONDS):
                return
    finally:
        if file is not None:
            file.close()


def _rest(file: io.BufferedReader) -> Iterator[str]:
    """Whole lines that are new; the beginning of one waits for its end."""
    if os.fstat(file.fileno()).st_size < file.tell():
        file.seek(0)
    while True:
        before = file.tell()
        line = file.readline()
        if not line.endswith(b"\n"):
            file.seek(before)
            return
        yield line.decode(errors="backslashreplace")


def _replaced(file: io.BufferedReader, path: Path) -> bool:
    ours = os.fstat(file.fileno())
    try:
        there = path.stat()
    except FileNotFoundError:
        return True
    return (ours.st_dev, ours.st_ino) != (there.st_dev, there.st_ino)
