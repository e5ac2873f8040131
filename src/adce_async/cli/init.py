"""init: configuration and inventory as shipped, ready for use, in a folder of one's own."""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import shlex
from pathlib import Path

import click

from adce_async.cli import render
from adce_async.cli.options import Globals
from adce_async.config.reading.environment import tidied
from adce_async.config.reading.paths import folder_of
from adce_async.config.settings import CONFIG_DIR, INVENTORY, INVENTORY_DIR, MODELS
from adce_async.errors import FixMeError


def init(given: Globals, folder: Path) -> None:
    """Write the four files below `folder`, each where there is none yet. Raises FixMeError if that can't be done."""
    written: list[Path] = []
    kept: list[Path] = []
    for name in MODELS:
        path = folder / _below(given, "inventory" if name == INVENTORY else "config") / f"{name}.yaml"
        (written if _written(path, shipped(name)) else kept).append(path)
    for path in written:
        click.echo(f"wrote {path}")
    for path in kept:
        click.echo(f"{path}: is there already, and stays as it is")
    click.echo(f"\nNext{'' if written else ' (nothing had to be written)'}:")
    for command in _next(given, folder):
        click.echo(f"  {command}")
    declared = folder / _below(given, "inventory") / f"{INVENTORY}.yaml"
    render.text(f"What should exist is declared in {declared}; the lake is the folder `lake`, or --lake URL.")


def _below(given: Globals, name: str) -> Path:
    """The folder of the configuration or of the inventory, as all commands find it."""
    return folder_of(given.overrides(), tidied(os.environ).values, name)[0]


def shipped(name: str) -> str:
    """The text of the file `name` (without its ending) that comes with the program."""
    return (importlib.resources.files("adce_async.shipped") / f"{name}.yaml").read_text(encoding="utf-8")


def _written(path: Path, text: str) -> bool:
    """False if there is something at `path`. A file that can't be written whole is not left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
    except FileExistsError as error:
        if os.path.lexists(path):
            return False
        raise FixMeError(f"{error.filename}: is there and is no folder; expected a folder, or none") from error
    except OSError as error:
        advice = "choose a folder that can be written: adce init FOLDER"
        raise FixMeError(f"{error.filename or path}: can't be written: {error.strerror}; {advice}") from error
    return True


def _next(given: Globals, folder: Path) -> list[str]:
    """What to type."""
    options = [
        f"{option} {shlex.quote(str(path))}"
        for option, path, usual in (
            ("--config-dir", _below(given, "config"), CONFIG_DIR),
            ("--inventory-dir", _below(given, "inventory"), INVENTORY_DIR),
        )
        if path != usual
    ]
    adce = " ".join(["adce", *options])
    there = [f"cd {shlex.quote(str(folder))}"] if folder.resolve() != Path.cwd() else []
    return [*there, f"{adce} config check", f"{adce} plan", f"{adce} run --once"]
