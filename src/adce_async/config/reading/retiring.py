"""Takes retired keys out of a layer before it is validated, with one warning for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adce_async.config.files.base import KeyPath
from adce_async.config.files.retired import RETIRED, RETIRED_VALUES, entry_of
from adce_async.config.reading.layers import Layer, Origin
from adce_async.errors import Problem


def drop_retired(file: str, layer: Layer) -> list[Problem]:
    """Take the retired keys and values of `file` out of `layer`, in place.

    Returns one warning for each that is set to anything, at the first place where it is.
    """
    work = _Dropping(file, layer)
    work.section(layer.data, ())
    return list(work.warnings())


@dataclass(slots=True)
class _Dropping:
    file: str
    layer: Layer
    found: dict[str, list[Origin]] = field(default_factory=dict)
    """Key of the table -> where it is set."""
    said: dict[str, str] = field(default_factory=dict)
    """Key of the table -> the warning."""

    def section(self, node: dict[str, Any], path: KeyPath) -> None:
        """Drop what is retired in and below one section."""
        for key, value in list(node.items()):
            below = (*path, key)
            if isinstance(value, dict):
                self.section(value, below)
            if key_entry := entry_of(RETIRED[self.file], below):
                if _says_anything(value):  # more than what has been said of its keys
                    self._note(key_entry[0], f"has no effect any more: {key_entry[1]}", below)
                del node[key]
            elif isinstance(value, str) and (value_entry := entry_of(RETIRED_VALUES[self.file], below)):
                name, (is_old, message) = value_entry
                if is_old(value):
                    self._note(name, message, below)
                    del node[key]

    def _note(self, name: str, message: str, path: KeyPath) -> None:
        self.said[name] = message
        self.found.setdefault(name, []).append(self.layer.nearest(path, f"{self.file}.yaml"))

    def warnings(self) -> Iterator[Problem]:
        """What was dropped."""
        for name, origins in self.found.items():
            more = f" ({len(origins) - 1} more like it)" if len(origins) > 1 else ""
            yield origins[0].problem(self.said[name] + more)


def _says_anything(value: Any) -> bool:
    return any(map(_says_anything, value.values())) if isinstance(value, dict) else value is not None
