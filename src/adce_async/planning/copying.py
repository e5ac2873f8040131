"""Which times of objects are those of a copy: `cp -r`, `aws s3 cp` and the like give each object the time it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PAUSE_SECONDS = 60.0
"""Objects whose times lie no further apart were stored in one go."""
MOST_A_SECOND = 4.0
"""Faster than any source's limits let anybody collect: that was a copy."""
FEW = 20
"""Fewer objects do not tell how fast they came, so their times tell nothing either."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Objects that came in one go, from `first` to `last` (seconds since the epoch)."""

    first: float
    last: float
    objects: int


def bursts(times: Iterable[float]) -> list[Burst]:
    """Those of `times` (of objects that nobody vouches for) that are no evidence of when they were fetched.

    A lake of no more than a few such objects has no evidence at all: to look at them once more costs next to nothing.

    >>> bursts([100.0 + n / 100 for n in range(1000)] + [9000.0 + 30 * n for n in range(50)])
    [Burst(first=100.0, last=109.99, objects=1000)]
    """
    ordered = sorted(times)
    found: list[Burst] = []
    start = 0
    for place, time in enumerate(ordered):
        if place + 1 < len(ordered) and ordered[place + 1] - time <= PAUSE_SECONDS:
            continue
        found.append(Burst(ordered[start], time, place + 1 - start))
        start = place + 1
    if len(ordered) < FEW:
        return found
    return [one for one in found if one.objects >= FEW and one.objects > MOST_A_SECOND * (one.last - one.first)]
