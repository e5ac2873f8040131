"""The weighted score of a task, factor by factor.

    score(t) = (base + age_weight x hours since first detected) x source x size x success
               - size penalty + success bonus + what puts the objects of this night's games ahead of all others

It grows linearly with time, at a speed that only the multipliers decide; `order` makes use of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task


@dataclass(frozen=True, slots=True)
class Factors:
    """What a score is made of. `offset` is what is added after the multiplication."""

    base: float
    age_hours: float
    age_points: float
    source: float
    size: float
    success: float
    size_penalty: float
    success_bonus: float
    ahead: float = 0.0

    @property
    def multiplier(self) -> float:
        """The product of all multipliers."""
        return self.source * self.size * self.success

    @property
    def score(self) -> float:
        """The sum of it all."""
        return (self.base + self.age_points) * self.multiplier + self.size_penalty + self.success_bonus + self.ahead

    def as_dict(self) -> dict[str, float]:
        """For `plan --json`."""
        return {
            "base": self.base,
            "age_hours": round(self.age_hours, 3),
            "age_points": round(self.age_points, 3),
            "source": self.source,
            "size": self.size,
            "success": self.success,
            "size_penalty": round(self.size_penalty, 3),
            "success_bonus": round(self.success_bonus, 3),
            **({"ahead": self.ahead} if self.ahead else {}),
        }


AHEAD_POINTS = 1_000_000.0
"""More than any age comes to: for each step that a task is ahead of others (`model.task.AHEAD_TIER`)."""


def factors(task: Task, now: float, rules: ScoreRules, success_rates: Mapping[str, float] | None = None) -> Factors:
    """All factors of `task` at `now`. Without history a scraper has neither bonus nor penalty.

    >>> from adce_async.model.coverage import GapKind
    >>> def example(source, priority, hours, files):
    ...     task = Task("k", source, "s", "t", None, {}, GapKind.MISSING, priority, -hours * 3600.0, 0.0, files=files)
    ...     return round(factors(task, 0.0, ScoreRules()).score, 1)
    >>> example("espn", Priority.CRITICAL, 2, 1)
    1501.4
    >>> example("nba_api", Priority.HIGH, 6, 5)
    133.4
    >>> example("basketball_reference", Priority.MEDIUM, 24, 3)
    26.1
    """
    hours = max(0.0, now - task.detected_at) / 3600.0
    rate = (success_rates or {}).get(task.scraper)
    return Factors(
        base=rules.base.get(task.priority, 0.0),
        age_hours=hours,
        age_points=hours * rules.age_weight,
        source=rules.source.get(task.source, 1.0),
        size=rules.size.multiplier(task.files) if rules.size else 1.0,
        success=rules.success_rate_penalty if rate is not None and rate < rules.success_rate_threshold else 1.0,
        size_penalty=max(task.files * rules.gap_size_weight, -rules.max_gap_size_penalty),
        success_bonus=(rate or 0.0) * rules.success_rate_weight,
        ahead=points_ahead(task.tier),
    )


def points_ahead(tier: int) -> float:
    """For a task of `tier`: none, unless it is ahead of all others.

    >>> points_ahead(0) == points_ahead(5) == 0.0 < points_ahead(-1) < points_ahead(-2)
    True
    """
    return AHEAD_POINTS * max(0, -tier)


def plain_rank(priority: Priority, tier: int = 0, order: Sequence[Priority] = tuple(Priority)) -> float:
    """The score when weighting is switched off: the priority alone, higher for what comes first in `order`.

    >>> plain_rank(Priority.CRITICAL) > plain_rank(Priority.HIGH) > plain_rank(Priority.LOW)
    True
    """
    return len(order) - order.index(priority) + points_ahead(tier)
