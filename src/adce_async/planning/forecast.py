"""What would be fetched, in which order and why, and when it would be done: the plan as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adce_async.model.limits import Limits
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.order import KineticOrder
from adce_async.planning.pacing import schedule
from adce_async.planning.score import Factors, factors


@dataclass(frozen=True, slots=True)
class Planned:
    """A task with its score, factor by factor, and the seconds from now at which its request can go."""

    task: Task
    factors: Factors
    score: float
    eta: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """All planned tasks, best first. `eta_seconds`: when the last request has gone; `bound_by`: whose limits decide."""

    planned: tuple[Planned, ...]
    eta_seconds: float
    bound_by: str | None
    by_source: Mapping[str, float]


def forecast(
    tasks: Sequence[Task],
    rules: ScoreRules,
    limits: Mapping[str, Limits],
    overall: Limits | None,
    *,
    now: float,
    success_rates: Mapping[str, float] | None = None,
) -> Forecast:
    """What the limits make of `tasks` from an idle start; tasks of one request go together.

    Delayed tasks count from the moment at which they may be tried.
    """
    order = KineticOrder(rules, success_rates)
    by_key = {task.key: task for task in tasks}
    for task in tasks:
        order.push(task)
    requests: dict[str, dict[str, int]] = {}
    for key in order.in_order(now):
        task = by_key[key]
        numbers = requests.setdefault(task.source, {})
        numbers.setdefault(task.request, len(numbers))
    times = schedule({source: len(numbers) for source, numbers in requests.items()}, limits, overall)
    planned = []
    for key in order.in_order(now):
        task = by_key[key]
        parts = factors(task, now, rules, success_rates)
        eta = times[task.source][requests[task.source][task.request]]
        planned.append(Planned(task, parts, round(parts.score, 3), max(eta, task.not_before - now)))
    by_source: dict[str, float] = {}
    for each in planned:
        by_source[each.task.source] = max(each.eta, by_source.get(each.task.source, 0.0))
    last = max(by_source, key=lambda source: by_source[source], default=None)
    return Forecast(tuple(planned), max(by_source.values(), default=0.0), last, by_source)
