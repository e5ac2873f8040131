"""What a file, the environment or the command line says, and where each value of it stands.

A layer is plain data with an origin for every key. Layers are brought to today's names first, each by itself,
and then laid over each other: so an old name in a file never fights with a new one in the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adce_async.config.files.base import KeyPath, Model, rename
from adce_async.config.files.keys import fold, model_in, step
from adce_async.errors import Problem

COMMAND_LINE = "command line"
ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key stands: a file with its line, a variable of the environment, or the command line."""

    file: str
    line: int | None = None
    key: str = ""
    """The dotted key as it is written there."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def problem(self, message: str, key: str | None = None) -> Problem:
        """A problem that is there."""
        return Problem(self.file, self.line, self.key if key is None else key, message)


@dataclass(slots=True)
class Layer:
    """Nested data (mappings, lists, scalars) and the origin of each key and list item."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    """By folded path."""

    def origin(self, path: KeyPath) -> Origin | None:
        """Where exactly this key is set, if it is."""
        return self.origins.get(fold(path))

    def nearest(self, path: KeyPath, file: str) -> Origin:
        """Where this key, or else the closest section around it, is set; else just `file`."""
        folded = fold(path)
        for length in range(len(folded), 0, -1):
            if found := self.origins.get(folded[:length]):
                return found
        return Origin(file)

    def put(self, path: KeyPath, value: Any, origin: Origin) -> bool:
        """Set one value, at a path that may be new. False if a plain value is in the way."""
        node = self.data
        for depth, part in enumerate(path[:-1], 1):
            node = node.setdefault(part, {})
            self.origins.setdefault(fold(path[:depth]), origin)
            if not isinstance(node, dict):
                return False
        node[path[-1]] = value
        for below in _paths(value, path):
            self.origins[fold(below)] = origin
        return True

    def over(self, lower: Layer) -> Layer:
        """What both say together, this one having the last word: mappings are merged, all else is replaced."""
        merged = Layer(dict(lower.data), dict(lower.origins))
        merged.data = merged._merge(lower.data, self.data, ())
        merged.origins.update(self.origins)
        return merged

    def _merge(self, lower: Mapping[str, Any], upper: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
        merged = dict(lower)
        by_folded = {key.lower(): key for key in lower}
        for key, value in upper.items():
            known = key if key in lower else by_folded.get(key.lower(), key)
            below = (*path, known)
            if isinstance(value, dict) and isinstance(merged.get(known), dict):
                merged[known] = self._merge(merged[known], value, below)
            else:
                for old in _paths(merged.get(known), below):
                    self.origins.pop(fold(old), None)
                merged[known] = value
        return merged

    def modernise(self, model: type[Model]) -> list[Problem]:
        """Give old keys their new names and bare values their field, in place; what could not be done."""
        problems: list[Problem] = []
        self._visit(model, self.data, (), problems)
        return problems

    def _visit(self, annotation: Any, node: Any, path: KeyPath, problems: list[Problem]) -> None:
        if isinstance(node, list):
            for index, item in enumerate(node):
                if not isinstance(item, list | dict):  # a list may hold 100,000 ids: they have no keys
                    continue
                self._visit(step(annotation, str(index)), item, (*path, str(index)), problems)
        if not isinstance(node, dict) or annotation is None:
            return
        model = model_in(annotation)
        if model is not None and model.renamed:
            applied, misfits = rename(node, model.renamed)
            problems += [self.nearest((*path, *key), "").problem(message) for key, message in misfits]
            for rule in applied:
                self._move((*path, *rule.old.split(".")), (*path, *rule.new.split(".")))
        for key, value in node.items():
            inner = step(annotation, key)
            section = model_in(inner)
            if section is not None and section.shorthand and value is not None and not isinstance(value, dict):
                node[key] = {section.shorthand: value}
                self._move((*path, key), (*path, key, section.shorthand))
            self._visit(inner, node[key], (*path, key), problems)

    def _move(self, old: KeyPath, new: KeyPath) -> None:
        old, new = fold(old), fold(new)
        origin = self.origins.get(old)
        moved = {path: at for path, at in self.origins.items() if path[: len(old)] == old}
        for path in moved:
            del self.origins[path]
        self.origins |= {new + path[len(old) :]: at for path, at in moved.items()}
        if origin is not None:
            for length in range(1, len(new)):
                self.origins.setdefault(new[:length], origin)


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """`path` and all paths below it."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, str(index)))
