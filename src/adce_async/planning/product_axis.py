"""One factor of a product of keys: the values of the fields that a pattern takes from it, side by side.

It is looked through once, and its columns are made when they are first asked for, so that a list of millions costs
little where nobody compares.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from adce_async.model.counted_values import CountedValues

if TYPE_CHECKING:
    import pyarrow as pa

_CLEAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SHORT = 1000
"""So many values are found by a table that is made each time; more by a search."""
_MOST_DIGITS = 18
_BETWEEN = "/"


class Axis:
    """Rows of values. `columns`: a sequence of texts for each of `fields`."""

    def __init__(self, fields: tuple[str, ...], columns: Sequence[Sequence[str]]) -> None:
        self.fields = fields
        self.columns = [_counted(column) for column in columns]

    def __len__(self) -> int:
        return len(self.columns[0])

    @functools.cached_property
    def plain(self) -> bool:
        """True if each value can stand in a key as it is, and no two rows are the same."""
        if any(isinstance(column, CountedValues) for column in self.columns):
            return True
        rows = self.columns[0] if len(self.columns) == 1 else list(zip(*self.columns, strict=True))
        return len(set(rows)) == len(rows) and all(
            _CLEAN.fullmatch(value) for column in self.columns for value in column
        )

    @functools.cached_property
    def lengths(self) -> list[tuple[int, int]]:
        """The fewest and the most characters of a value, by column."""
        return [
            (one.shortest, one.longest)
            if isinstance(one, CountedValues)
            else (min(map(len, one), default=0), max(map(len, one), default=0))
            for one in self.columns
        ]

    @functools.cached_property
    def characters(self) -> list[frozenset[str]]:
        """Which ones there are in any value, by column."""
        return [frozenset("0123456789" if isinstance(one, CountedValues) else "".join(one)) for one in self.columns]

    # -- where a row is ----------------------------------------------------------------------------------------------

    def place(self, fields: Mapping[str, str]) -> int | None:
        """Where the row with these values is."""
        only = self.columns[0]
        if isinstance(only, CountedValues):
            return only.place(fields[self.fields[0]])
        return self._places.get(tuple(fields[name] for name in self.fields))

    @functools.cached_property
    def _places(self) -> dict[tuple[str, ...], int]:
        return {row: n for n, row in enumerate(zip(*self.columns, strict=True))}

    def places(self, values: Sequence[pa.StringArray]) -> pa.Int64Array:
        """Where the rows with these values are, a column for each field; null where there is none."""
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory
        import pyarrow.compute as pc  # noqa: PLC0415

        only = self.columns[0]
        if isinstance(only, CountedValues):
            return _numbers(only, values[0])
        wanted = values[0] if len(values) == 1 else pc.binary_join_element_wise(*values, _BETWEEN)
        if len(self) <= _SHORT:
            return pc.index_in(wanted, value_set=self._rows).cast(pa.int64())
        rows, order = self._sorted
        found = pc.min_element_wise(
            pc.search_sorted(rows, pc.fill_null(wanted, "")), pa.scalar(len(rows) - 1, pa.uint64())
        )
        same = pc.and_(pc.equal(rows.take(found), wanted), pc.is_valid(wanted))
        return pc.if_else(same, order.take(found), pa.scalar(None, pa.int64()))

    @functools.cached_property
    def _rows(self) -> pa.StringArray:
        import pyarrow.compute as pc  # noqa: PLC0415

        arrays = [self.array(column) for column in range(len(self.columns))]
        return arrays[0] if len(arrays) == 1 else pc.binary_join_element_wise(*arrays, _BETWEEN)

    @functools.cached_property
    def _sorted(self) -> tuple[pa.StringArray, pa.Int64Array]:
        """The rows in order, and where each of them is."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        order = pc.array_sort_indices(self._rows).cast(pa.int64())
        return self._rows.take(order), order

    def array(self, column: int) -> pa.StringArray:
        """A column, for pyarrow."""
        import pyarrow as pa  # noqa: PLC0415

        return pa.array(self.columns[column], pa.string(), size=len(self))


def _numbers(values: CountedValues, texts: pa.StringArray) -> pa.Int64Array:
    """The place of each of `texts`, which are of letters, digits, `_` and `-`; null where it is none of `values`."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    lengths = pc.binary_length(texts)
    fits = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(lengths, min(values.longest, _MOST_DIGITS)))
    bare = pc.invert(pc.starts_with(texts, "0"))
    fits = pc.and_(
        fits, pc.or_(pc.equal(lengths, max(values.width, 1)), pc.and_(bare, pc.greater(lengths, values.width)))
    )
    places = pc.subtract(pc.if_else(pc.fill_null(fits, False), texts, "0").cast(pa.int64()), values.first)
    within = pc.and_(pc.greater_equal(places, 0), pc.less(places, len(values)))
    return pc.if_else(pc.and_(fits, within), places, pa.scalar(None, pa.int64()))


def _counted(values: Sequence[str]) -> Sequence[str]:
    """The same; numbers in a row as such."""
    if isinstance(values, CountedValues) or not values:
        return values
    first = values[0]
    if not (first.isascii() and first.isdecimal() and len(first) <= _MOST_DIGITS):
        return values
    width = len(first) if first.startswith("0") else 0
    counted = CountedValues(int(first), int(first) + len(values) - 1, width)
    return counted if counted == tuple(values) else values
