from __future__ import annotations

import math

import pytest

from adce_async.model.limits import Limits, Pacing, Window
from adce_async.planning import simulation
from adce_async.planning.simulation import GLOBAL, SLOTS, Request, Simulation, Upstream


def per(limit: int, seconds: float, **more: float) -> Upstream:
    return Upstream(Limits((Window(limit, seconds),), guard=0.0, **more))  # type: ignore[arg-type]


def test_nothing_to_do_takes_no_time() -> None:
    assert Simulation([], {}).play().times == []


def test_a_source_without_limits_goes_at_once() -> None:
    assert Simulation([Request("ant")] * 3, {}).play().times == [0.0, 0.0, 0.0]


def test_the_limits_decide_when_each_request_goes() -> None:
    played = Simulation([Request("ant")] * 3, {"ant": per(60, 60.0)}).play()
    assert played.times == pytest.approx([0.0, 1.0, 2.0], abs=0.05)
    assert played.bound_by == {"ant": "ant"}


def test_global_limits_go_to_the_best() -> None:
    requests = [Request("ant"), Request("bee"), Request("ant"), Request("bee")]
    played = Simulation(requests, {}, per(1, 1.0)).play()
    assert played.times == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=0.05)
    assert played.bound_by["bee"] == GLOBAL


def test_slots_bind_while_answers_are_awaited() -> None:
    played = Simulation([Request("ant", seconds=0.5)] * 5, {"ant": per(20, 1.0)}, slots=1).play()
    assert played.times == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])
    assert played.bound_by == {"ant": SLOTS}


def test_a_source_is_asked_by_no_more_than_it_may_have_at_once() -> None:
    upstream = Upstream(most=2)
    played = Simulation([Request("ant", seconds=1.0)] * 6, {"ant": upstream}, slots=5).play()
    assert played.times == pytest.approx([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    assert played.bound_by == {"ant": "ant"}


def test_the_last_slot_is_for_a_source_that_has_none() -> None:
    requests = [Request("ant", seconds=1.0), *[Request("ant", seconds=10.0)] * 4, *[Request("bee", seconds=0.1)] * 2]
    times = Simulation(requests, {"bee": per(1, 5.0)}, slots=3).play().times
    assert times == pytest.approx([0.0, 1.0, 1.0, 5.1, 11.0, 0.0, 5.0], abs=0.06)


def test_a_lane_grows_as_answers_turn_out_to_be_slow() -> None:
    requests = [Request("ant", seconds=1.0), *[Request("ant", seconds=4.0)] * 4]
    times = Simulation(requests, {"ant": per(60, 60.0, burst=5)}, slots=5).play().times
    assert times == pytest.approx([0.0, 1.0, 5.0, 5.0, 9.0], abs=0.06)


def test_a_source_that_has_not_answered_gets_one_slot_while_others_have_work() -> None:
    requests = [Request("ant", seconds=10.0)] * 2 + [Request("bee", seconds=1.0)] * 3
    assert Simulation(requests, {}, slots=4).play().times == pytest.approx([0.0, 1.0, 0.0, 1.0, 1.0])


def test_each_host_is_asked_for_its_robots_txt_once() -> None:
    robots = ["https://a.test", "https://a.test", "https://b.test", "https://b.test"]
    requests = [Request("ant", robots=host) for host in robots]
    assert Simulation(requests, {"ant": per(1, 1.0)}).play().times == pytest.approx([1.0, 2.0, 4.0, 5.0], abs=0.1)


def test_nothing_goes_before_robots_txt_is_there() -> None:
    requests = [Request("ant", robots="https://a.test", seconds=1.0)] * 3
    assert Simulation(requests, {}).play().times == [1.0, 1.0, 1.0]


def test_who_waits_for_a_token_within_its_attempt_lends_its_slot() -> None:
    requests = [Request("ant", robots="https://a.test", seconds=0.1), *[Request("bee", seconds=0.1)] * 5]
    played = Simulation(requests, {"ant": per(1, 20.0)}, slots=1).play()
    assert played.times == pytest.approx([20.0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.05)


def test_delayed_requests_go_when_they_may_and_hold_up_nobody() -> None:
    requests = [Request("ant", ready=10.0), Request("ant"), Request("ant")]
    assert Simulation(requests, {"ant": per(60, 60.0)}).play().times == pytest.approx([10.0, 0.0, 1.0], abs=0.05)


def test_strict_dispatch_overtakes_nobody() -> None:
    requests = [Request("ant"), Request("ant"), Request("bee")]
    upstreams = {"ant": per(1, 5.0)}
    assert Simulation(requests, upstreams, strict=True).play().times[-1] == pytest.approx(5.0, abs=0.1)
    assert Simulation(requests, upstreams).play().times[-1] == 0.0


def test_what_may_never_go_has_no_time() -> None:
    assert Simulation([Request("ant")], {"ant": per(0, 60.0)}).play().times == [math.inf]


@pytest.mark.parametrize(
    "upstreams",
    [
        {"ant": Upstream(Limits((Window(20, 10.0), Window(100, 100.0)), burst=10), Pacing())},
        {"ant": per(20, 10.0, burst=5), "bee": per(40, 10.0)},
        {"ant": Upstream(Limits((Window(20, 10.0),), burst=5), Pacing("exponential"))},
    ],
)
@pytest.mark.parametrize("overall", [None, per(30, 10.0)])
def test_the_rates_go_on_where_playing_takes_too_long(upstreams, overall, monkeypatch) -> None:
    requests = [Request(name) for _ in range(9000 // len(upstreams)) for name in upstreams]
    exact = max(Simulation(requests, upstreams, overall).play().times)
    monkeypatch.setattr(simulation, "EXACT_REQUESTS", 2000)
    played = Simulation(requests, upstreams, overall).play()
    assert max(played.times) == pytest.approx(exact, rel=0.03)
    assert played.times[-1] > played.times[4500] > played.times[2500]


def test_slots_bind_what_is_not_played(monkeypatch) -> None:
    monkeypatch.setattr(simulation, "EXACT_REQUESTS", 100)
    played = Simulation([Request("ant", seconds=1.0)] * 1000, {"ant": per(1000, 1.0, burst=5)}, slots=5).play()
    assert max(played.times) == pytest.approx(200, rel=0.03)
    assert played.bound_by == {"ant": SLOTS}
