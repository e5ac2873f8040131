from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.limits import Limits, Pacing, Window
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task
from adce_async.planning import simulation
from adce_async.planning.backlog import Backlog
from adce_async.planning.maintenance import Window as Closed
from adce_async.planning.simulation import GLOBAL, SLOTS, Conditions, Simulation, Upstream

NOW = 1_700_000_000.0


@dataclass(frozen=True)
class Request:
    """One to come: from when on it may go, how long it takes, whose robots.txt it needs."""

    source: str
    ready: float = 0.0
    seconds: float = 0.0
    robots: str = ""


@dataclass(frozen=True)
class Gone:
    """When each of the requests went."""

    times: list[float]
    bound_by: Mapping[str, str]


def play(
    requests: Sequence[Request],
    upstreams: Mapping[str, Upstream],
    overall: Upstream | None = None,
    slots: float = math.inf,
    *,
    strict: bool = False,
    windows: Sequence[Closed] = (),
) -> Gone:
    """`requests`, best first."""
    tasks = [
        Task(
            str(number),
            each.source,
            f"{each.source} {each.seconds}",
            "items",
            None,
            {"id": str(number)},
            GapKind.MISSING,
            Priority.LOW,
            NOW - 1e6 + number,
            0.0,
            not_before=NOW + each.ready if each.ready else 0.0,
        )
        for number, each in enumerate(requests)
    ]
    conditions = Conditions(
        upstreams,
        overall or Upstream(),
        slots,
        strict,
        {task.scraper: each.seconds for task, each in zip(tasks, requests, strict=True)},
        {task.key: each.robots for task, each in zip(tasks, requests, strict=True)},
        windows,
    )
    played = Simulation(Backlog(ScoreRules(age_weight=0.0), tasks), conditions, now=NOW).play()
    return Gone([played.times[task.key] for task in tasks], played.bound_by)


def per(limit: int, seconds: float, **more: float) -> Upstream:
    return Upstream(Limits((Window(limit, seconds),), guard=0.0, **more))  # type: ignore[arg-type]


def test_what_is_closed_goes_when_its_window_is_over() -> None:
    began = dt.datetime.fromtimestamp(NOW, dt.UTC).replace(second=0, microsecond=0)
    until = (began + dt.timedelta(minutes=10)).timestamp() - NOW
    window = Closed(began.time(), (began + dt.timedelta(minutes=10)).time(), "UTC", sources=frozenset({"ant"}))
    gone = play(
        [Request("ant"), Request("bee"), Request("ant")], {"ant": per(1, 1.0), "bee": per(1, 1.0)}, windows=[window]
    )
    assert gone.times == [pytest.approx(until, abs=0.01), 0.0, pytest.approx(until + 1.0, abs=0.01)]


def test_nothing_to_do_takes_no_time() -> None:
    assert play([], {}).times == []


def test_a_source_without_limits_goes_at_once() -> None:
    assert play([Request("ant")] * 3, {}).times == [0.0, 0.0, 0.0]


def test_the_limits_decide_when_each_request_goes() -> None:
    played = play([Request("ant")] * 3, {"ant": per(60, 60.0)})
    assert played.times == pytest.approx([0.0, 1.0, 2.0], abs=0.05)
    assert played.bound_by == {"ant": "ant"}


def test_global_limits_go_to_the_best() -> None:
    requests = [Request("ant"), Request("bee"), Request("ant"), Request("bee")]
    played = play(requests, {}, per(1, 1.0))
    assert played.times == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=0.05)
    assert played.bound_by["bee"] == GLOBAL


def test_slots_bind_while_answers_are_awaited() -> None:
    played = play([Request("ant", seconds=0.5)] * 5, {"ant": per(20, 1.0)}, slots=1)
    assert played.times == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])
    assert played.bound_by == {"ant": SLOTS}


