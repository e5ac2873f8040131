"""The one rule of dispatch: what starts next, and when to look again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.unit.planning.lane_fakes import Time, Tokens, lane

from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import AHEAD_TIER, Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.dispatch import SHORTEST_SECONDS, Nothing, Start, decide
from adce_async.planning.lanes import Lanes
from adce_async.testing import example_tasks

NOW = 1_700_000_000.0


def task(key: str, source: str = "ant", priority: Priority = Priority.HIGH, **more: object) -> Task:
    return example_tasks.task(key, source=source, scraper=f"{source}_items", priority=priority, **more)


def backlog(*tasks: Task) -> Backlog:
    return Backlog(ScoreRules(), tasks)


def lanes(**tokens: Tokens) -> Lanes:
    return Lanes({name: lane(each, source=name) for name, each in tokens.items()})


def keys(decision: Start | Nothing) -> list[str]:
    assert isinstance(decision, Start), decision
    return [each.key for each in decision.tasks]


def nothing(decision: Start | Nothing) -> Nothing:
    assert isinstance(decision, Nothing), decision
    return decision


def doubting(waits: Mapping[str, float]):
    """Doubts by scraper; seconds until something may be asked."""
    return lambda _source, scraper: waits.get(scraper, 0.0)


LOW, HIGH = task("low", "bee", Priority.LOW), task("high")


# -- what starts -------------------------------------------------------------------------------------------------------


def test_the_best_starts_and_is_out_of_the_backlog() -> None:
    waiting, both = backlog(LOW, HIGH), lanes(ant=Tokens(), bee=Tokens())
    assert keys(decide(waiting, both, now=NOW, free=2)) == ["high"]
    assert list(waiting.keys()) == ["low"]


def test_what_the_same_request_serves_starts_together() -> None:
    fields = {"game_id": "7"}
    box, plays = task("box", fields=fields), task("plays", fields=fields, priority=Priority.LOW)
    waiting = backlog(plays, LOW, box)
    assert keys(decide(waiting, lanes(ant=Tokens(), bee=Tokens()), now=NOW, free=1)) == ["box", "plays"]


def test_a_source_that_cannot_send_now_is_overtaken_by_one_that_can() -> None:
    both = lanes(ant=Tokens(left=0), bee=Tokens())
    assert keys(decide(backlog(LOW, HIGH), both, now=NOW, free=1)) == ["low"]


def test_nobody_overtakes_the_best_where_dispatch_is_strict() -> None:
    waiting, both = backlog(LOW, HIGH), lanes(ant=Tokens(left=0, next_in=5.0), bee=Tokens())
    assert decide(waiting, both, now=NOW, free=1, strict=True) == Nothing(5.0, {"ant": 5.0})
    assert len(waiting) == 2
    both["ant"].limiter.give_back()
    assert keys(decide(waiting, both, now=NOW, free=1, strict=True)) == ["high"]


def test_no_token_is_taken_by_deciding() -> None:
    tokens = Tokens(left=1)
    decide(backlog(HIGH), lanes(ant=tokens), now=NOW, free=1)
    assert tokens.left == 1  # whoever starts the tasks takes it, with their place


# -- slots -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("free", [0, -1])
def test_without_a_slot_nothing_starts_before_something_changes(free) -> None:
    waiting = backlog(HIGH, task("later", not_before=NOW + 1))
    assert decide(waiting, lanes(ant=Tokens()), now=NOW, free=free) == Nothing(math.inf)
    assert len(waiting) == 2


def test_the_last_slot_is_kept_for_a_source_that_has_none() -> None:
    both = lanes(ant=Tokens(), bee=Tokens(left=0, next_in=3.0))
    assert both["ant"].begin()
    both["ant"].end(0.1, answered=True)
    assert both["ant"].begin()
    assert decide(backlog(HIGH, LOW), both, now=NOW, free=1) == Nothing(3.0, {"bee": 3.0})
    assert keys(decide(backlog(HIGH, LOW), both, now=NOW, free=2)) == ["high"]
    assert keys(decide(backlog(HIGH), both, now=NOW, free=1)) == ["high"]


def test_a_source_that_waits_for_room_in_its_lane_is_no_reason_to_look_again() -> None:
    full = Lanes({"ant": lane(most=1)})
    assert full["ant"].begin()
    assert decide(backlog(HIGH), full, now=NOW, free=3) == Nothing(math.inf, {})


# -- delayed tasks -----------------------------------------------------------------------------------------------------


def test_a_delayed_task_starts_when_it_may_and_until_then_it_is_said_when() -> None:
    waiting, ant = backlog(task("later", not_before=NOW + 10)), lanes(ant=Tokens())
    assert decide(waiting, ant, now=NOW, free=1) == Nothing(10.0, {})
    assert decide(waiting, ant, now=NOW + 9.99999, free=1) == Nothing(SHORTEST_SECONDS, {})
    assert keys(decide(waiting, ant, now=NOW + 10, free=1)) == ["later"]


def test_the_soonest_of_all_that_is_waited_for_counts() -> None:
    later = task("later", not_before=NOW + 4)
    both = lanes(ant=Tokens(left=0, next_in=5.0), bee=Tokens(left=0, next_in=6.0))
    assert decide(backlog(HIGH, LOW), both, now=NOW, free=2) == Nothing(5.0, {"ant": 5.0, "bee": 6.0})
    assert decide(backlog(HIGH, LOW, later), both, now=NOW, free=2).seconds == 4.0  # type: ignore[union-attr]


def test_a_delayed_task_does_not_travel_early_with_one_of_its_request() -> None:
    fields = {"game_id": "7"}
    waiting = backlog(task("box", fields=fields), task("plays", fields=fields, not_before=NOW + 60))
    assert keys(decide(waiting, lanes(ant=Tokens()), now=NOW, free=1)) == ["box"]
    assert list(waiting.keys()) == ["plays"]


# -- lanes -------------------------------------------------------------------------------------------------------------


def test_a_closed_lane_starts_nothing_and_is_looked_at_when_it_may_probe() -> None:
    time = Time()
    closed = Lanes({"ant": lane(time=time)})
    assert closed["ant"].begin()
    closed["ant"].end(None, answered=False)
    waiting = backlog(HIGH)
    assert decide(waiting, closed, now=NOW, free=2) == Nothing(30.0, {"ant": 30.0})
    time.at = 30.0
    assert keys(decide(waiting, closed, now=NOW + 30, free=2)) == ["high"]


def test_tasks_of_a_source_without_a_lane_stay_and_hold_up_nobody() -> None:
    for strict in (False, True):
        waiting, bee = backlog(HIGH, LOW), lanes(bee=Tokens())
        assert keys(decide(waiting, bee, now=NOW, free=2, strict=strict)) == ["low"]
        assert decide(waiting, bee, now=NOW, free=2, strict=strict) == Nothing(math.inf, {})
        assert list(waiting.keys()) == ["high"]


# -- doubts ------------------------------------------------------------------------------------------------------------


def test_what_is_in_doubt_is_overtaken_and_asked_when_a_probe_is_due() -> None:
    other = task("other", priority=Priority.LOW)
    waiting = backlog(HIGH, replace(other, scraper="ant_tables"))
    shut = doubting({"ant_items": 8.0})
    assert keys(decide(waiting, lanes(ant=Tokens()), now=NOW, free=2, doubt=shut)) == ["other"]
    assert decide(waiting, lanes(ant=Tokens()), now=NOW, free=2, doubt=shut).seconds == 8.0  # type: ignore[union-attr]
    assert keys(decide(waiting, lanes(ant=Tokens()), now=NOW, free=2, doubt=doubting({}))) == ["high"]


def test_what_is_in_doubt_holds_up_nobody_even_where_dispatch_is_strict() -> None:
    both = lanes(ant=Tokens(), bee=Tokens())
    shut = doubting({"ant_items": 8.0})
    assert keys(decide(backlog(HIGH, LOW), both, now=NOW, free=2, strict=True, doubt=shut)) == ["low"]
    # nor is its source the one to go first for the sake of what is in doubt
    worse = replace(LOW, key="worse", source="ant", scraper="ant_tables", detected_at=LOW.detected_at + 3600)
    assert keys(decide(backlog(HIGH, worse, LOW), both, now=NOW, free=2, strict=True, doubt=shut)) == ["low"]


def test_a_probe_waits_for_its_source_as_well() -> None:
    ant = lanes(ant=Tokens(left=0, next_in=20.0))
    assert nothing(decide(backlog(HIGH), ant, now=NOW, free=1, doubt=doubting({"ant_items": 8.0}))).seconds == 20.0


def test_while_a_probe_is_under_way_its_end_is_waited_for() -> None:
    ant = lanes(ant=Tokens())
    assert nothing(decide(backlog(HIGH), ant, now=NOW, free=1, doubt=doubting({"ant_items": math.inf}))) == Nothing(
        math.inf, {}
    )


def test_a_doubt_about_a_source_without_a_lane_is_nothing_to_wait_for() -> None:
    decided = decide(backlog(HIGH), lanes(bee=Tokens()), now=NOW, free=1, doubt=doubting({"ant_items": 8.0}))
    assert nothing(decided).seconds == math.inf


def test_nobody_is_told_to_look_again_at_once_while_something_is_shut() -> None:
    """It would be asked without end: nothing that a clock could show has changed by then."""
    soon = [doubting({"ant_items": 1e-9}), _ends_while_it_is_asked()]
    for doubt in soon:
        decided = decide(backlog(HIGH), lanes(ant=Tokens()), now=NOW, free=1, doubt=doubt)
        assert nothing(decided).seconds == SHORTEST_SECONDS


def _ends_while_it_is_asked():
    """A doubt that is over between the two moments at which it is asked for: time goes on."""
    answers = iter([1e-6] * 3)
    return lambda _source, _scraper: next(answers, 0.0)


@pytest.mark.parametrize("strict", [False, True])
def test_a_held_source_starts_nothing_and_holds_up_nobody(strict) -> None:
    both = lanes(ant=Tokens(), bee=Tokens())
    both["ant"].held.hold("operator", "paused by an operator")
    waiting = backlog(LOW, HIGH)
    assert keys(decide(waiting, both, now=NOW, free=1, strict=strict)) == ["low"]
    assert nothing(decide(waiting, both, now=NOW, free=1, strict=strict)).seconds == math.inf
    both["ant"].held.hold("operator", "")
    assert keys(decide(waiting, both, now=NOW, free=1, strict=strict)) == ["high"]


# -- room for games that are on ----------------------------------------------------------------------------------------


class Kept:
    """`dispatch.Room`: seconds that each source's other tasks have to wait."""

    def __init__(self, sources: set[str], **waits: float) -> None:
        self.sources, self.waits = sources, waits

    def wait(self, source: str) -> float:
        return self.waits.get(source, 0.0)


