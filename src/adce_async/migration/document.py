"""A new YAML file in the making: data, the comments that came along with it, and ours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adce_async.config.files.base import KeyPath
from adce_async.config.files.keys import fold
from adce_async.migration.comments import Comments

WIDTH = 110
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


@dataclass(slots=True)
class Document:
    """Nested data; `lines`: the old line of a (folded) key, whose comments come along with it."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    above: dict[KeyPath, list[str]] = field(default_factory=dict)
    """Comments of ours over a key, without `# `; '' is an empty line."""
    beside: dict[KeyPath, str] = field(default_factory=dict)
    """The same at its end."""
    tail: list[str] = field(default_factory=list)
    """The same after everything."""

    def put(self, path: KeyPath, value: Any, line: int | None = None) -> None:
        """Set one value; sections on the way are made."""
        node = self.data
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
        if line is not None:
            self.lines[fold(path)] = line

    def remove(self, path: KeyPath) -> None:
        """Take one value out, and the sections that are empty then."""
        self.data = without(self.data, path) or {}

    def render(self, comments: Comments) -> str:
        """The file."""
        out = [*comments.head()]
        out += [""] if out else []
        out += self._section(self.data, (), 0, comments)
        if self.tail:
            out += ["", *(f"# {line}".rstrip() for line in self.tail)]
        return "\n".join(out) + "\n"

    def _section(self, data: Mapping[str, Any], path: KeyPath, column: int, comments: Comments) -> Iterator[str]:
        for key, value in data.items():
            below = (*path, key)
            yield from self._over(below, column, comments)
            end = self._at_end(below, comments)
            yield from self._entry(f"{' ' * column}{scalar(key)}:", end, value, below, column, comments)

    def _entry(self, begin: str, end: str, value: Any, path: KeyPath, column: int, comments: Comments) -> Iterator[str]:
        if isinstance(value, dict) and value:
            yield begin + end
            yield from self._section(value, path, column + 2, comments)
        elif isinstance(value, list) and value and not self._is_short(value, path, begin):
            yield begin + end
            yield from self._items(value, path, column + 2, comments)
        else:
            yield f"{begin} {_flow(value)}{end}"

    def _items(self, value: list[Any], path: KeyPath, column: int, comments: Comments) -> Iterator[str]:
        for index, item in enumerate(value):
            below = (*path, str(index))
            yield from self._over(below, column, comments)
            end = self._at_end(below, comments)
            if isinstance(item, dict) and item:
                inner = list(self._section(item, below, column + 2, comments))
                first = next(n for n, line in enumerate(inner) if line.lstrip() and not line.lstrip().startswith("#"))
                inner[first] = f"{' ' * column}- {inner[first].lstrip()}"
                yield from inner
            else:
                yield f"{' ' * column}- {_flow(item)}{end}"

    def _is_short(self, value: list[Any], path: KeyPath, begin: str) -> bool:
        """True if it is better read in one line: plain values that the old file did not write under each other."""
        lines = {self.lines.get(fold((*path, str(index)))) for index in range(len(value))} - {None}
        plain = not any(isinstance(item, dict | list) for item in value)
        return plain and len(lines) <= 1 and len(begin) + len(_flow(value)) < WIDTH

    def _over(self, path: KeyPath, column: int, comments: Comments) -> Iterator[str]:
        line = self.lines.get(fold(path))
        if line is not None:
            was = comments.column(line)
            for indent, text in comments.above(line):
                yield f"{' ' * max(0, column + indent - was)}{text}" if text else ""
        for text in self.above.get(path, ()):
            yield f"{' ' * column}# {text}" if text else ""

    def _at_end(self, path: KeyPath, comments: Comments) -> str:
        line = self.lines.get(fold(path))
        old = comments.beside(line) if line is not None else ""
        ours = f"# {self.beside[path]}" if path in self.beside else ""
        both = "; ".join(filter(None, (ours, old.removeprefix("#").strip() if ours else old)))
        return f" {both}" if both else ""


def without(data: Any, path: KeyPath) -> Any:
    """`data` without what is at `path`, nor the sections and lists that are empty then; None if nothing is left."""
    if isinstance(data, list) and path[0].isdecimal():
        index = int(path[0])
        if index >= len(data):
            return data
        below = without(data[index], path[1:]) if len(path) > 1 else None
        return [*data[:index], *([below] if below else []), *data[index + 1 :]] or None
    if not isinstance(data, dict):
        return None
    key = next((key for key in data if key.lower() == path[0].lower()), None)
    if key is None:
        return data
    below = without(data[key], path[1:]) if len(path) > 1 else None
    return {k: below if k == key else v for k, v in data.items() if k != key or below} or None


def leaves(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """(path, value) of everything that is no section; an empty section counts."""
    if isinstance(data, dict) and (data or not path):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, data


def scalar(value: Any) -> str:
    r"""One value as our own reader reads it back.

    >>> [scalar(each) for each in ("abc", "2024-25", "no", "a: b", 'say "x"\n', True, None, 1e-07, 5)]
    ['abc', '"2024-25"', '"no"', '"a: b"', '"say \\"x\\"\\n"', 'true', 'null', '1.0e-07', '5']
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return str(value)
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if character.isprintable() and not 0xD800 <= code <= 0xDFFF:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)
