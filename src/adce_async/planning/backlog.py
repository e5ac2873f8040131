"""The queue as dispatch sees it: in memory, in order, with what is delayed set aside.

A mirror of the durable queue, made anew after each pass. Keys that one request serves travel together.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.order import KineticOrder, Shut


class Backlog:
    """Tasks that wait, ready ones by score and delayed ones by time."""

    def __init__(
        self,
        rules: ScoreRules,
        tasks: Collection[Task] = (),
        success_rates: Mapping[str, float] | None = None,
    ) -> None:
        self._order = KineticOrder(rules, success_rates, Counter(task.source for task in tasks))
        self._tasks: dict[str, Task] = {}
        self._delayed: list[tuple[float, str]] = []
        self._requests: dict[str, list[str]] = {}
        self._request_of: dict[str, str] = {}
        self.depth: Counter[Priority] = Counter()
        """How many tasks of each priority are in."""
        self.requests_of: Counter[str] = Counter()
        """How many requests serve the tasks of each source."""
        for task in tasks:
            self.add(task)

    @classmethod
    def of(
        cls,
        tasks: Iterable[Task],
        wanted: Callable[[Task], bool],
        rules: ScoreRules,
        success_rates: Mapping[str, float] | None = None,
    ) -> Backlog:
        """Those of `tasks` that are wanted. A large queue takes seconds: make it in a thread."""
        return cls(rules, [task for task in tasks if wanted(task)], success_rates)

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: str) -> bool:
        return key in self._tasks

    @property
    def requests(self) -> int:
        """How many requests serve all tasks."""
        return len(self._requests)

    def keys(self) -> Collection[str]:
        """Those of all tasks."""
        return self._tasks.keys()

    def all_sources(self) -> Sequence[str]:
        """Sources of all tasks, each once."""
        return list(dict.fromkeys(task.source for task in self._tasks.values()))

    def add(self, task: Task) -> None:
        """Add `task`, or put it in the place of its older self."""
        key = task.key
        if key in self._tasks:
            self.remove(key)
        self._tasks[key] = task
        self.depth[task.priority] += 1
        request = self._request_of[key] = task.request  # it takes a while to put together
        keys = self._requests.get(request)
        if keys is None:
            self._requests[request] = [key]
            self.requests_of[task.source] += 1
        else:
            keys.append(key)
        if task.not_before > 0:
            heapq.heappush(self._delayed, (task.not_before, key))
        else:
            self._order.push(task)

    def remove(self, key: str) -> None:
        """Take `key` out, if it is in."""
        task = self._tasks.pop(key, None)
        if task is None:
            return
        self.depth[task.priority] -= 1
        self._order.discard(key)
        request = self._request_of.pop(key)
        keys = self._requests[request]
        keys.remove(key)
        if not keys:
            del self._requests[request]
            self.requests_of[task.source] -= 1

    def clear(self) -> None:
        """Let go of all that is in, step by step: to free 100,000 tasks at once holds up every other thread."""
        while self._tasks:
            key, task = self._tasks.popitem()
            self.depth[task.priority] -= 1
            self._order.discard(key)
            self._requests.pop(self._request_of.pop(key), None)
        self._order.clear()
        self._delayed.clear()

    def ripen(self, now: float) -> None:
        """Put what is delayed no longer into the order."""
        while self._delayed and self._delayed[0][0] <= now:
            at, key = heapq.heappop(self._delayed)
            task = self._tasks.get(key)
            if task is not None and task.not_before == at and key not in self._order:
                self._order.push(task)

    def sources(self, shut: Shut | None = None) -> set[str]:
        """Sources that have a ready task, which is not `shut`."""
        return self._order.sources(shut)

    @property
    def has_ahead(self) -> bool:
        """True if a ready task goes ahead of all others."""
        return self._order.has_ahead

    def shut(self, shut: Shut) -> set[tuple[str, str]]:
        """(source, scraper) of ready tasks that are `shut`."""
        return self._order.shut(shut)

    def take(
        self,
        now: float,
        is_open: Callable[[str], bool],
        shut: Shut | None = None,
        holds_back: Callable[[str], bool] | None = None,
    ) -> Sequence[Task]:
        """Take out the best ready task of an open source, with all that its request serves; () if there is none.

        `holds_back(source)`: only what is ahead of all others may be taken of it.
        """
        key = self._order.best(now, is_open, shut, holds_back)
        if key is None:
            return ()
        keys = [key, *(other for other in self._requests[self._request_of[key]] if other != key)]
        batch = [task for task in map(self._tasks.__getitem__, keys) if task.key == key or task.not_before <= now]
        for task in batch:
            self.remove(task.key)
        return batch

    def ahead(self, now: float, count: int, is_open: Callable[[str], bool]) -> Sequence[Task]:
        """The next `count` ready tasks of open sources, best first, with all that their requests serve; they stay."""
        keys: dict[str, None] = {}
        for key in self._order.ahead(now, count, is_open):
            keys |= dict.fromkeys((key, *self._requests[self._request_of[key]]))
        return [task for task in map(self._tasks.__getitem__, keys) if task.not_before <= now]

    def get(self, key: str) -> Task | None:
        """The task of `key`, if it is in."""
        return self._tasks.get(key)

    def all(self) -> list[Task]:
        """All tasks, in no order: a list of its own."""
        return list(self._tasks.values())

    def in_order(self, now: float) -> Sequence[Task]:
        """All tasks: the ready ones by score, then the delayed ones by time."""
        self.ripen(now)
        ready = [self._tasks[key] for key in self._order.in_order(now)]
        later = [task for key, task in self._tasks.items() if key not in self._order]
        return [*ready, *sorted(later, key=lambda task: task.not_before)]

    def request_of(self, key: str) -> str:
        """`Task.request` of a task that is in, which is not put together again for it. Raises KeyError."""
        return self._request_of[key]

    def best_source(
        self,
        now: float,
        shut: Shut | None = None,
        among: Callable[[str], bool] = lambda _: True,
        holds_back: Callable[[str], bool] | None = None,
    ) -> str | None:
        """The source, one `among` these, of the best ready task, open or not (for strict dispatch)."""
        key = self._order.best(now, among, shut, holds_back)
        return self._tasks[key].source if key is not None else None

    def oldest(self, priority: Priority) -> float | None:
        """When the oldest ready task of `priority` was detected (seconds since the epoch); goes through all of them."""
        found = (
            task.detected_at for key, task in self._tasks.items() if task.priority is priority and key in self._order
        )
        return min(found, default=None)

    def next_ripe(self) -> float | None:
        """When the next delayed task is due (seconds since the epoch)."""
        while self._delayed:
            at, key = self._delayed[0]
            task = self._tasks.get(key)
            if task is not None and task.not_before == at and key not in self._order:
                return at
            heapq.heappop(self._delayed)
        return None

    def delayed_by_source(self) -> dict[str, float]:
        """The earliest delayed task of each source (seconds since the epoch)."""
        earliest: dict[str, float] = {}
        for at, key in self._delayed:
            task = self._tasks.get(key)
            if task is not None and task.not_before == at and key not in self._order:
                earliest[task.source] = min(at, earliest.get(task.source, at))
        return earliest
