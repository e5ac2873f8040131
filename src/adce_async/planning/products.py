"""Keys that are a product of lists: counted, found and made without a text a key in memory.

A data type with a list of a million ids, or with days times teams, has as many keys as the lists multiply to. Here they
are known by their lists alone; what single keys are needed, or all as a column, is put together when it is asked for.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from adce_async.model.keys import MAX_PART_BYTES, PathPattern
from adce_async.model.seasons import given_by

if TYPE_CHECKING:
    import pyarrow as pa

Bound = tuple[Mapping[str, str], float, float | None]
"""Values for some fields, with (due, closes) as far as they follow from these values; due 0.0: they don't."""

FEWEST = 5000
"""Below, making each key is as quick."""
_LONGEST_KEY = 200
_CLEAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_APART = re.compile(r"[^A-Za-z0-9_-]")


class Listed(Sequence[Bound]):
    """The values of one list, as bounds that are made when they are looked at."""

    def __init__(self, field: str, values: Sequence[str]) -> None:
        self.field, self.values = field, values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Bound: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Bound]: ...
    def __getitem__(self, index: int | slice) -> Bound | Sequence[Bound]:
        if isinstance(index, slice):
            return Listed(self.field, self.values[index])
        return {self.field: self.values[index]}, 0.0, None

    def __iter__(self) -> Iterator[Bound]:
        return (({self.field: value}, 0.0, None) for value in self.values)


class Axis:
    """One factor: the values of the fields that a pattern takes from it, side by side."""

    def __init__(self, fields: tuple[str, ...], columns: Sequence[Sequence[str]]) -> None:
        self.fields = fields
        self.columns = columns
        self.longest = sum(max(map(len, column), default=0) for column in columns)

    def __len__(self) -> int:
        return len(self.columns[0])

    @functools.cached_property
    def plain(self) -> bool:
        """True if each value can stand in a key as it is, and no two rows are the same."""
        if len(self.columns) == 1 and _counts_through(self.columns[0]):
            return True
        rows = self.columns[0] if len(self.columns) == 1 else list(zip(*self.columns, strict=True))
        return len(set(rows)) == len(rows) and all(
            _CLEAN.fullmatch(value) for column in self.columns for value in column
        )

    @functools.cached_property
    def _places(self) -> dict[tuple[str, ...], int]:
        return {row: n for n, row in enumerate(zip(*self.columns, strict=True))}

    def place(self, fields: Mapping[str, str]) -> int | None:
        """Where the row with these values is."""
        if len(self.columns) == 1 and (guess := _counted(self.columns[0], fields[self.fields[0]])) is not None:
            return guess
        return self._places.get(tuple(fields[name] for name in self.fields))

    @functools.cached_property
    def arrays(self) -> list[pa.StringArray]:
        """The columns, for pyarrow."""
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory

        return [pa.array(column, pa.string()) for column in self.columns]


