"""Keys in columns and in order: to find those of one in another is a walk through memory, without a table of hashes.

In order is how listings, reports and inventories come; what is not is sorted first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class SortedKeys:
    """A column of keys, in order, in which others are looked for again and again."""

    def __init__(self, keys: pa.StringArray) -> None:
        import pyarrow.compute as pc  # noqa: PLC0415

        self._order = None if in_order(keys) else pc.array_sort_indices(keys)
        self._keys = keys if self._order is None else keys.take(self._order)

    def places_of(self, keys: pa.StringArray) -> pa.Int64Array:
        """Where each of `keys` is in the column, the first one of several; null where it is not."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        if not len(self._keys):
            return pa.nulls(len(keys), pa.int64())
        last = pa.scalar(len(self._keys) - 1, pa.uint64())
        places = pc.min_element_wise(pc.search_sorted(self._keys, keys), last)
        places = pc.if_else(pc.equal(self._keys.take(places), keys), places, pa.scalar(None, pa.uint64()))
        return (places if self._order is None else self._order.take(places)).cast(pa.int64())


def places_among(keys: pa.StringArray, among: pa.StringArray) -> pa.Int64Array:
    """Where each of `keys` is in `among`, the first one of several; null where it is not."""
    return SortedKeys(among).places_of(keys)


def in_order(keys: pa.StringArray) -> bool:
    """True if no key comes before one that is smaller."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return len(keys) < 2 or bool(pc.all(pc.less_equal(keys.slice(0, len(keys) - 1), keys.slice(1))).as_py())
