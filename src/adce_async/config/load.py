"""From four YAML files, the environment and the command line to `Settings`; all problems at once, each with its place.

The only module that knows YAML. It reads the text event by event, so that every value knows its line, and
nothing is executed, recursed into without bound, or guessed: dates, times (`02:00`) and numbers with a leading
zero (game ids) stay text, and a key that is given twice is an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from adce_async.config.assemble import Sources, assemble
from adce_async.config.base import Parts
from adce_async.config.layers import Layer, Place, fold
from adce_async.config.settings import FILES, Overrides, Settings
from adce_async.errors import ConfigError, Problem

MAX_BYTES = 10_000_000
MAX_DEPTH = 50
MAX_REPEATED = 100_000
"""Values that aliases (`*name`) may add to a file; a billion laughs are none."""

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None}
_WORDS |= dict.fromkeys(("true", "yes", "on"), True) | dict.fromkeys(("false", "no", "off"), False)
_MERGE = "<<"


class _NotUsable(ValueError):
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
        self._events = iter(yaml.parse(text, Loader=loader))
        self._anchors: dict[str, _Node | None] = {}
        self._repeated = 0

    def document(self) -> _Node:
        next(self._events)  # the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return _Node(1, None)
        node = self._node(next(self._events), 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _NotUsable("holds several documents; expected one, without '---' inside", after.start_mark.line + 1)
        return node

    def _node(self, event: Any, depth: int) -> _Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _NotUsable(f"nested deeper than {MAX_DEPTH} levels; expected a flatter file", line)
        if isinstance(event, yaml.AliasEvent):
            target = self._anchors.get(event.anchor)
            if target is None:
                reason = "inside itself" if event.anchor in self._anchors else "before it is defined"
                raise _NotUsable(f"'*{event.anchor}' is used {reason}", line)
            self._count(target, depth)
            return _Node(line, target.value)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise _NotUsable(f"'{event.tag}': tags are not supported; expected plain values", line)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and event.tag is None
            node = _Node(line, _scalar(event.value) if plain else event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _Node(line, list(self._items(depth)))
        else:
            node = _Node(line, self._mapping(depth))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> Iterator[_Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _mapping(self, depth: int) -> dict[str, tuple[int, _Node]]:
        own: dict[str, tuple[int, _Node]] = {}
        merged: dict[str, tuple[int, _Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                raise _NotUsable("a key is empty or a list or section; expected plain text", line)
            if event.value == _MERGE and event.implicit[0]:
                merged = self._merged(self._node(next(self._events), depth + 1)) | merged
                continue
            if event.value in own:
                raise _NotUsable(f"key '{event.value}' is given twice, first in line {own[event.value][0]}", line)
            own[event.value] = (line, self._node(next(self._events), depth + 1))
        return merged | own

    def _merged(self, node: _Node) -> dict[str, tuple[int, _Node]]:
        found: dict[str, tuple[int, _Node]] = {}
        for part in node.value if isinstance(node.value, list) else [node]:
            if not isinstance(part.value, dict):
                raise _NotUsable("'<<' takes sections only; expected '<<: *name'", node.line)
            found = part.value | found
        return found

    def _count(self, node: _Node, depth: int) -> None:
        """Refuse aliases that would make a small file huge, or a flat one deep."""
        self._repeated += 1
        if self._repeated > MAX_REPEATED:
            raise _NotUsable(f"aliases repeat more than {MAX_REPEATED} values; expected them written out", node.line)
        if depth > MAX_DEPTH:
            raise _NotUsable(f"nested deeper than {MAX_DEPTH} levels; expected a flatter file", node.line)
        if isinstance(node.value, dict):
            for _, inner in node.value.values():
                self._count(inner, depth + 1)
        elif isinstance(node.value, list):
            for inner in node.value:
                self._count(inner, depth + 1)


def _scalar(text: str) -> Any:
    """A plain scalar by the rules of YAML 1.2, and yes, no, on and off as flags.

    >>> [_scalar(text) for text in ("15", "0.5", "yes", "~", "2024-12-15", "02:00", "0022400561", "1e5")]
    [15, 0.5, True, None, '2024-12-15', '02:00', '0022400561', '1e5']
    """
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if len(text) < 300:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text.replace(".inf", "inf").replace(".nan", "nan")) if text[-1].isdigit() else _special(text)
    return text
