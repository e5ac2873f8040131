from __future__ import annotations

import itertools

import pytest

from adce_async.model.limits import Limits, Window
from adce_async.planning.pacing import schedule


def worst(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times if at <= other < at + seconds) for at in times)


@pytest.mark.parametrize("burst", [1, 3, 10])
@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_a_schedule_keeps_every_limit(burst: int, delay: float) -> None:
    limits = Limits((Window(20, 60.0), Window(100, 3600.0)), burst=burst, min_delay=delay)
    times = schedule({"a": 150}, {"a": limits})["a"]
    assert worst(times, 60.0) <= 20
    assert worst(times, 3600.0) <= 100
    assert all(b - a >= delay for a, b in itertools.pairwise(times))
    assert times == sorted(times)


def test_the_full_rate_is_used() -> None:
    times = schedule({"a": 601}, {"a": Limits((Window(60, 60.0),), burst=5)})["a"]
    assert 595 <= times[-1] <= 600 * 1.01


def test_global_limits_bind_several_sources() -> None:
    limits = {name: Limits((Window(60, 60.0),)) for name in "ab"}
    times = schedule({"a": 30, "b": 30}, limits, Limits((Window(60, 60.0),)))
    assert worst(sorted(times["a"] + times["b"]), 60.0) <= 60
    assert max(times["a"] + times["b"]) >= 59


def test_nothing_to_do_takes_no_time() -> None:
    assert schedule({}, {}) == {}
    assert schedule({"a": 0}, {}) == {"a": []}
    assert schedule({"a": 3}, {}) == {"a": [0.0, 0.0, 0.0]}


def test_a_million_requests_are_estimated_by_the_rate() -> None:
    times = schedule({"a": 1_000_000}, {"a": Limits((Window(60, 60.0), Window(1800, 3600.0)))})["a"]
    assert times[-1] == pytest.approx(2_000_000, rel=0.01)
