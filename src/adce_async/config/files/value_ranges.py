"""Values that are written as a range: `2002-2025`, `01-03`."""

from __future__ import annotations

import re
from typing import Any

from adce_async.config.files.base import misfits
from adce_async.model.counted_values import CountedValues

MOST_VALUES = 20_000_000
FEW_VALUES = 1000
"""So many are written out; more of a range are known by its ends."""

_RANGE = re.compile(r"(\d{1,12})\s*[-\u2013]\s*(\d{1,12})")


_YEAR_AND_MORE = re.compile(r"\d{4}-\d{1,2}")
"""A season or a month, `2024-25` or `2024-12`: never a range."""


def expand_values(value: Any) -> Any:
    """The values of a dimension that is written as one text: a range of whole numbers, or the text itself.

    In a list each value is just what it is. What looks like a range and is none is an error.
    A long range is a `CountedValues`.

    >>> expand_values("2002-2004"), expand_values("01-03"), expand_values("2024-25"), expand_values(7)
    (('2002', '2003', '2004'), ('01', '02', '03'), ('2024-25',), ('7',))
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return (str(value),)
    if isinstance(value, str):
        match = _RANGE.fullmatch(value.strip())
        if not match or (_YEAR_AND_MORE.fullmatch(value) and int(match[1]) > int(match[2])):
            return (value,)
        first, last = int(match[1]), int(match[2])
        if first > last:
            raise misfits([((), f"{backwards(match)}, or a list ['{match[0]}'] if it is no range")])
        if last - first >= MOST_VALUES:
            many = f"got '{match[0]}', a range of {last - first + 1} values; expected {MOST_VALUES} at most"
            raise misfits([((), f"{many}, or a list ['{match[0]}'] if it is no range")])
        width = len(match[1]) if match[1].startswith("0") else 0
        return _counted(first, last, width)
    return tuple(value) if isinstance(value, list) else value


def _counted(first: int, last: int, width: int) -> tuple[str, ...] | CountedValues:
    values = CountedValues(first, last, width)
    return tuple(values) if len(values) <= FEW_VALUES else values


def backwards(match: re.Match[str]) -> str:
    """What is wrong with a range that ends before it begins, for a message."""
    return f"got '{match[0]}', a range that runs backwards; expected '{match[2]}-{match[1]}'"