def test_a_source_is_asked_by_no_more_than_it_may_have_at_once() -> None:
    upstream = Upstream(most=2)
    played = play([Request("ant", seconds=1.0)] * 6, {"ant": upstream}, slots=5)
    assert played.times == pytest.approx([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    assert played.bound_by == {"ant": "ant"}


def test_the_last_slot_is_for_a_source_that_has_none() -> None:
    requests = [Request("ant", seconds=1.0), *[Request("ant", seconds=10.0)] * 4, *[Request("bee", seconds=0.1)] * 2]
    times = play(requests, {"bee": per(1, 5.0)}, slots=3).times
    assert times == pytest.approx([0.0, 1.0, 1.0, 5.1, 11.0, 0.0, 5.0], abs=0.06)


def test_a_lane_grows_as_answers_turn_out_to_be_slow() -> None:
    requests = [Request("ant", seconds=1.0), *[Request("ant", seconds=4.0)] * 4]
    times = play(requests, {"ant": per(60, 60.0, burst=5)}, slots=5).times
    assert times == pytest.approx([0.0, 1.0, 5.0, 5.0, 9.0], abs=0.06)


def test_a_source_that_has_not_answered_gets_one_slot_while_others_have_work() -> None:
    requests = [Request("ant", seconds=10.0)] * 2 + [Request("bee", seconds=1.0)] * 3
    assert play(requests, {}, slots=4).times == pytest.approx([0.0, 1.0, 0.0, 1.0, 1.0])


def test_each_host_is_asked_for_its_robots_txt_once() -> None:
    robots = ["https://a.test", "https://a.test", "https://b.test", "https://b.test"]
    requests = [Request("ant", robots=host) for host in robots]
    assert play(requests, {"ant": per(1, 1.0)}).times == pytest.approx([1.0, 2.0, 4.0, 5.0], abs=0.1)


def test_nothing_goes_before_robots_txt_is_there() -> None:
    requests = [Request("ant", robots="https://a.test", seconds=1.0)] * 3
    assert play(requests, {}).times == [1.0, 1.0, 1.0]


def test_who_waits_for_a_token_within_its_attempt_lends_its_slot() -> None:
    requests = [Request("ant", robots="https://a.test", seconds=0.1), *[Request("bee", seconds=0.1)] * 5]
    played = play(requests, {"ant": per(1, 20.0)}, slots=1)
    assert played.times == pytest.approx([20.0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.05)


def test_delayed_requests_go_when_they_may_and_hold_up_nobody() -> None:
    requests = [Request("ant", ready=10.0), Request("ant"), Request("ant")]
    assert play(requests, {"ant": per(60, 60.0)}).times == pytest.approx([10.0, 0.0, 1.0], abs=0.05)


def test_strict_dispatch_overtakes_nobody() -> None:
    requests = [Request("ant"), Request("ant"), Request("bee")]
    upstreams = {"ant": per(1, 5.0)}
    assert play(requests, upstreams, strict=True).times[-1] == pytest.approx(5.0, abs=0.1)
    assert play(requests, upstreams).times[-1] == 0.0


def test_what_may_never_go_has_no_time() -> None:
    assert play([Request("ant")], {"ant": per(0, 60.0)}).times == [math.inf]


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
    exact = max(play(requests, upstreams, overall).times)
    monkeypatch.setattr(simulation, "EXACT_REQUESTS", 2000)
    played = play(requests, upstreams, overall)
    assert max(played.times) == pytest.approx(exact, rel=0.03)
    assert played.times[-1] > played.times[4500] > played.times[2500]


def test_slots_bind_what_is_not_played(monkeypatch) -> None:
    monkeypatch.setattr(simulation, "EXACT_REQUESTS", 100)
    played = play([Request("ant", seconds=1.0)] * 1000, {"ant": per(1000, 1.0, burst=5)}, slots=5)
    assert max(played.times) == pytest.approx(200, rel=0.03)
    assert played.bound_by == {"ant": SLOTS}
