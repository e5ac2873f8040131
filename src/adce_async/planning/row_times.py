"""When the rows of a column of expectations are due, and close, known by as many times as differ.

Of a product of days and a million ids, the days have times; each holds for as many rows in a row as the ids are.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class RowTimes:
    """Each time holds for `each` rows in a row, and all of them again and again.

    Times are seconds since the epoch (UTC); who never closes does so at infinity.

    >>> times = RowTimes([1.0, 2.0], [5.0, None], each=2)
    >>> times.closes(0, 6).to_pylist()
    [5.0, 5.0, inf, inf, 5.0, 5.0]
    """

    def __init__(self, dues: Iterable[float], closes: Iterable[float | None], each: int = 1) -> None:
        self._dues = array("d", dues)
        self._closes = array("d", (math.inf if one is None else one for one in closes))
        self._each = each

    def closes(self, first: int, last: int) -> pa.DoubleArray | float:
        """When the rows from `first` on and before `last` close; a number where all do so at once."""
        import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory

        if len(self._closes) == 1:
            return self._closes[0]
        column = _column(self._closes)
        if self._each == 1 and last <= len(column):
            return column.slice(first, last - first)
        return column.take(self._at(pa.arange(first, last)))

    def deadlines(self, rows: pa.Int64Array) -> pa.DoubleArray:
        """When each of these rows closed, or was due where nothing closes it."""
        import pyarrow.compute as pc  # noqa: PLC0415

        closes, dues = _column(self._closes), _column(self._dues)
        said = pc.and_(pc.is_finite(closes), pc.not_equal(closes, 0.0))
        return pc.if_else(said, closes, dues).take(self._at(rows))

    def _at(self, rows: pa.Int64Array) -> pa.Int64Array:
        """Which of the times each row has."""
        import pyarrow.compute as pc  # noqa: PLC0415

        number = pc.divide(rows, self._each) if self._each > 1 else rows
        rounds = pc.divide(number, len(self._closes))
        return pc.subtract(number, pc.multiply(rounds, len(self._closes)))


def _column(values: array[float]) -> pa.DoubleArray:
    import pyarrow as pa  # noqa: PLC0415

    return pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)])
