"""The comments of a YAML file by line: those above a line, and the one at its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

_LINE_END = re.compile(r"\r\n|\r|\n")
_AT_END = re.compile(r"\s+(#.*)")


class Comments:
    r"""Each comment is handed out once, so that of several keys in one line the first gets it.

    >>> comments = Comments("# head\n\n# of a\na: 1 # one\nb: '# none'\n")
    >>> comments.head(), comments.above(4), comments.beside(4), comments.beside(5)
    (['# head'], [(0, '# of a')], '# one', '')
    """

    def __init__(self, text: str = "") -> None:
        """`text`: YAML that can be parsed."""
        self._lines = _LINE_END.split(text)
        ends, inside = _extent(text)
        self._whole: dict[int, str] = {}
        self._beside: dict[int, str] = {}
        for number, line in enumerate(self._lines, 1):
            if number in inside:
                continue
            bare = line.lstrip("\ufeff \t")
            if not bare or bare.startswith("#"):
                self._whole[number] = line.lstrip("\ufeff").rstrip()
            elif found := _AT_END.fullmatch(line[ends.get(number, len(line)) :]):
                self._beside[number] = found[1].rstrip()

    def head(self) -> list[str]:
        """What stands before the first key and is set apart from it by an empty line."""
        numbers = list(self._before(next((n for n in range(1, len(self._lines) + 1) if n not in self._whole), 1)))
        empty = [number for number in numbers if not self._whole[number]]
        taken = [self._whole.pop(number) for number in numbers if empty and number <= empty[-1]]
        while taken and not taken[-1]:
            taken.pop()
        return taken

    def above(self, line: int) -> list[tuple[int, str]]:
        """(columns by which it is indented, comment or nothing) of the lines directly above `line`."""
        numbers = list(self._before(line))
        taken = [self._whole.pop(number) for number in numbers]
        while len(taken) > 1 and not taken[0] and not taken[1]:
            del taken[0]
        return [(len(each) - len(each.lstrip()), each.strip()) for each in taken]

    def beside(self, line: int) -> str:
        """The comment at the end of `line`, if there is one."""
        return self._beside.pop(line, "")

    def column(self, line: int) -> int:
        """By how many columns `line` is indented."""
        text = self._lines[line - 1]
        return len(text) - len(text.lstrip())

    def _before(self, line: int) -> Iterator[int]:
        first = line
        while first - 1 in self._whole:
            first -= 1
        yield from range(first, line)


def _extent(text: str) -> tuple[dict[int, int], set[int]]:
    """Where the last token of each line ends, and the lines that belong to a text that began before them."""
    ends: dict[int, int] = {}
    inside: set[int] = set()
    tokens: Iterator[Any] = yaml.scan(text, Loader=yaml.SafeLoader)
    for token in tokens:
        start, end = token.start_mark, token.end_mark
        if start.index == end.index:
            continue
        if end.line > start.line:
            last = end.line if end.column else end.line - 1
            inside.update(range(start.line + 2, last + 2))
        ends[end.line + 1] = max(end.column, ends.get(end.line + 1, 0))
    return ends, inside
