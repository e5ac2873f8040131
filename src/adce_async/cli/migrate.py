"""migrate: new files from those of the system before this one, beside them; and what became of everything."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import click

from adce_async.app import builtins
from adce_async.cli import render
from adce_async.config.reading.load import shipped_inventory_data
from adce_async.config.settings import MODELS
from adce_async.errors import ConfigError, FixMeError, Problem
from adce_async.migration.folder import GAPS, Folder, look_into
from adce_async.migration.migrate import migrate as migrated
from adce_async.migration.name_map import Shipped, ShippedScraper
from adce_async.migration.report import Migration, Row

NAME = "adce"
"""Folder that is written into, in the one that holds the old files."""
_NO_ROOM = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(slots=True)
class Written:
    """What came of each file."""

    output: Path
    written: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def migrate(folder: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """Raises FixMeError for what can't be read or written."""
    found = _look(folder)
    done = migrated(found, shipped())
    if not done.files:
        raise ConfigError(done.problems)
    into = _write(found, done.files, output, force)
    command = f"adce {_options(into.output)}config check"
    if as_json:
        render.show_json(_document(done, into, command))
    else:
        _show(done, into, command)
    if done.problems:
        raise ConfigError(done.problems)


def shipped() -> Shipped:
    """What comes with the program."""
    known = builtins()
    return Shipped(
        {host: name for name, source in known.sources.items() for host in source.hosts},
        {name: ShippedScraper(one.source, one.url, one.retired) for name, one in known.scrapers.items()},
        shipped_inventory_data(),
    )


def _look(folder: Path) -> Folder:
    try:
        found = look_into(folder)
    except OSError as error:
        raise FixMeError(f"{folder}: cannot be read: {error.strerror}; expected a readable folder") from error
    if not found.files and not found.problems and found.gaps is None:
        names = ", ".join(f"{name}.yaml" for name in MODELS)
        raise FixMeError(f"{folder}: no old files in it; expected one of {names} in it, its config/ or its inventory/")
    return found


def _write(found: Folder, files: Mapping[str, str], output: Path | None, force: bool) -> Written:
    """Into `output`; without one beside the old files, or here if that folder can't be written."""
    try:
        return _write_into(output or found.root / NAME, found, files, force)
    except OSError as error:
        if output is not None or error.errno not in _NO_ROOM:
            where = output or found.root / NAME
            raise FixMeError(f"{where}: cannot be written: {error.strerror}; say where with --output DIR") from error
    click.echo(f"{found.root} can't be written: the new files go to ./{NAME} (--output DIR says where)", err=True)
    try:
        return _write_into(Path(NAME), found, files, force)
    except OSError as error:
        raise FixMeError(f"{NAME}: cannot be written: {error.strerror}; say where with --output DIR") from error


def _write_into(output: Path, found: Folder, files: Mapping[str, str], force: bool) -> Written:
    into = Written(output)
    old = {one.path.resolve() for one in found.files.values()} | {found.gaps.resolve() if found.gaps else Path()}
    changed: list[Path] = []
    for name, text in files.items():
        path = output / name
        if path.resolve() in old:
            raise FixMeError(f"{path}: is one of the old files; say another folder with --output DIR")
        there = path.read_bytes() if path.exists() else None
        if there == text.encode():
            into.unchanged.append(path)
        elif there is not None and not force:
            # the service writes its own gaps.json by now; the others are a person's
            (into.kept if path.name == GAPS else changed).append(path)
    if changed:
        message = "is there and differs from what would be written; --force replaces it, --output DIR writes elsewhere"
        raise ConfigError([Problem(str(path), None, "", message) for path in changed])
    for folder in ("config", "inventory"):  # whether there is anything in it or not: the next command names both
        (output / folder).mkdir(parents=True, exist_ok=True)
    modes = {one.path.name: one.path.stat().st_mode & 0o777 | 0o600 for one in found.files.values()}
    for name, text in files.items():
        path = output / name
        if path not in (*into.unchanged, *into.kept):
            _replace(path, text.encode(), modes.get(path.name, 0o644))
            into.written.append(path)
    return into


def _replace(path: Path, body: bytes, mode: int) -> None:
    """One file, whole or not at all; as private as the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        with contextlib.suppress(OSError):  # private is what it is already
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _options(output: Path) -> str:
    parts = ["--config-dir", str(output / "config"), "--inventory-dir", str(output / "inventory")]
    return shlex.join(parts) + " "


def _document(done: Migration, into: Written, command: str) -> dict[str, object]:
    return {
        "output": str(into.output),
        "written": [str(path) for path in into.written],
        "unchanged": [str(path) for path in into.unchanged],
        "kept": [str(path) for path in into.kept],
        "counts": done.counts(),
        "rows": [row.document() for row in done.rows],
        "next": command,
    }


def _show(done: Migration, into: Written, command: str) -> None:
    for file, rows in groupby(done.rows, key=lambda row: row.file):
        held = list(rows)
        click.echo(f"{file}: {_counted(held)}")
        render.table(
            ("line", "what", "outcome", "new", "why"),
            ((row.line, row.what, row.outcome, row.new, row.why) for row in held),
            right={"line"},
            spare=("line",),
            fold={"what", "new", "why"},
            see="adce migrate --json",
        )
        click.echo()
    click.echo(f"all: {_counted(done.rows)}")
    for what, paths in (("written", into.written), ("as it was", into.unchanged)):
        for path in paths:
            click.echo(f"{what}: {path}")
    for path in into.kept:
        click.echo(f"left alone: {path} (it was changed since; --force replaces it)")
    if any(row.what == "s3.bucket" for row in done.rows):
        click.echo("the old lake is a bucket, and lakes are folders: give each command --lake file:///FOLDER as well")
    click.echo(f"next: {command}")


def _counted(rows: Iterable[Row]) -> str:
    held = list(rows)
    counts = Migration(rows=held).counts()
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing in it"
