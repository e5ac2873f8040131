"""How many of a source's tasks may run, when the next may start, and who may take a slot."""

from __future__ import annotations

import math

import pytest
from tests.unit.planning.lane_fakes import Time, Tokens, a_second, lane

from adce_async.planning.lanes import AS_MANY_AS_THERE_ARE, Lane, Lanes


def answered(of: Lane, seconds: float) -> None:
    assert of.begin()
    of.end(seconds, answered=True)


# -- the width ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "latency", "most", "width"),
    [
        (3, None, None, 3),  # a second, until one has been measured
        (3, 2.5, None, 8),
        (3, 2.5, 4, 4),
        (3, 0.01, None, 1),
        (0, 2.0, None, 1),
    ],
)
def test_the_width_is_rate_times_latency_and_one_at_least(rate, latency, most, width) -> None:
    ant = lane(Tokens(limits=a_second(rate)), most=most)
    if latency is not None:
        answered(ant, latency)
    assert ant.width == width


def test_without_limits_only_the_configuration_bounds_the_width() -> None:
    assert lane().width == AS_MANY_AS_THERE_ARE
    assert lane(most=3).width == 3


def test_other_limits_another_latency_and_another_bound_change_the_width() -> None:
    tokens = Tokens(limits=a_second(2))
    ant = lane(tokens)
    assert ant.width == 2
    tokens.limits = a_second(6)
    assert ant.width == 6
    answered(ant, 2.0)
    assert ant.width == 12
    ant.apply(5)
    assert ant.width == 5
    ant.apply(None)
    assert ant.width == 12


def test_the_latency_is_smoothed_and_failures_are_no_part_of_it() -> None:
    ant = lane(failures=9)
    answered(ant, 1.0)
    answered(ant, 2.0)
    assert ant.latency == pytest.approx(1.2)
    assert ant.begin()
    ant.end(60.0, answered=False, why="silent")
    assert ant.begin()
    ant.end(60.0, answered=None)
    assert ant.latency == pytest.approx(1.2)


def test_what_runs_beyond_a_narrower_width_runs_to_its_end_and_nothing_is_added() -> None:
    ant = lane(most=2)
    assert ant.begin()
    assert ant.begin()
    ant.apply(1)
    assert (ant.running, ant.has_room()) == (2, False)
    ant.end(None, answered=None)
    assert not ant.has_room()
    ant.end(None, answered=None)
    assert ant.has_room()


# -- a task begins and ends --------------------------------------------------------------------------------------------


def test_who_begins_has_a_token_and_a_place() -> None:
    tokens = Tokens(left=2)
    ant = lane(tokens, most=3)
    assert [ant.begin() for _ in range(3)] == [True, True, False]
    assert (ant.running, tokens.left) == (2, 0)


def test_nobody_begins_beyond_the_width_and_no_token_is_lost_by_trying() -> None:
    tokens = Tokens(left=5)
    ant = lane(tokens, most=1)
    assert [ant.begin(), ant.begin()] == [True, False]
    assert tokens.left == 4


def test_nobody_begins_while_one_who_has_begun_waits_for_his_turn() -> None:
    ant = lane()
    ant.outside = 1
    assert not ant.has_room()
    assert not ant.begin()


def test_who_gives_back_leaves_no_trace() -> None:
    tokens = Tokens(left=1)
    ant = lane(tokens)
    assert ant.begin()
    ant.give_back()
    assert (ant.running, tokens.left, ant.trouble()) == (0, 1, "")


# -- the breaker -------------------------------------------------------------------------------------------------------


def test_an_open_breaker_closes_the_lane_until_its_probe() -> None:
    time, tokens = Time(), Tokens()
    ant = lane(tokens, time=time, failures=2)
    for _ in range(2):
        assert ant.wait() == 0.0
        assert ant.begin()
        ant.end(None, answered=False, why="silent")
    left = tokens.left
    assert (ant.wait(), ant.begin(), tokens.left) == (30.0, False, left)
    time.at = 29.9999
    assert ant.wait() == 0.001  # never 0 while it is shut, or whoever asks would ask without end
    time.at = 30.0
    assert ant.wait() == 0.0
    assert ant.begin()
    assert (ant.wait(), ant.begin()) == (math.inf, False)  # one probe, whose end is what is waited for
    ant.end(0.1, answered=True)
    assert (ant.wait(), ant.trouble()) == (0.0, "")


def test_a_probe_without_a_verdict_may_be_sent_again() -> None:
    for end in (lambda ant: ant.end(None, answered=None), lambda ant: ant.give_back()):
        time = Time()
        ant = lane(time=time)
        assert ant.begin()
        ant.end(None, answered=False)
        time.at = 30.0
        assert ant.begin()
        end(ant)
        assert (ant.breaker.state, ant.wait()) == ("half_open", 0.0)
        assert ant.begin()


