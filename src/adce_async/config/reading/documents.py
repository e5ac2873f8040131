"""A YAML document as a layer: every value with its line.

The only module that knows YAML. It reads the text event by event, so that every value knows its line, and
nothing is executed, recursed into without bound, or guessed: dates, times (`02:00`), `no` and numbers with a
leading zero (game ids) stay text, and a key that is given twice is an error.
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from adce_async.config.files.base import KeyPath
from adce_async.config.files.keys import fold, is_secret
from adce_async.config.reading.layers import Layer, Origin
from adce_async.errors import Problem

MAX_BYTES = 10_000_000
MAX_DEPTH = 50
MAX_REPEATED = 100_000
"""Values that aliases (`*name`) may add to a file; a billion laughs are none."""

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MERGE = "<<"


class _UnusableError(ValueError):
    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


@dataclass(slots=True)
class _Node:
    """A value with its line; the value of a section is {key: (line of the key, node)}."""

    line: int
    value: Any


class _Reader:
    """Builds nodes from the events of one document."""

    def __init__(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
        self._anchors: dict[str, _Node | None] = {}
        self._repeated = 0
        self.problems: list[tuple[int, str, str]] = []
        """(line, dotted key, message) of what does not keep the rest from being read."""

    def document(self) -> _Node:
        next(self._events)  # the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return _Node(1, None)
        node = self._node(next(self._events), ())
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _UnusableError(
                "holds several documents; expected one, without '---' inside", after.start_mark.line + 1
            )
        return node

    def _node(self, event: Any, path: KeyPath) -> _Node:
        line = event.start_mark.line + 1
        if len(path) >= MAX_DEPTH:
            raise _UnusableError(f"nested deeper than {MAX_DEPTH} levels; expected a flatter file", line)
        if isinstance(event, yaml.AliasEvent):
            target = self._anchors.get(str(event.anchor))
            if target is None:
                reason = "inside itself" if event.anchor in self._anchors else "before it is defined"
                shown = "*..." if any(map(is_secret, path)) else f"*{event.anchor}"
                raise _UnusableError(f"'{shown}' is used {reason}", line)
            self._count(target, len(path), line)
            return _Node(line, target.value)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            shown = "!..." if any(map(is_secret, path)) else event.tag
            raise _UnusableError(f"'{shown}': tags are not supported; expected plain values", line)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and event.tag is None
            node = _Node(line, _scalar(event.value) if plain else event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _Node(line, self._items(path))
        else:
            node = _Node(line, self._mapping(path))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, path: KeyPath) -> list[_Node]:
        items: list[_Node] = []
        below = (*path, "")
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.ScalarEvent) and event.tag is event.anchor is None and len(below) < MAX_DEPTH:
                # the quick way of `_node`, for lists of 100,000 ids
                items.append(_Node(line, _scalar(event.value) if event.implicit[0] else event.value))
            else:
                items.append(self._node(event, below))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, tuple[int, _Node]]:
        own: dict[str, tuple[int, _Node]] = {}
        merged: dict[str, tuple[int, _Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                raise _UnusableError("a key is empty or a list or section; expected plain text", line)
            if event.value == _MERGE and event.implicit[0]:
                merged = self._merged(self._node(next(self._events), (*path, _MERGE))) | merged
                continue
            below = (*path, event.value)
            node = self._node(next(self._events), below)
            if event.value in own:
                message = f"given twice, first in line {own[event.value][0]}; expected one of them"
                self.problems.append((line, ".".join(below), message))
            else:
                own[event.value] = (line, node)
        return merged | own

    def _merged(self, node: _Node) -> dict[str, tuple[int, _Node]]:
        found: dict[str, tuple[int, _Node]] = {}
        for part in node.value if isinstance(node.value, list) else [node]:
            if not isinstance(part.value, dict):
                raise _UnusableError("'<<' takes sections only; expected '<<: *name'", node.line)
            found = part.value | found
        return found

    def _count(self, node: _Node, depth: int, line: int) -> None:
        """Refuse aliases that would make a small file huge, or a flat one deep."""
        self._repeated += 1
        if self._repeated > MAX_REPEATED:
            raise _UnusableError(f"aliases repeat more than {MAX_REPEATED} values; expected them written out", line)
        if depth >= MAX_DEPTH:
            raise _UnusableError(f"nested deeper than {MAX_DEPTH} levels; expected a flatter file", line)
        if isinstance(node.value, dict):
            for _, inner in node.value.values():
                self._count(inner, depth + 1, line)
        elif isinstance(node.value, list):
            for inner in node.value:
                self._count(inner, depth + 1, line)


def _scalar(text: str) -> Any:
    """A plain scalar by the rules of YAML 1.2 (yes and no are words; flags read them).

    >>> [_scalar(text) for text in ("15", "0.5", "true", "no", "~", "2024-12-15", "02:00", "0022400561", "1e5")]
    [15, 0.5, True, 'no', None, '2024-12-15', '02:00', '0022400561', '1e5']
    """
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if len(text) < 300 and _INT.fullmatch(text):
        return int(text)
    if len(text) < 300 and _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def parse_value(text: str) -> Any:
    """One value of the environment. Raises ValueError."""
    try:
        node = _Reader(text).document()
    except yaml.YAMLError as error:
        raise ValueError(_words(error)[0]) from None
    return _plain(node, (), Origin(""), {})


def _words(error: yaml.YAMLError) -> tuple[str, int | None]:
    """What is wrong with the text, and in which line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    if mark is None:
        return f"not valid YAML: {what}", None
    return f"not valid YAML: {what} (line {mark.line + 1}, column {mark.column + 1})", mark.line + 1


