"""Values that go to places here and there in a long column, all at once."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def scatter(values: pa.Array, places: pa.Int64Array, into: bytearray | array[Any]) -> None:
    """`into[place] = value` for each of them, without nulls; of two for one place, one counts.

    What that costs grows with the rows between the first and the last place.
    """
    import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory
    import pyarrow.compute as pc  # noqa: PLC0415

    ends = pc.min_max(places)
    first, last = ends["min"].as_py(), ends["max"].as_py()
    width = values.type.bit_width // 8
    before = memoryview(into).cast("B")[first * width : (last + 1) * width]
    spread = pc.scatter(values, pc.subtract(places, first), max_index=last - first)
    if spread.null_count:
        old = pa.Array.from_buffers(values.type, last - first + 1, [None, pa.py_buffer(before)])
        spread = pc.if_else(spread.is_valid(), spread, old)
    before[:] = raw(spread)


def raw(column: pa.Array) -> memoryview:
    """The values of a column without nulls, as they lie in memory."""
    width = column.type.bit_width // 8
    values = memoryview(column.buffers()[1])
    return values[column.offset * width : (column.offset + len(column)) * width].cast("B")