def test_a_lane_that_may_probe_still_waits_for_a_token() -> None:
    time, tokens = Time(), Tokens(left=1, next_in=90.0)
    ant = lane(tokens, time=time)
    assert ant.begin()
    ant.end(None, answered=False)
    assert ant.wait() == 90.0
    time.at = 30.0
    assert ant.wait() == 90.0


# -- in words ----------------------------------------------------------------------------------------------------------


def test_one_failure_is_weather_and_two_are_trouble() -> None:
    ant = lane(failures=9)
    said = []
    for _ in range(2):
        assert ant.begin()
        ant.end(None, answered=False, why="HTTP 500")
        said.append(ant.trouble())
    assert said == ["", "2 failures in a row, the last one: HTTP 500"]
    answered(ant, 0.1)
    assert ant.trouble() == ""


def test_the_trouble_names_the_breaker_its_cause_and_when_it_is_tried_again() -> None:
    time = Time()
    ant = lane(Tokens(cools="HTTP 429"), time=time)
    assert ant.begin()
    ant.end(None, answered=False, why="connection refused")
    time.at = 10.0
    told = "breaker open after 1 failures; one probe in 20 s; connection refused"
    assert ant.trouble() == ant.why_waiting() == told


def test_a_cool_down_is_told_with_its_reason_and_else_what_the_limiter_waits_for() -> None:
    ant = lane(Tokens(left=0, next_in=7.0, cools="HTTP 429"))
    assert ant.trouble() == ant.why_waiting() == "cooling for 7 s: HTTP 429"
    bee = lane(Tokens(left=0))
    assert (bee.trouble(), bee.why_waiting()) == ("", "its next token")


# -- who may take a slot -----------------------------------------------------------------------------------------------


def lanes(*names: str, **more: object) -> Lanes:
    return Lanes({name: lane(source=name, **more) for name in names})  # type: ignore[arg-type]


def test_lanes_are_found_by_their_source() -> None:
    both = lanes("ant", "bee")
    assert both["bee"].source == "bee"
    assert ("ant" in both, "cat" in both) == (True, False)
    assert [each.source for each in both] == ["ant", "bee"]


def test_a_slot_is_taken_if_there_is_one_and_the_lane_has_room() -> None:
    both = lanes("ant", "bee", most=1)
    work = {"ant", "bee"}
    assert both.may_take("ant", 1, work)
    assert not both.may_take("ant", 0, work)
    assert both["ant"].begin()
    assert not both.may_take("ant", 9, work)


def test_a_source_takes_no_second_slot_before_it_has_answered_while_others_have_work() -> None:
    both = lanes("ant", "bee")
    assert both["ant"].begin()
    assert not both.may_take("ant", 9, {"ant", "bee"})
    assert both.may_take("ant", 9, {"ant"})
    answered(both["bee"], 0.1)  # another's answer says nothing about this one
    assert not both.may_take("ant", 9, {"ant", "bee"})
    both["ant"].end(0.1, answered=True)
    assert both["ant"].begin()
    assert both.may_take("ant", 9, {"ant", "bee"})


def test_the_last_slots_are_for_sources_that_have_none() -> None:
    three = lanes("ant", "bee", "cat")
    for each in three:
        answered(each, 0.1)
    assert three["ant"].begin()
    work = {"ant", "bee", "cat"}
    assert [three.may_take("ant", free, work) for free in (1, 2, 3)] == [False, False, True]
    assert three.may_take("bee", 1, work)
    assert three["bee"].begin()
    assert [three.may_take("ant", free, work) for free in (1, 2)] == [False, True]
    assert three.may_take("ant", 1, {"ant", "bee"})  # nothing is kept for who has nothing to do


def test_who_is_held_begins_nothing_and_says_why_and_what_runs_goes_on() -> None:
    ant = lane()
    assert ant.begin()
    ant.held.hold("maintenance", "maintenance until 04:00")
    assert not ant.begin()
    assert ant.wait() == math.inf
    assert ant.why_waiting() == "maintenance until 04:00"
    ant.end(1.0, answered=True)
    ant.held.hold("maintenance", "")
    assert ant.wait() == 0
    assert ant.begin()


def test_a_lane_can_be_added_while_others_work() -> None:
    lanes = Lanes({"ant": lane(source="ant")})
    lanes.add(lane(source="bee"))
    assert "bee" in lanes
    assert [each.source for each in lanes] == ["ant", "bee"]
