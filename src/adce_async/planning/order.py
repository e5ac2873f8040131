"""The order of tasks, without ever sorting again.

Scores grow linearly, and tasks with the same multiplier grow equally fast: they keep their order for ever.
So there is one heap per (source, scraper, multiplier) with a static key, and the best task at any moment is the best
of the heads: O(classes) to look, O(log n) to push and pop, however old the queue grows.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.score import factors, plain_rank

type_key = tuple[str, str, float, bool]
"""(source, scraper, multiplier, whether CRITICAL): a class of tasks that keep their order."""

Shut = Callable[[str, str, bool], bool]
"""Whether no task of (source, scraper, whether CRITICAL) may start."""

# (-static score, detected, tier, serial, key): ties go to the older, then the lower tier, then the source with most to
# do, then the first come. So sources that share a global limit end together, and none is left to its own limit at last.
_Entry = tuple[float, float, int, int, str]


_AT_ONCE = 2000
"""Entries that are freed at once."""


class KineticOrder:
    """Tasks by score at the moment of asking. Not safe for several threads.

    >>> from adce_async.model.coverage import GapKind, Priority
    >>> def task(key, source, priority, detected):
    ...     return Task(key, source, "s", "t", None, {}, GapKind.MISSING, priority, detected, 0.0)
    >>> order = KineticOrder(ScoreRules())
    >>> order.push(task("low", "espn", Priority.LOW, 0.0))
    >>> order.push(task("high", "kaggle", Priority.HIGH, 0.0))
    >>> order.pop(0.0), order.pop(0.0), order.pop(0.0)
    ('high', 'low', None)
    """

    def __init__(
        self,
        rules: ScoreRules,
        success_rates: Mapping[str, float] | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        """`sizes`: how many tasks of each source are about to be pushed, as far as is known."""
        self._rules = rules
        self._rates = dict(success_rates or {})
        self._heaps: dict[type_key, list[_Entry]] = {}
        self._serials: dict[str, int] = {}
        self._next_serial = defaultdict(itertools.count, {of: itertools.count(-n) for of, n in (sizes or {}).items()})
        """By source: minus how many are left of it."""
        self._at_first: dict[tuple[str, str, Priority, int, int], tuple[float, float, float]] = {}
        """`_begin` by all that it depends on: a queue has many tasks and few kinds of them."""

    def __len__(self) -> int:
        return len(self._serials)

    def __contains__(self, key: str) -> bool:
        return key in self._serials

    def push(self, task: Task) -> None:
        """Add `task`, or put it where it belongs now if it is in already."""
        if self._rules.enabled:
            kind = (task.source, task.scraper, task.priority, task.files, min(0, task.tier))
            known = self._at_first.get(kind)
            if known is None:
                known = self._at_first[kind] = self._begin(task)
            multiplier, growth, first = known
            # the score at time zero of the clock; what all of a class gain since then is the same
            static = first - growth * task.detected_at
        else:
            multiplier, static = 0.0, plain_rank(task.priority, task.tier, self._rules.order)
        serial = next(self._next_serial[task.source])
        self._serials[task.key] = serial
        urgent = task.priority is Priority.CRITICAL
        heap = self._heaps.setdefault((task.source, task.scraper, multiplier, urgent), [])
        heapq.heappush(heap, (-static, task.detected_at, task.tier, serial, task.key))

    def discard(self, key: str) -> None:
        """Take a task out, if it is in. Its entry is dropped when it comes to the head."""
        self._serials.pop(key, None)

    def clear(self) -> None:
        """Take all out, step by step, as `Backlog.clear` does."""
        self._serials.clear()
        while self._heaps:
            _, heap = self._heaps.popitem()
            while heap:
                del heap[-_AT_ONCE:]

    def sources(self, is_shut: Shut | None = None) -> set[str]:
        """The sources that have a task here that may start."""
        return {
            source
            for (source, scraper, _, urgent), heap in self._heaps.items()
            if self._head(heap) and not (is_shut and is_shut(source, scraper, urgent))
        }

    @property
    def has_ahead(self) -> bool:
        """True if a task here goes ahead of all others."""
        return any((entry := self._head(heap)) is not None and entry[2] < 0 for heap in self._heaps.values())

    def shut(self, is_shut: Shut) -> set[tuple[str, str]]:
        """(source, scraper) of what has a task here and is shut."""
        return {
            (source, scraper)
            for (source, scraper, _, urgent), heap in self._heaps.items()
            if is_shut(source, scraper, urgent) and self._head(heap)
        }

    def best(
        self,
        now: float,
        is_open: Callable[[str], bool] = lambda _: True,
        is_shut: Shut | None = None,
        holds_back: Callable[[str], bool] | None = None,
    ) -> str | None:
        """The key with the highest score at `now` among the sources that are open, or None.

        `holds_back(source)`: only what is ahead of all others counts there.
        """
        entry = self._best(now, is_open, is_shut, holds_back)
        return entry[4] if entry else None

    def pop(self, now: float, is_open: Callable[[str], bool] = lambda _: True) -> str | None:
        """The same, and take it out."""
        entry = self._best(now, is_open)
        if entry is None:
            return None
        del self._serials[entry[4]]
        return entry[4]

    def ahead(self, now: float, count: int, is_open: Callable[[str], bool]) -> list[str]:
        """The next `count` keys of sources that are open, best first; the order itself stays as it is."""
        taken: list[tuple[type_key, list[_Entry], _Entry]] = []
        while len(taken) < count and (entry := self._best(now, is_open)) is not None:
            kind, heap = next((kind, heap) for kind, heap in self._heaps.items() if heap and heap[0] is entry)
            taken.append((kind, heap, heapq.heappop(heap)))
        for kind, heap, entry in taken:
            heapq.heappush(heap, entry)
            self._heaps[kind] = heap  # an empty one is dropped by who looks
        return [entry[4] for _, _, entry in taken]

    def in_order(self, now: float) -> Iterable[str]:
        """All keys by score at `now`, best first; the order itself stays as it is."""
        current, entries = self._serials.get, []
        for kind, heap in self._heaps.items():
            gained = self._gained(kind, now)
            entries += [
                (-round(gained - static, 6), detected, tier, serial, key)
                for static, detected, tier, serial, key in heap
                if current(key) == serial
            ]
        entries.sort()
        return [entry[4] for entry in entries]

    def _best(
        self,
        now: float,
        is_open: Callable[[str], bool],
        is_shut: Shut | None = None,
        holds_back: Callable[[str], bool] | None = None,
    ) -> _Entry | None:
        best: tuple[float, float, int, int] | None = None
        found: _Entry | None = None
        open_now: dict[str, bool] = {}
        for kind, heap in list(self._heaps.items()):
            entry = self._head(heap)
            if entry is None:
                del self._heaps[kind]
                continue
            source = kind[0]
            if holds_back is not None and entry[2] >= 0 and holds_back(source):
                continue
            if source not in open_now:
                open_now[source] = is_open(source)
            if not open_now[source] or (is_shut and is_shut(source, kind[1], kind[3])):
                continue
            rank = (-self._score(entry, kind, now), *entry[1:4])
            if best is None or rank < best:
                best, found = rank, entry
        return found

    def _head(self, heap: list[_Entry]) -> _Entry | None:
        while heap and self._serials.get(heap[0][4]) != heap[0][3]:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def _score(self, entry: _Entry, kind: type_key, now: float) -> float:
        # rounded, so that equal scores of different classes tie instead of being decided by the last bit
        return round(self._gained(kind, now) - entry[0], 6)

    def _gained(self, kind: type_key, now: float) -> float:
        """What each of a class has gained by age from time zero of the clock to `now`."""
        return self._rules.age_weight * kind[2] / 3600.0 * now

    def _begin(self, task: Task) -> tuple[float, float, float]:
        """Multiplier, points a second, and the score when it was first detected."""
        parts = factors(task, task.detected_at, self._rules, self._rates)
        return parts.multiplier, self._rules.age_weight * parts.multiplier / 3600.0, parts.score