def _plain(node: _Node, path: KeyPath, origin: Origin, origins: dict[KeyPath, Origin]) -> Any:
    """The plain data of a node; the places of all keys below it are noted."""
    if isinstance(node.value, dict):
        data: dict[str, Any] = {}
        for key, (line, inner) in node.value.items():
            below = (*path, key)
            origins[fold(below)] = Origin(origin.file, line, ".".join(below))
            data[key] = _plain(inner, below, origin, origins)
        return data
    if isinstance(node.value, list):
        folded, dotted = fold(path), ".".join(path)  # once for all items: there may be 100,000
        for index, inner in enumerate(node.value):
            name = str(index)
            origins[*folded, name] = Origin(origin.file, inner.line, f"{dotted}.{name}" if path else name)
        return [
            _plain(inner, (*path, str(i)), origin, origins) if isinstance(inner.value, dict | list) else inner.value
            for i, inner in enumerate(node.value)
        ]
    return node.value


def read_layer(path: Path) -> tuple[Layer | None, list[Problem]]:
    """One file as a layer, and what is wrong with it as YAML; no layer and no problem if it is not there."""
    name = str(path)
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # it would be waited for, perhaps for ever
            return Layer(), [Problem(name, None, "", "is a pipe; expected a file")]
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return Layer(), [Problem(name, None, "", f"cannot be read: {error.strerror}; expected a readable file")]
    if len(raw) > MAX_BYTES:
        return Layer(), [Problem(name, None, "", f"larger than {MAX_BYTES // 1_000_000} MB; expected a smaller file")]
    try:
        text = decoded(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Layer(), [Problem(name, line, "", f"not UTF-8 text (byte {error.start}); expected UTF-8")]
    return parse_layer(name, text)


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 with a byte order mark, as YAML has it. Raises UnicodeDecodeError."""
    return raw.decode("utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def parse_layer(name: str, text: str) -> tuple[Layer, list[Problem]]:
    """The text of the file `name` as a layer, and what is wrong with it as YAML."""
    reader = _Reader(text)
    try:
        node = reader.document()
    except yaml.YAMLError as error:
        message, line_of_error = _words(error)
        return Layer(), [Problem(name, line_of_error, "", message)]
    except _UnusableError as error:
        return Layer(), [Problem(name, error.line, "", str(error))]
    problems = [Problem(name, line, key, message) for line, key, message in reader.problems]
    if node.value is None:
        return Layer(), problems
    if not isinstance(node.value, dict):
        kind = "a list" if isinstance(node.value, list) else f"'{node.value}'"
        return Layer(), [Problem(name, node.line, "", f"got {kind}; expected keys with values")]
    layer = Layer()
    layer.data = _plain(node, (), Origin(name), layer.origins)
    return layer, problems
