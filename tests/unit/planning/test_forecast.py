"""The plan as people read it: which task, why there, and when its request goes."""

from __future__ import annotations

import math

import pytest

from adce_async.model.coverage import Priority
from adce_async.model.limits import Limits, Window
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.forecast import Forecast, forecast
from adce_async.planning.score import factors
from adce_async.planning.simulation import GLOBAL, SLOTS, Conditions, Upstream
from adce_async.testing import example_tasks

NOW = 1_700_000_000.0
RULES = ScoreRules()


def task(key: str, source: str = "ant", priority: Priority = Priority.HIGH, **more: object) -> Task:
    usual = {"scraper": f"{source}_items", "detected_at": NOW - 7200.0, "files": 1}
    return example_tasks.task(key, source=source, priority=priority, **{**usual, **more})


def every(seconds: float) -> Upstream:
    """One request each so many seconds."""
    return Upstream(Limits((Window(1, seconds),), guard=0.0))


def order(of: Forecast) -> list[str]:
    return [each.task.key for each in of.planned]


def etas(of: Forecast) -> dict[str, float]:
    return {each.task.key: each.eta for each in of.planned}


def test_without_tasks_there_is_nothing_to_wait_for() -> None:
    assert forecast([], RULES, Conditions(), now=NOW) == Forecast((), 0.0, None)


def test_the_best_comes_first_with_its_score_factor_by_factor() -> None:
    low, high = task("low", priority=Priority.LOW), task("high")
    told = forecast([low, high], RULES, Conditions(), now=NOW)
    assert order(told) == ["high", "low"]
    first = told.planned[0]
    assert first.task is high
    assert first.factors == factors(high, NOW, RULES)
    assert first.factors.age_hours == 2.0
    assert first.score == round(first.factors.score, 3) == 100.9  # 100 + 2 h x 0.5 - 1 file x 0.1


def test_what_scrapers_have_come_to_counts_in_order_and_score() -> None:
    ant, bee = task("ant", "ant"), task("bee", "bee")
    told = forecast([ant, bee], RULES, Conditions(), now=NOW, success_rates={"bee_items": 1.0})
    assert order(told) == ["bee", "ant"]
    assert told.planned[0].score - told.planned[1].score == pytest.approx(RULES.success_rate_weight)


def test_each_has_the_seconds_until_its_request_goes_and_the_last_one_is_the_whole() -> None:
    tasks = [task(str(number), detected_at=NOW - 9000 + number) for number in range(3)]
    told = forecast(tasks, RULES, Conditions({"ant": every(10.0)}), now=NOW)
    assert etas(told) == pytest.approx({"0": 0.0, "1": 10.0, "2": 20.0}, abs=0.05)
    assert told.eta_seconds == max(etas(told).values())
    assert told.bound_by == "ant"


def test_the_whole_lasts_as_long_as_the_slowest_whatever_its_score() -> None:
    tasks = [task("1"), task("2"), task("3", "bee", Priority.LOW)]
    told = forecast(tasks, RULES, Conditions({"ant": every(10.0)}), now=NOW)
    assert order(told)[-1] == "3"
    assert told.eta_seconds == pytest.approx(10.0, abs=0.05)
    assert told.bound_by == "ant"


def test_scores_are_told_with_three_digits() -> None:
    told = forecast([task("1", detected_at=NOW - 4000.0)], RULES, Conditions(), now=NOW)
    assert told.planned[0].score == 100.456


def test_tasks_of_one_request_go_together() -> None:
    fields = {"game_id": "7"}
    tasks = [task("box", fields=fields), task("plays", fields=fields, priority=Priority.LOW), task("other")]
    told = etas(forecast(tasks, RULES, Conditions({"ant": every(10.0)}), now=NOW))
    assert told["box"] == told["plays"]
    assert sorted(told.values()) == pytest.approx([0.0, 0.0, 10.0], abs=0.05)


def test_delayed_ones_are_last_in_order_and_go_when_they_may() -> None:
    tasks = [task("later", not_before=NOW + 600, priority=Priority.CRITICAL), task("now", priority=Priority.LOW)]
    told = forecast(tasks, RULES, Conditions(), now=NOW)
    assert order(told) == ["now", "later"]
    assert etas(told) == {"now": 0.0, "later": 600.0}
    assert told.eta_seconds == 600.0


def test_a_delayed_one_goes_no_sooner_because_its_request_goes() -> None:
    fields = {"game_id": "7"}
    tasks = [task("box", fields=fields), task("plays", fields=fields, not_before=NOW + 600)]
    assert etas(forecast(tasks, RULES, Conditions(), now=NOW)) == {"box": 0.0, "plays": 600.0}


@pytest.mark.parametrize(
    ("conditions", "bound_by"),
    [
        (Conditions(overall=every(2.0)), GLOBAL),
        (Conditions(slots=1, seconds={"ant_items": 3.0, "bee_items": 3.0}), SLOTS),
        (Conditions({"ant": every(1.0), "bee": every(9.0)}), "bee"),
    ],
)
def test_it_is_named_what_the_last_one_waits_for(conditions, bound_by) -> None:
    tasks = [task(f"{source}{number}", source) for number in range(4) for source in ("ant", "bee")]
    assert forecast(tasks, RULES, conditions, now=NOW).bound_by == bound_by


def test_what_may_never_go_has_no_end() -> None:
    never = Upstream(Limits((Window(0, 60.0),)))
    told = forecast([task("ant"), task("bee", "bee")], RULES, Conditions({"bee": never}), now=NOW)
    assert etas(told) == {"ant": 0.0, "bee": math.inf}
    assert (told.eta_seconds, told.bound_by) == (math.inf, "bee")


def test_strict_dispatch_holds_back_what_could_go() -> None:
    tasks = [task("1"), task("2"), task("3", "bee", Priority.LOW)]
    for strict, eta in ((False, 0.0), (True, 10.0)):
        told = forecast(tasks, RULES, Conditions({"ant": every(10.0)}, strict=strict), now=NOW)
        assert etas(told)["3"] == pytest.approx(eta, abs=0.05)
