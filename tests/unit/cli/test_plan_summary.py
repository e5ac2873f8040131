"""The verdict of a plan, whatever there is to do."""

from __future__ import annotations

import re

import pytest

from adce_async.cli.plan_summary import MOST_LINES, plan_summary, unforeseen_lines
from adce_async.model.coverage import Coverage, GapKind, Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning.forecast import Forecast, forecast
from adce_async.planning.simulation import GLOBAL, SLOTS, Conditions
from adce_async.planning.unforeseen import Unforeseen

NOTHING = Forecast((), 0.0, None)


def seen(count: int, bound_by: str | None = "ant", eta: float = 90.0) -> Forecast:
    tasks = [
        Task(
            f"ant/{n}.json",
            "ant",
            "ant_items",
            "items",
            None,
            {"id": str(n // 2)},
            GapKind.MISSING,
            Priority.HIGH,
            0.0,
            0.0,
        )
        for n in range(count)
    ]
    planned = forecast(tasks, ScoreRules(), Conditions(), now=0.0).planned
    return Forecast(planned, eta, bound_by)


def rows(expected: int, missing: int = 0, **more: int) -> list[Coverage]:
    return [Coverage("ant", "items", None, expected=expected, stored=expected - missing, missing=missing, **more)]


@pytest.mark.parametrize(
    ("coverage", "parked", "said"),
    [
        ([], 0, "nothing to do: nothing is expected"),
        (rows(0), 0, "nothing to do: nothing is expected"),
        (rows(1), 0, "nothing to do: complete, 1 of 1 objects are there"),
        (rows(170_000), 0, "nothing to do: complete, 170,000 of 170,000 objects are there"),
        (rows(5, 1), 1, "nothing to do now: of 1 gap, 1 parked (`adce parked`)"),
        (rows(5, 3), 1, "nothing to do now: of 3 gaps, 1 parked (`adce parked`), 2 not asked for again yet"),
    ],
)
def test_there_is_nothing_to_do(coverage: list[Coverage], parked: int, said: str) -> None:
    assert plan_summary(NOTHING, coverage, parked, now=0.0) == said


def test_one_task() -> None:
    said = "1 task in 1 request, done in 1 min 30 s at the earliest (1970-01-01T00:01:30Z); the limits of ant decide"
    assert plan_summary(seen(1), rows(1, 1), 0, now=0.0) == said


def test_many_tasks_in_fewer_requests_and_what_is_beside_them() -> None:
    said = plan_summary(seen(1200), rows(170_000, 1201, stale=5), 2, now=0.0)
    assert said.startswith("1,200 tasks in 600 requests, done in 1 min 30 s at the earliest")
    assert said.endswith("; 2 parked (`adce parked`), 4 beyond the caps or not asked for again yet")


@pytest.mark.parametrize(
    ("bound_by", "said"),
    [(GLOBAL, "the global limits decide"), (SLOTS, f"{SLOTS} decides"), (None, "nothing binds")],
)
def test_what_binds(bound_by: str | None, said: str) -> None:
    assert plan_summary(seen(1, bound_by), rows(1, 1), 0, now=0.0).endswith(f"; {said}")


def test_games_that_no_schedule_has_named_yet() -> None:
    one = Unforeseen("espn.schedule", 244, ("2023-24",), ("espn.box_score", "espn.play_by_play"), 1230, 1230)
    assert list(unforeseen_lines([one])) == [
        (
            "not in it yet: about 1,230 requests for about 1,230 games of 2023-24 (espn box_score, play_by_play): "
            "244 objects of espn.schedule are not stored"
        )
    ]


def test_what_is_no_game_and_several_seasons() -> None:
    one = Unforeseen("espn.teams", 1, ("2022-23", "2023-24"), tuple(f"espn.t{n}" for n in range(6)), None, None)
    assert list(unforeseen_lines([one])) == [
        (
            "not in it yet: espn t0, t1, t2, t3 and 2 more of 2 seasons from 2022-23 to 2023-24: "
            "1 object of espn.teams is not stored"
        )
    ]


def test_the_greatest_come_first_and_the_rest_are_counted() -> None:
    many = [Unforeseen(f"ant.t{n}", 1, (), ("ant.x",), n, n) for n in range(MOST_LINES + 3)]
    said = list(unforeseen_lines(many))
    assert len(said) == MOST_LINES + 1
    assert [int(re.findall(r"\d+", line)[0]) for line in said[:3]] == [10, 9, 8]
    assert said[-1] == "not in it yet: what 3 more data types would bring to light (--json)"