AHEAD = task("final", tier=AHEAD_TIER, fields={"id": "final"})


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_of_no_game_leaves_room_and_what_is_goes(strict) -> None:
    waiting, both = backlog(HIGH, AHEAD, LOW), lanes(ant=Tokens(), bee=Tokens())
    room = Kept({"ant"}, ant=7.0)
    assert keys(decide(waiting, both, now=NOW, free=3, strict=strict, room=room)) == ["final"]
    assert keys(decide(waiting, both, now=NOW, free=3, strict=strict, room=room)) == ["low"]
    assert nothing(decide(waiting, both, now=NOW, free=3, strict=strict, room=room)).seconds == 7.0
    assert keys(decide(waiting, both, now=NOW, free=3, strict=strict, room=Kept({"ant"}))) == ["high"]


def test_a_slot_stays_within_reach_of_who_expects_a_final() -> None:
    both = lanes(ant=Tokens(), bee=Tokens())
    both["bee"].latency = 1.0
    both["bee"].running = 1
    assert keys(decide(backlog(LOW), both, now=NOW, free=1)) == ["low"]
    assert nothing(decide(backlog(LOW), both, now=NOW, free=1, room=Kept({"ant"}))).seconds == math.inf
    assert keys(decide(backlog(LOW), both, now=NOW, free=2, room=Kept({"ant"}))) == ["low"]
    assert keys(decide(backlog(LOW), both, now=NOW, free=1, room=Kept({"somebody"}))) == ["low"]
