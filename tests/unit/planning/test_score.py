"""The weighted score: each factor by hand, and how it grows."""

from __future__ import annotations

import pytest

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.score_rules import ScoreRules, SizeClasses
from adce_async.model.task import Task
from adce_async.planning.score import factors, plain_rank


def task(source: str = "espn", priority: Priority = Priority.HIGH, *, hours: float = 0.0, files: int = 1) -> Task:
    return Task("k", source, "s", "t", None, {}, GapKind.MISSING, priority, -hours * 3600.0, 0.0, files=files)


def test_the_published_form() -> None:
    found = factors(task("basketball_reference", Priority.MEDIUM, hours=24, files=3), 0.0, ScoreRules())
    assert (found.base, found.age_points, found.source, found.size, found.success) == (10.0, 12.0, 1.2, 1.0, 1.0)
    assert found.size_penalty == pytest.approx(-0.3)
    assert found.score == pytest.approx((10 + 12) * 1.2 - 0.3)


def test_a_score_is_what_its_factors_say() -> None:
    rules = ScoreRules(size=SizeClasses(), success_rate_penalty=0.7)
    found = factors(task(hours=2, files=60), 0.0, rules, {"s": 0.4})
    said = found.as_dict()
    multiplier = said["source"] * said["size"] * said["success"]
    assert found.multiplier == pytest.approx(multiplier) == pytest.approx(1.5 * 1.0 * 0.7)
    added = said["size_penalty"] + said["success_bonus"]
    assert found.score == pytest.approx((said["base"] + said["age_points"]) * multiplier + added)
    assert (said["size_penalty"], said["success_bonus"]) == (-6.0, 8.0)


def test_the_penalty_of_size_has_an_end() -> None:
    assert factors(task(files=10_000), 0.0, ScoreRules()).size_penalty == -10.0


def test_success_counts_only_where_there_is_a_history() -> None:
    rules = ScoreRules(success_rate_penalty=0.7)
    rated = {rate: factors(task(), 0.0, rules, {"s": rate}) for rate in (0.0, 0.49, 0.5, 1.0)}
    assert {rate: found.success for rate, found in rated.items()} == {0.0: 0.7, 0.49: 0.7, 0.5: 1.0, 1.0: 1.0}
    assert (rated[1.0].success_bonus, rated[0.0].success_bonus) == (20.0, 0.0)
    unknown = factors(task(), 0.0, rules, {"another": 0.0})
    assert (unknown.success, unknown.success_bonus) == (1.0, 0.0)


def test_it_grows_linearly_and_never_for_what_is_to_come() -> None:
    young, old, older = (factors(task(hours=hours), 0.0, ScoreRules()).score for hours in (0, 10, 20))
    assert older - old == pytest.approx(old - young) == pytest.approx(10 * 0.5 * 1.5)
    assert factors(task(hours=-5), 0.0, ScoreRules()).score == young


def test_a_source_that_is_not_named_counts_as_it_is() -> None:
    assert factors(task("ant"), 0.0, ScoreRules()).source == 1.0


def test_without_weighting_the_priority_alone_counts() -> None:
    ranks = [plain_rank(priority) for priority in sorted(Priority)]
    assert ranks == sorted(set(ranks), reverse=True)


def test_where_priorities_alone_decide_their_order_can_be_another_one() -> None:
    order = (Priority.LOW, Priority.CRITICAL, Priority.MEDIUM, Priority.HIGH)
    assert sorted(Priority, key=lambda priority: -plain_rank(priority, 0, order)) == list(order)
    assert plain_rank(Priority.HIGH, -1, order) > plain_rank(Priority.LOW, 0, order)