class ProductKeys(Sequence[str]):
    """The keys of a product, the last axis fastest; see `expectations.KeyColumn`."""

    def __init__(self, pattern: PathPattern, base: Mapping[str, str], axes: Sequence[Axis]) -> None:
        self._pattern = pattern
        self._base = base
        self._axes = axes
        self._pieces = pieces(pattern, base)
        self._at = {name: (a, f) for a, axis in enumerate(axes) for f, name in enumerate(axis.fields)}

    def __len__(self) -> int:
        return math.prod(map(len, self._axes))

    def places(self, index: int) -> list[int]:
        """The place in each axis of the key at `index`."""
        found = []
        for axis in reversed(self._axes):
            index, place = divmod(index, len(axis))
            found.append(place)
        return found[::-1]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self._key(self.places(n)) for n in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._key(self.places(index % len(self)))

    def __iter__(self) -> Iterator[str]:
        return map(self._key, itertools.product(*(range(len(axis)) for axis in self._axes)))

    def _key(self, places: Sequence[int]) -> str:
        return "".join(self._value(piece[1:-1], places) if piece.startswith("{") else piece for piece in self._pieces)

    def _value(self, field: str, places: Sequence[int]) -> str:
        axis, column = self._at[field]
        return self._axes[axis].columns[column][places[axis]]

    def find(self, key: str) -> int | None:
        """Where `key` is among them; None if it is not."""
        fields = self._pattern.parse(key)
        if fields is None or any(fields.get(name, value) != value for name, value in self._base.items()):
            return None
        index = 0
        for axis in self._axes:
            place = axis.place(fields)
            if place is None:
                return None
            index = index * len(axis) + place
        return index

    def column(self) -> pa.StringArray:
        """All of them as a column."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        parts: list[pa.Array | str] = []
        for piece in self._pieces:
            if piece.startswith("{"):
                axis, column = self._at[piece[1:-1]]
                parts.append(self._spread(axis, self._axes[axis].arrays[column]))
            else:
                parts.append(piece)
        if not self._axes:
            return pa.array(["".join(self._pieces)], pa.string())
        return pc.binary_join_element_wise(*parts, "")

    def _spread(self, number: int, values: pa.StringArray) -> pa.StringArray:
        """Each value as often as the axes to the right have rows, all of it as often as those to the left."""
        import pyarrow as pa  # noqa: PLC0415

        if len(self._axes) == 1:
            return values
        right = math.prod(len(axis) for axis in self._axes[number + 1 :])
        left = math.prod(len(axis) for axis in self._axes[:number])
        once = itertools.chain.from_iterable(itertools.repeat(n, right) for n in range(len(values)))
        spread = values.take(pa.array(once, pa.int32(), size=right * len(values)))
        return pa.concat_arrays([spread] * left) if left > 1 else spread


def product_keys(
    pattern: PathPattern, base: Mapping[str, str], bounds: Sequence[Sequence[Bound]]
) -> ProductKeys | None:
    """The keys of all combinations of `bounds`; None where each has to be looked at by itself."""
    own = [field for field in pattern.fields if field not in base]
    if not bounds or any(given_by(field) != field for field in pattern.fields) or not _separate(pattern, base):
        return None
    axes = []
    for axis in bounds:
        names = _fields_of(axis)
        fields = tuple(name for name in own if name in names)
        if not fields:
            return None
        axes.append(_axis(axis, fields))
    if sorted(name for axis in axes for name in axis.fields) != sorted(own):
        return None  # two axes with the same field, or one that nothing gives
    fixed = sum(len(piece) for piece in pieces(pattern, base) if not piece.startswith("{"))
    if fixed + sum(axis.longest for axis in axes) > min(_LONGEST_KEY, MAX_PART_BYTES):
        return None
    return ProductKeys(pattern, base, axes) if all(axis.plain for axis in axes) else None


def pieces(pattern: PathPattern, base: Mapping[str, str]) -> list[str]:
    """The pattern with `base` filled in: texts, and `{field}`s."""
    found: list[str] = []
    for piece in re.split(r"(\{[a-z][a-z0-9_]*\})", pattern.text):
        text = base.get(piece[1:-1], piece) if piece.startswith("{") else piece
        if found and not text.startswith("{") and not found[-1].startswith("{"):
            found[-1] += text
        elif text:
            found.append(text)
    return found


def _separate(pattern: PathPattern, base: Mapping[str, str]) -> bool:
    """True if each key can be read in one way only: between two fields stands what none of their values has."""
    parts = pieces(pattern, {**base})
    at = [n for n, piece in enumerate(parts) if piece.startswith("{")]
    return len(at) == len({parts[n] for n in at}) and all(
        two - one == 2 and _APART.search(parts[one + 1]) for one, two in itertools.pairwise(at)
    )


def _counts_through(values: Sequence[str]) -> bool:
    """True if they are whole numbers, each one more than the one before."""
    if not values or not (values[0].isascii() and values[0].isdecimal()):
        return False
    first, width = int(values[0]), len(values[0]) if values[0].startswith("0") else 0
    return all(value == f"{first + n:0{width}d}" for n, value in enumerate(values))


def _counted(values: Sequence[str], value: str) -> int | None:
    """Where `value` is, if the values count through: those need no table."""
    if not (value.isdecimal() and values[0].isdecimal()):
        return None
    guess = int(value) - int(values[0])
    return guess if 0 <= guess < len(values) and values[guess] == value else None


def _fields_of(axis: Sequence[Bound]) -> set[str]:
    """The fields that each bound of it has."""
    if isinstance(axis, Listed):
        return {axis.field}
    return set.intersection(*(set(fields) for fields, _, _ in axis)) if axis else set()


_KNOWN: dict[tuple[str, int], tuple[Sequence[str], Axis]] = {}
"""Of long lists, which are the same in each season, by their identity."""
_MOST_KNOWN = 16


def _axis(axis: Sequence[Bound], fields: tuple[str, ...]) -> Axis:
    if not isinstance(axis, Listed):
        return Axis(fields, [[bound[name] for bound, _, _ in axis] for name in fields])
    known = _KNOWN.get((axis.field, id(axis.values)))
    if known is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[axis.field, id(axis.values)] = (axis.values, Axis(fields, [axis.values]))
    return known[1]
