"""Where the old files are, and what they hold as text and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adce_async.config.reading.documents import MAX_BYTES, decoded, parse_layer
from adce_async.config.reading.layers import Layer
from adce_async.config.settings import INVENTORY, MODELS
from adce_async.errors import Problem

GAPS = "gaps.json"
_PLACES = ("config", "inventory")


@dataclass(slots=True)
class OldFile:
    """One YAML file. `name`: without its ending."""

    name: str
    path: Path
    text: str
    layer: Layer


@dataclass(slots=True)
class Folder:
    """What was found. `root`: the folder that holds `config` and `inventory`, or the files themselves."""

    root: Path
    files: dict[str, OldFile] = field(default_factory=dict)
    gaps: Path | None = None
    problems: list[Problem] = field(default_factory=list)


def look_into(folder: Path) -> Folder:
    """The old files in or around `folder`, which may be the `config` folder itself."""
    root = _root(folder)
    found = Folder(root)
    for name in MODELS:
        path = _first(root, f"{name}.yaml", INVENTORY if name == INVENTORY else "config")
        if path is None:
            continue
        old, problems = _read(name, path)
        found.problems += problems
        if old is not None:
            found.files[name] = old
    found.gaps = _first(root, GAPS, INVENTORY)
    return found


def _root(folder: Path) -> Path:
    """`folder`, or the one above it if it is one of the two and the files are spread over both."""
    resolved = folder.resolve()
    holds_files = any((folder / f"{name}.yaml").is_file() for name in MODELS)
    if (
        holds_files
        and resolved.name in _PLACES
        and any(
            (resolved.parent / place / f"{name}.yaml").is_file()
            for place in _PLACES
            if place != resolved.name
            for name in MODELS
        )
    ):
        return folder.parent if folder.name == resolved.name else resolved.parent
    return folder


def _first(root: Path, name: str, kind: str) -> Path | None:
    return next((path for path in _places(root, name, kind) if path.is_file()), None)


def _places(root: Path, name: str, kind: str) -> Iterator[Path]:
    inside = "inventory" if kind == INVENTORY else "config"
    yield root / inside / name
    yield root / name


def _read(name: str, path: Path) -> tuple[OldFile | None, list[Problem]]:
    shown = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        return None, [Problem(shown, None, "", f"cannot be read: {error.strerror}; expected a readable file")]
    if len(raw) > MAX_BYTES:
        return None, [Problem(shown, None, "", f"larger than {MAX_BYTES // 1_000_000} MB; expected a smaller file")]
    try:
        text = decoded(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem(shown, line, "", f"not UTF-8 text (byte {error.start}); expected UTF-8")]
    layer, problems = parse_layer(shown, text)
    return OldFile(name, path, text, layer), problems
