"""Keys in columns and in order: to find those of one in another is a walk through memory, without a table of hashes.

In order is how listings, reports and inventories come; what is not is sorted first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def places_among(keys: pa.StringArray, among: pa.StringArray) -> pa.UInt64Array:
    """Where each of `keys` is in `among`, the first one of several; null where it is not."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if not len(among):
        return pa.nulls(len(keys), pa.uint64())
    order = None
    if not in_order(among):
        order = pc.array_sort_indices(among)
        among = among.take(order)
    places = pc.min_element_wise(pc.search_sorted(among, keys), pa.scalar(len(among) - 1, pa.uint64()))
    places = pc.if_else(pc.equal(among.take(places), keys), places, pa.scalar(None, pa.uint64()))
    return places if order is None else order.take(places)


def in_order(keys: pa.StringArray) -> bool:
    """True if no key comes before one that is smaller."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return len(keys) < 2 or bool(pc.all(pc.less_equal(keys.slice(0, len(keys) - 1), keys.slice(1))).as_py())
