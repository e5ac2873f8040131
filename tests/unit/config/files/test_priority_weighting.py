"""Both published forms of the score, from the section to the rules."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.priority_weighting import PriorityWeighting
from adce_async.model.coverage import Priority
from adce_async.model.score_rules import BASE_SCORES, SOURCE_MULTIPLIERS, ScoreRules, SizeClasses


def rules(**written: Any) -> ScoreRules:
    return PriorityWeighting.model_validate(written).rules()


def test_the_first_form_is_the_default() -> None:
    found = rules()
    assert found == ScoreRules()
    assert (found.gap_size_weight, found.max_gap_size_penalty, found.success_rate_weight) == (-0.1, 10, 20)
    assert (found.size, found.success_rate_penalty) == (None, 1.0)


def test_task_size_selects_the_second_form() -> None:
    found = rules(task_size={})
    assert found.size == SizeClasses(10, 1.3, 50, 1.1, 500, 0.8)
    assert (found.success_rate_threshold, found.success_rate_penalty) == (0.5, 0.7)
    assert (found.gap_size_weight, found.success_rate_weight) == (0, 0)


def test_what_is_set_explicitly_counts_in_either_form() -> None:
    second = rules(
        task_size={"small_threshold": 5}, gap_size_weight=-0.2, success_rate_weight=7, max_gap_size_penalty=3
    )
    assert (second.gap_size_weight, second.success_rate_weight, second.max_gap_size_penalty) == (-0.2, 7, 3)
    assert second.size is not None
    assert second.size.small_threshold == 5
    assert rules(success_rate_penalty=0.6).success_rate_penalty == 0.6
    assert rules(success_rate_threshold=0.4).success_rate_penalty == 0.7


def test_what_is_not_named_keeps_its_default() -> None:
    found = rules(base_scores={"high": 7}, source_multipliers={"ESPN": 3})
    assert found.base == {**BASE_SCORES, Priority.HIGH: 7}
    assert found.source == {**SOURCE_MULTIPLIERS, "espn": 3}


def test_default_stands_for_all_sources_that_are_not_named() -> None:
    weighting = PriorityWeighting.model_validate({"source_multipliers": {"default": 2, "ant": 5}})
    found = weighting.rules(["ANT", "bee"])
    assert found.source == {**SOURCE_MULTIPLIERS, "ant": 5, "bee": 2}
    assert "bee" not in weighting.rules().source


def test_the_old_name_of_the_age_weight() -> None:
    assert rules(age_multiplier=2).age_weight == 2


def test_switched_off() -> None:
    assert rules(enabled=False).enabled is False


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"age_weight": -1}, "expected a number, 0 or greater, at most 1e12"),
        ({"source_multipliers": {"espn": 0}}, "expected a number, greater than 0, at most 1e12"),
        ({"success_rate_threshold": 2}, "expected a number from 0 to 1"),
        ({"base_scores": {"HIGH": 1, "high": 2}}, "high: 'HIGH' and 'high' are the same name; expected one of them"),
        (
            {"task_size": {"small_threshold": 60}},
            "got thresholds 60, 50, 500; expected small, medium, large in ascending order",
        ),
    ],
)
def test_what_makes_no_sense_is_an_error(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PriorityWeighting.model_validate(written)
    assert [error["msg"] for error in caught.value.errors()] == [problem]
