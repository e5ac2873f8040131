"""What would be fetched, in which order and why, and when it would be done: the plan as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Forecast:
    """All planned tasks, best first. `eta_seconds`: when the last request goes; `bound_by`: what decides that.

    It is the name of a source, `simulation.GLOBAL` or `simulation.SLOTS`.
    """

    planned: tuple[Planned, ...]
    eta_seconds: float
    bound_by: str | None


def forecast(
    tasks: Sequence[Task],
    rules: ScoreRules,
    conditions: Conditions,
    *,
    now: float,
    success_rates: Mapping[str, float] | None = None,
) -> Forecast:
    """What limits and slots make of `tasks`; tasks of one request go together, delayed ones when they may be tried."""
    backlog = Backlog(rules, tasks, success_rates)
    ranked = backlog.in_order(now)
    played = Simulation(backlog, conditions, now=now).play()
    planned = []
    for task in ranked:
        parts = factors(task, now, rules, success_rates)
        planned.append(Planned(task, parts, round(parts.score, 3), played.times[task.key]))
    last = max(planned, key=lambda each: each.eta, default=None)
    return Forecast(tuple(planned), last.eta if last else 0.0, played.bound_by[last.task.source] if last else None)
