"""Whole numbers in a row as texts, such as the ids from 401000000 on: known by their ends, however many they are."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import overload


class CountedValues(Sequence[str]):
    """The numbers from `first` to `last`, both included, with leading zeros to `width` digits where it is not 0.

    >>> ids = CountedValues(8, 11, 2)
    >>> list(ids), len(ids), ids[-1], ids.place("09"), ids.place("9"), "10" in ids
    (['08', '09', '10', '11'], 4, '11', 1, None, True)
    """

    __slots__ = ("first", "last", "width")

    def __init__(self, first: int, last: int, width: int = 0) -> None:
        self.first, self.last, self.width = first, last, width

    def __len__(self) -> int:
        return self.last - self.first + 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return tuple(map(self._text, range(self.first, self.last + 1)[index]))
        if index < 0:
            index += self.last - self.first + 1
        number = self.first + index
        if not self.first <= number <= self.last:
            raise IndexError(index)
        return self._text(number)

    def __iter__(self) -> Iterator[str]:
        return map(self._text, range(self.first, self.last + 1))

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self.place(value) is not None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CountedValues):
            return (self.first, self.last, self.width) == (other.first, other.last, other.width)
        return isinstance(other, tuple) and len(other) == len(self) and all(map(operator.eq, self, other))

    def __hash__(self) -> int:
        return hash((self.first, self.last, self.width))

    def __repr__(self) -> str:
        return f"CountedValues({self.first}, {self.last}, {self.width})"

    def place(self, value: str) -> int | None:
        """Where `value` is among them; None if it is not."""
        if not (value.isascii() and value.isdecimal() and len(value) <= self.longest):
            return None
        number = int(value)
        return number - self.first if self.first <= number <= self.last and self._text(number) == value else None

    @property
    def longest(self) -> int:
        """Characters of the longest of them."""
        return max(self.width, len(str(self.last)))

    @property
    def shortest(self) -> int:
        """Characters of the shortest of them."""
        return max(self.width, len(str(self.first)))

    @property
    def written(self) -> str:
        """The range as people write it: `401000000-401999999`."""
        return f"{self[0]}-{self[-1]}"

    def _text(self, number: int) -> str:
        return f"{number:0{self.width}d}" if self.width else str(number)
