"""Keys that are a product of lists: counted, found and made without a text a key in memory.

A data type with a list of a million ids, or with days times teams, has as many keys as the lists multiply to. Here they
are known by their lists alone; what single keys are needed, or all as a column, is put together when it is asked for.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from adce_async.model.keys import MAX_PART_BYTES, PathPattern
from adce_async.model.seasons import given_by
from adce_async.planning.key_places import KeyPlaces
from adce_async.planning.product_axis import Axis

if TYPE_CHECKING:
    import pyarrow as pa

Bound = tuple[Mapping[str, str], float, float | None]
"""Values for some fields, with (due, closes) as far as they follow from these values; due 0.0: they don't."""

FEWEST = 5000
"""Below, making each key is as quick."""
_LONGEST_KEY = 200


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


class ProductKeys(Sequence[str]):
    """The keys of a product, the last axis fastest; see `expectations.MadeKeys`."""

    def __init__(self, pattern: PathPattern, base: Mapping[str, str], axes: Sequence[Axis]) -> None:
        self._pattern = pattern
        self._base = base
        self._axes = axes
        self._pieces = pieces(pattern, base)
        at = {name: (axis.columns[f], a) for a, axis in enumerate(axes) for f, name in enumerate(axis.fields)}
        self._parts = [at[piece[1:-1]] if piece.startswith("{") else piece for piece in self._pieces]
        """Texts, and (values, number of their axis): a lake that is empty needs all keys, one by one."""
        self._lengths = tuple(map(len, axes))
        self._length = math.prod(self._lengths)

    def __len__(self) -> int:
        return self._length

    def at(self, index: int) -> Sequence[int]:
        """The place in each axis of the key at `index`."""
        if len(self._lengths) == 1:
            return (index,)
        found = []
        for length in reversed(self._lengths):
            index, place = divmod(index, length)
            found.append(place)
        return found[::-1]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self.key(self.at(n)) for n in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self.key(self.at(index % self._length))

    def __iter__(self) -> Iterator[str]:
        return map(self.key, itertools.product(*map(range, self._lengths)))

    def key(self, places: Sequence[int]) -> str:
        """The key at this place of each axis."""
        return "".join([part if isinstance(part, str) else part[0][places[part[1]]] for part in self._parts])

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

    def places_of(self, keys: pa.StringArray) -> pa.Int64Array:
        """Where each of `keys` is among them; null where it is not."""
        return KeyPlaces(self._pieces, self._axes).of(keys)


def product_keys(
    pattern: PathPattern, base: Mapping[str, str], bounds: Sequence[Sequence[Bound]]
) -> ProductKeys | None:
    """The keys of all combinations of `bounds`; None where each has to be looked at by itself."""
    own = [field for field in pattern.fields if field not in base]
    if not bounds or any(given_by(field) != field for field in pattern.fields):
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
    parts = pieces(pattern, base)
    if not all(axis.plain for axis in axes) or not _separate(parts, axes):
        return None
    longest = {name: most for axis in axes for name, (_, most) in zip(axis.fields, axis.lengths, strict=True)}
    if sum(longest.get(piece[1:-1], len(piece)) for piece in parts) > min(_LONGEST_KEY, MAX_PART_BYTES):
        return None
    return ProductKeys(pattern, base, axes)


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


def _separate(parts: Sequence[str], axes: Sequence[Axis]) -> bool:
    """True if each key can be read in one way only: what stands after a field has what none of its values has."""
    characters = {
        f"{{{name}}}": found for axis in axes for name, found in zip(axis.fields, axis.characters, strict=True)
    }
    return all(
        after not in characters and not characters[piece].issuperset(after)
        for piece, after in itertools.pairwise(parts)
        if piece in characters
    )


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
