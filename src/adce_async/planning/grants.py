"""The sliding-window log: when the last requests went out, in order.

A ring of times, so that "when was the n-th last?" costs the same after ten requests and after ten million.
That is all a window needs: at most N in any T seconds means that the (N+1)-th waits for the first plus T.
It is as large as what was sent within `seconds`, never as large as what a window would allow.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable

_AT_FIRST = 64
"""Times that there is room for at first; ever twice as much from there on."""


class GrantLog:
    """The last `capacity` times, oldest first; times are appended in order.

    Of those that are older than `seconds` (no limit asks for them) only the last `least` are sure to be remembered.

    >>> log = GrantLog(3)
    >>> for at in (1.0, 2.0, 3.0, 4.0):
    ...     log.append(at)
    >>> list(log.times()), log.last(1), log.last(2), log.used(4.0, 2.0)
    ([2.0, 3.0, 4.0], 4.0, 3.0, 2)
    """

    def __init__(
        self, capacity: int, times: Iterable[float] = (), *, seconds: float = math.inf, least: int = _AT_FIRST
    ) -> None:
        self.capacity = capacity
        self.seconds = seconds
        self._least = least
        self._ring = array("d", bytes(8 * min(capacity, _AT_FIRST)))
        self._count = 0
        self._first = 0
        """Number of the oldest that is remembered; the first one ever has number 0."""
        for at in times:
            self.append(at)

    def __len__(self) -> int:
        return self._count - self._first

    @property
    def room(self) -> int:
        """For how many times there is memory now."""
        return len(self._ring)

    def append(self, at: float) -> None:
        """Add the newest time; must not be before the last one."""
        if self._count - self._first == len(self._ring):
            self._make_room(at)
        self._ring[self._count % len(self._ring)] = at
        self._count += 1

    def last(self, n: int) -> float:
        """The n-th last time, n >= 1; minus infinity if there were fewer, or if it is older than any limit asks for.

        If it is forgotten for want of capacity, the oldest that is known, which is later: no limit is ever exceeded.
        """
        if n > self._count - self._first:
            if n > self._count or self._count - self._first < self.capacity:
                return -math.inf
            n = self.capacity
        return self._ring[(self._count - n) % len(self._ring)]

    def used(self, now: float, seconds: float) -> int:
        """How many are in the half-open window of `seconds` that ends with `now`."""
        return self._count - self._number_after(now - seconds)

    def times(self) -> Iterable[float]:
        """All that is remembered, oldest first."""
        return (self.last(n) for n in range(len(self), 0, -1))

    def _number_after(self, at: float) -> int:
        """Number of the first one that is later than `at`."""
        size = len(self._ring)
        numbers = range(self._first, self._count)
        return self._first + bisect_right(numbers, at, key=lambda number: self._ring[number % size])

    def _make_room(self, now: float) -> None:
        """Forget what is too old to matter; if that is less than half, take more memory, and last of all, the oldest.

        Half: so that what a time costs on the whole stays the same, whether or not it is forgotten in time.
        """
        size = len(self._ring)
        if size < self.capacity:
            self._first = max(self._first, min(self._number_after(now - self.seconds), self._count - self._least))
            if len(self) <= size // 2:
                return
            kept = array("d", self.times())
            size = min(2 * size, self.capacity)
            self._ring = array("d", bytes(8 * size))
            for number, at in enumerate(kept, self._first):
                self._ring[number % size] = at
        else:
            self._first += 1
