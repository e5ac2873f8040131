"""What the tests of a lake in a folder look at and do."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest


def leftovers(lake: Path) -> list[Path]:
    return list((lake / ".adce" / "tmp").iterdir())


def tree(lake: Path) -> list[Path]:
    return sorted(lake.rglob("*"))


def journals(lake: Path) -> list[Path]:
    return list((lake / ".adce").glob("journal-*"))


def rows(lake: Path) -> int:
    """How many objects a process would know of that starts now."""
    with contextlib.closing(sqlite3.connect(lake / ".adce" / "objects.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM object").fetchone()
    return int(count)


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Make the file system refuse a call."""

    def refused(*_args: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refused)


def without_times(lake: Path) -> Path:
    """A copy that keeps no times, as of `cp -r` or unzip."""
    return Path(shutil.copytree(lake, lake.with_name("copy"), copy_function=shutil.copyfile))
