"""What would be fetched, in which order and why, and when it would be done: the plan as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.score import Factors, factors
from adce_async.planning.simulation import Conditions, Simulation


@dataclass(frozen=True, slots=True)
class Planned:
    """A task with its score, factor by factor, and the seconds from now at which its request goes."""

    task: Task
    factors: Factors
    score: float
    eta: float


class Ranking(Sequence[Planned]):
    """Tasks in the order in which they are wanted; what a score is made of is worked out for those looked at."""

    __slots__ = ("_now", "_rates", "_rules", "_tasks", "_times")

    def __init__(
        self,
        tasks: Sequence[Task],
        times: Mapping[str, float],
        rules: ScoreRules,
        now: float,
        success_rates: Mapping[str, float] | None = None,
    ) -> None:
        """`times`: seconds from `now` at which the request of each key goes."""
        self._tasks, self._times, self._rules, self._now, self._rates = tasks, times, rules, now, success_rates

    def last(self) -> tuple[Task | None, float]:
        """The first of those whose request goes last, and when; (None, 0.0) where there are none."""
        last = max(self._tasks, key=lambda task: self._times[task.key], default=None)
        return last, self._times[last.key] if last else 0.0

    def __len__(self) -> int:
        return len(self._tasks)

    @overload
    def __getitem__(self, index: int) -> Planned: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Planned]: ...
    def __getitem__(self, index: int | slice) -> Planned | Sequence[Planned]:
        if isinstance(index, slice):
            return [self._planned(task) for task in self._tasks[index]]
        return self._planned(self._tasks[index])

    def __iter__(self) -> Iterator[Planned]:
        return map(self._planned, self._tasks)

    def last_by_priority(self) -> dict[Priority, float]:
        """Seconds until the last request of each priority goes."""
        found: dict[Priority, float] = {}
        for task in self._tasks:
            found[task.priority] = max(found.get(task.priority, 0.0), self._times[task.key])
        return found

    def _planned(self, task: Task) -> Planned:
        parts = factors(task, self._now, self._rules, self._rates)
        return Planned(task, parts, round(parts.score, 3), self._times[task.key])


@dataclass(frozen=True, slots=True)
class Forecast:
    """All planned tasks, best first. `eta_seconds`: when the last request goes; `bound_by`: what decides that.

    It is the name of a source, `simulation.GLOBAL` or `simulation.SLOTS`. `requests`: how many serve all tasks;
    None where nobody has counted them.
    """

    planned: Sequence[Planned]
    eta_seconds: float
    bound_by: str | None
    requests: int | None = None


def forecast(
    tasks: Sequence[Task],
    rules: ScoreRules,
    conditions: Conditions,
    *,
    now: float,
    success_rates: Mapping[str, float] | None = None,
) -> Forecast:
    """What limits and slots make of `tasks`; tasks of one request go together, delayed ones when they may be tried.

    >>> from adce_async.model.coverage import GapKind, Priority
    >>> def task(key, priority, **more):
    ...     return Task(key, "ant", "s", "t", None, {"id": key}, GapKind.MISSING, priority, 0.0, 0.0, **more)
    >>> tasks = [task("low", Priority.LOW), task("high", Priority.HIGH)]
    >>> tasks.append(task("later", Priority.CRITICAL, not_before=60.0))
    >>> seen = forecast(tasks, ScoreRules(), Conditions(), now=0.0)
    >>> [(each.task.key, each.eta) for each in seen.planned], seen.requests
    ([('high', 0.0), ('low', 0.0), ('later', 60.0)], 3)
    >>> seen.planned[0].factors.base > seen.planned[1].factors.base, seen.eta_seconds
    (True, 60.0)
    """
    if not tasks:
        return Forecast((), 0.0, None)
    backlog = Backlog(rules, tasks, success_rates)
    requests = backlog.requests
    ranked = backlog.in_order(now)
    played = Simulation(backlog, conditions, now=now).play()
    planned = Ranking(ranked, played.times, rules, now, success_rates)
    last, seconds = planned.last()
    return Forecast(planned, seconds, played.bound_by[last.source] if last else None, requests)
