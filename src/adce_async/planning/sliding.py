"""How often something happened within the last hour or day, in memory that does not grow with it.

Pure: `now` is seconds since the epoch, given by the caller.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator

BUCKETS = 60
"""Parts of a window: an event is forgotten at most one part too early."""


class SlidingCounts:
    """Counts of events by name within the last `seconds`.

    >>> counts = SlidingCounts(60.0)
    >>> counts.add("good", 0.0, 3); counts.add("bad", 30.0)
    >>> counts.of("good", 59.0), counts.of("good", 61.0), counts.of("bad", 61.0)
    (3, 0, 1)
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._buckets: deque[tuple[int, Counter[str]]] = deque()
        self._totals: Counter[str] = Counter()
        """Of all buckets: it is asked far more often than anything happens."""

    def add(self, name: str, now: float, count: int = 1) -> None:
        """It happened."""
        number = self._number(now)
        self._forget(number)
        if not self._buckets or self._buckets[-1][0] != number:
            self._buckets.append((number, Counter()))
        self._buckets[-1][1][name] += count
        self._totals[name] += count

    def of(self, name: str, now: float) -> int:
        """How often it happened."""
        self._forget(self._number(now))
        return self._totals[name]

    def remembered(self) -> list[list[object]]:
        """For JSON; see `restore`."""
        return [[number, dict(counts)] for number, counts in self._buckets]

    def restore(self, known: Iterable[Iterable[object]]) -> None:
        """Go on with what was remembered. Raises TypeError or ValueError if that is no memory."""
        self._buckets = deque(self._read(known))
        self._totals = sum((counts for _, counts in self._buckets), Counter())

    @staticmethod
    def _read(known: Iterable[Iterable[object]]) -> Iterator[tuple[int, Counter[str]]]:
        for number, counts in known:
            if not isinstance(number, int) or not isinstance(counts, dict):
                raise TypeError(f"no bucket: {number!r}")
            yield number, Counter({str(name): int(count) for name, count in counts.items()})

    def _number(self, now: float) -> int:
        return int(now // (self.seconds / BUCKETS))

    def _forget(self, number: int) -> None:
        while self._buckets and self._buckets[0][0] <= number - BUCKETS:
            self._totals.subtract(self._buckets.popleft()[1])
        while self._buckets and self._buckets[-1][0] > number:  # the clock was set back
            self._totals.subtract(self._buckets.pop()[1])
