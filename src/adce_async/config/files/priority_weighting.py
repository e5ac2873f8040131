"""The section `priority_weighting` of autonomous_config.yaml, and how its two published forms become one rule set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from adce_async.config.files.base import Model, Renamed, misfits
from adce_async.config.files.fields import (
    BySource,
    Count,
    Flag,
    NotNegative,
    Number,
    Positive,
    PriorityName,
    Share,
    fold_priorities,
)
from adce_async.model.coverage import Priority
from adce_async.model.score_rules import BASE_SCORES, SOURCE_MULTIPLIERS, ScoreRules, SizeClasses


class TaskSize(Model):
    """Multipliers by the number of files that are missing together; its presence selects the second form."""

    small_threshold: Count = 10
    """Files; a group of fewer is small; default 10."""
    small_multiplier: Positive = 1.3
    """Factor of small groups; default 1.3: they are done soon and complete something."""
    medium_threshold: Count = 50
    """Files; a group of fewer (but not small) is medium; default 50."""
    medium_multiplier: Positive = 1.1
    """Factor of medium groups; default 1.1."""
    large_threshold: Count = 500
    """Files; a group of more is large; default 500."""
    large_multiplier: Positive = 0.8
    """Factor of large groups; default 0.8: a backfill should not hold up today's games."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.small_threshold <= self.medium_threshold <= self.large_threshold:
            got = f"{self.small_threshold}, {self.medium_threshold}, {self.large_threshold}"
            raise misfits([((), f"got thresholds {got}; expected small, medium, large in ascending order")])
        return self


def _with_defaults(value: Any) -> Any:
    """Multipliers that are not named keep their defaults."""
    if not isinstance(value, dict):
        return value
    named = {key.lower() for key in value if isinstance(key, str)}
    return {**{k: v for k, v in SOURCE_MULTIPLIERS.items() if k not in named}, **value}


def _with_base_scores(value: Any) -> Any:
    """Priorities that are not named keep their points."""
    if not isinstance(value, dict):
        return value
    named = {str(getattr(key, "name", key)).upper() for key in value}
    return fold_priorities({k.name: v for k, v in BASE_SCORES.items() if k.name not in named} | value)


class PriorityWeighting(Model):
    """Which task comes first: (base + age) x source x size x success - size penalty + success bonus.

    Two forms were published. Without `task_size`: a penalty by gap size and a bonus by success rate. With it:
    multipliers by size and by success rate. Whatever is set explicitly counts in either form.
    """

    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("age_multiplier", "age_weight"),)

    enabled: Flag = True
    """Default true. False: by priority alone, older tasks first."""
    base_scores: Annotated[dict[PriorityName, NotNegative], BeforeValidator(_with_base_scores)] = Field(
        default_factory=lambda: dict(BASE_SCORES)
    )
    """Points by priority; defaults CRITICAL 1000, HIGH 100, MEDIUM 10, LOW 1; those not named keep theirs."""
    age_weight: NotNegative = 0.5
    """Points for each hour since a gap was first detected; default 0.5, so that nothing waits for ever."""
    source_multipliers: Annotated[BySource[Positive], BeforeValidator(_with_defaults)] = Field(
        default_factory=lambda: dict(SOURCE_MULTIPLIERS)
    )
    """Factor by source; defaults espn 1.5, nba_api 1.3, basketball_reference 1.2, hoopr 1.1, kaggle 1.0; those
    not named keep theirs, and `default` (1.0) stands for all other sources."""
    task_size: TaskSize | None = None
    """Factors by group size; default none (the first form)."""
    success_rate_threshold: Share = 0.5
    """Share from 0 to 1; a scraper with a lower success rate is penalised (second form); default 0.5."""
    success_rate_penalty: Positive = 0.7
    """Factor for such a scraper; default 0.7."""
    gap_size_weight: Number | None = None
    """Points for each missing file, usually negative; default -0.1 in the first form, 0 in the second."""
    max_gap_size_penalty: NotNegative | None = None
    """Points; bounds what `gap_size_weight` takes away; default 10."""
    success_rate_weight: Number | None = None
    """Points for a success rate of 100 %; default 20 in the first form, 0 in the second."""

    def rules(self, sources: Iterable[str] = ()) -> ScoreRules:
        """Both forms as one rule set; those of `sources` that are not named get the multiplier `default`.

        >>> PriorityWeighting().rules() == ScoreRules()
        True
        """
        first_form = self.task_size is None
        judged_by_success = not first_form or not {"success_rate_threshold", "success_rate_penalty"}.isdisjoint(
            self.model_fields_set
        )
        others = self.source_multipliers.get("default", 1.0)
        multipliers = {source.lower(): others for source in sources} | self.source_multipliers
        multipliers.pop("default", None)
        return ScoreRules(
            enabled=self.enabled,
            base={Priority(priority): float(points) for priority, points in self.base_scores.items()},
            age_weight=self.age_weight,
            source=multipliers,
            size=None if self.task_size is None else SizeClasses(**self.task_size.model_dump()),
            success_rate_threshold=self.success_rate_threshold,
            success_rate_penalty=self.success_rate_penalty if judged_by_success else 1.0,
            gap_size_weight=_or_default(self.gap_size_weight, -0.1 if first_form else 0.0),
            max_gap_size_penalty=_or_default(self.max_gap_size_penalty, 10.0),
            success_rate_weight=_or_default(self.success_rate_weight, 20.0 if first_form else 0.0),
        )


def _or_default(value: float | None, default: float) -> float:
    return default if value is None else value
