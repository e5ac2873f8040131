"""The sliding-window log: when the last requests went out, in order.

A ring of times, so that "when was the n-th last?" costs the same after ten requests and after ten million.
That is all a window needs: at most N in any T seconds means that the (N+1)-th waits for the first plus T.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable


class GrantLog:
    """The last `capacity` times, oldest first; times are appended in order.

    >>> log = GrantLog(3)
    >>> for at in (1.0, 2.0, 3.0, 4.0):
    ...     log.append(at)
    >>> list(log.times()), log.last(1), log.last(2), log.used(4.0, 2.0)
    ([2.0, 3.0, 4.0], 4.0, 3.0, 2)
    """

    def __init__(self, capacity: int, times: Iterable[float] = ()) -> None:
        self._ring = array("d", bytes(8 * capacity))
        self._count = 0
        for at in times:
            self.append(at)

    def __len__(self) -> int:
        return min(self._count, len(self._ring))

    @property
    def capacity(self) -> int:
        """How many times it remembers."""
        return len(self._ring)

    def append(self, at: float) -> None:
        """Add the newest time; must not be before the last one."""
        self._ring[self._count % len(self._ring)] = at
        self._count += 1

    def last(self, n: int) -> float:
        """The n-th last time, n >= 1; minus infinity if there were fewer.

        If it is forgotten, the oldest that is known, which is later: no limit is ever exceeded for it.
        """
        if n > self._count:
            return -math.inf
        return self._ring[(self._count - min(n, len(self._ring))) % len(self._ring)]

    def used(self, now: float, seconds: float) -> int:
        """How many are in the half-open window of `seconds` that ends with `now`."""
        first = self._count - len(self)
        position = bisect_right(
            range(first, self._count), now - seconds, key=lambda index: self._ring[index % len(self._ring)]
        )
        return len(self) - position

    def times(self) -> Iterable[float]:
        """All that is remembered, oldest first."""
        return (self.last(n) for n in range(len(self), 0, -1))
