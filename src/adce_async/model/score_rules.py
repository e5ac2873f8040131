"""How urgent a task is, as numbers: both published forms of the weighted score are cases of one rule set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adce_async.model.coverage import Priority

BASE_SCORES: Mapping[Priority, float] = {
    Priority.CRITICAL: 1000.0,
    Priority.HIGH: 100.0,
    Priority.MEDIUM: 10.0,
    Priority.LOW: 1.0,
}
SOURCE_MULTIPLIERS: Mapping[str, float] = {
    "espn": 1.5,
    "nba_api": 1.3,
    "basketball_reference": 1.2,
    "hoopr": 1.1,
    "kaggle": 1.0,
}


@dataclass(frozen=True, slots=True)
class SizeClasses:
    """Multipliers by the number of files in a gap's group: small groups first, large ones last."""

    small_threshold: int = 10
    small_multiplier: float = 1.3
    medium_threshold: int = 50
    medium_multiplier: float = 1.1
    large_threshold: int = 500
    large_multiplier: float = 0.8

    def multiplier(self, files: int) -> float:
        """The multiplier of a group of `files`.

        >>> [SizeClasses().multiplier(n) for n in (9, 10, 50, 500, 501)]
        [1.3, 1.1, 1.0, 1.0, 0.8]
        """
        if files < self.small_threshold:
            return self.small_multiplier
        if files < self.medium_threshold:
            return self.medium_multiplier
        return self.large_multiplier if files > self.large_threshold else 1.0


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """Weights of the score; the defaults are the shipped form.

    `age_weight` is points an hour; `gap_size_weight` points a file, bounded below by `-max_gap_size_penalty`;
    `success_rate_weight` points for a success rate of 1. `size` None and `success_rate_penalty` 1 switch the
    multipliers of the other form off. A source that is not named has the multiplier 1. `order`: which priority comes
    first, where it alone decides (not `enabled`).
    """

    enabled: bool = True
    order: tuple[Priority, ...] = tuple(Priority)
    base: Mapping[Priority, float] = field(default_factory=lambda: dict(BASE_SCORES))
    age_weight: float = 0.5
    source: Mapping[str, float] = field(default_factory=lambda: dict(SOURCE_MULTIPLIERS))
    size: SizeClasses | None = None
    success_rate_threshold: float = 0.5
    success_rate_penalty: float = 1.0
    gap_size_weight: float = -0.1
    max_gap_size_penalty: float = 10.0
    success_rate_weight: float = 20.0
