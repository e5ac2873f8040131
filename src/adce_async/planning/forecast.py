"""What would be fetched, in which order and why, and when it would be done: the plan as people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.order import KineticOrder
from adce_async.planning.score import Factors, factors
from adce_async.planning.simulation import Request, Simulation, Upstream


@dataclass(frozen=True, slots=True)
class Planned:
    """A task with its score, factor by factor, and the seconds from now at which its request goes."""

    task: Task
    factors: Factors
    score: float
    eta: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """All planned tasks, best first. `eta_seconds`: when the last request goes; `bound_by`: what decides that.

    It is the name of a source, `simulation.GLOBAL` or `simulation.SLOTS`.
    """

    planned: tuple[Planned, ...]
    eta_seconds: float
    bound_by: str | None


@dataclass(frozen=True, slots=True)
class Outset:
    """Where a run would begin: what the sources allow and have seen, and what is known of requests.

    `slots`: how many at once; `strict`: nothing overtakes the best task. `seconds`: what an attempt takes, by
    scraper; none without an entry. `robots`: the host whose robots.txt has to be asked for first, by key of the task.
    """

    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    overall: Upstream = field(default_factory=Upstream)
    slots: float = float("inf")
    strict: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    robots: Mapping[str, str] = field(default_factory=dict)


def forecast(
    tasks: Sequence[Task],
    rules: ScoreRules,
    outset: Outset,
    *,
    now: float,
    success_rates: Mapping[str, float] | None = None,
) -> Forecast:
    """What limits and slots make of `tasks`; tasks of one request go together, delayed ones when they may be tried."""
    order = KineticOrder(rules, success_rates, Counter(task.source for task in tasks))
    by_key = {task.key: task for task in tasks}
    for task in tasks:
        order.push(task)
    ranked = [by_key[key] for key in order.in_order(now)]
    numbers: dict[str, int] = {}
    number_of: list[int] = []
    requests: list[Request] = []
    for task in ranked:
        number_of.append(numbers.setdefault(task.request, len(requests)))
        if number_of[-1] == len(requests):
            seconds = outset.seconds.get(task.scraper, 0.0)
            requests.append(Request(task.source, task.not_before - now, seconds, outset.robots.get(task.key, "")))
    played = Simulation(requests, outset.upstreams, outset.overall, outset.slots, strict=outset.strict).play()
    planned = []
    for task, number in zip(ranked, number_of, strict=True):
        parts = factors(task, now, rules, success_rates)
        eta = max(played.times[number], task.not_before - now)
        planned.append(Planned(task, parts, round(parts.score, 3), eta))
    last = max(planned, key=lambda each: each.eta, default=None)
    return Forecast(tuple(planned), last.eta if last else 0.0, played.bound_by[last.task.source] if last else None)
