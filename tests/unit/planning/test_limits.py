"""The one arithmetic of limits: alone, as the limiter keeps it, and beside the leaky bucket of aiolimiter."""

from __future__ import annotations

import asyncio
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.judged import START, Wall, now, turn

from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.model.limits import Limits, Pacing, Window
from adce_async.planning.limits import Allowance, LeakyBucket
from adce_async.planning.throttle import Throttle

NONE: tuple[float, ...] = ()
CASES = {
    "bucket": (Limits((Window(20, 10.0),), burst=5), None, NONE),
    "bucket of one": (Limits((Window(20, 10.0),)), None, NONE),
    "windows": (Limits((Window(5, 1.0), Window(20, 10.0), Window(50, 60.0)), burst=5), None, NONE),
    "delay": (Limits((Window(20, 60.0),), burst=3, min_delay=3.0), None, NONE),
    "delay alone": (Limits(min_delay=0.5), None, NONE),
    "nothing": (Limits(), Pacing(), NONE),
    "pace": (Limits((Window(20, 10.0),), burst=20), Pacing(), NONE),
    "pace in two windows": (Limits((Window(10, 2.0), Window(40, 20.0)), burst=4), Pacing(threshold=0.5), NONE),
    "exponential": (Limits((Window(20, 10.0),), burst=20), Pacing("exponential"), NONE),
    "used": (Limits((Window(20, 10.0),), burst=20), None, tuple(-9.0 + n / 4 for n in range(30))),
    "used and paced": (Limits((Window(20, 10.0),), burst=20), Pacing(), tuple(-9.0 + n / 4 for n in range(30))),
    "used, exponential": (Limits((Window(20, 10.0),), burst=5), Pacing("exponential"), (-9.0,) * 10 + (-1.0,) * 8),
}


def greedy(allowance: Allowance, count: int) -> list[float]:
    times, at = [], 0.0
    for _ in range(count):
        at = max(at, allowance.due(at))
        allowance.take(at)
        times.append(at)
    return times


async def sent(limiter: RateLimiter, count: int) -> list[float]:
    """When requests go, each asked for when the one before has gone."""
    began, times = now(), []
    for _ in range(count):
        await limiter.acquire()
        times.append(now() - began)
        await turn()
    return times


@pytest.mark.parametrize("name", CASES)
async def test_a_limiter_lets_requests_go_at_the_same_times(name: str) -> None:
    limits, pacing, past = CASES[name]
    await asyncio.sleep(100)
    limiter = RateLimiter("ant", limits, Wall(), pacing=pacing)
    began = now()
    limiter.restore([START + began + at for at in past])
    taken = await sent(limiter, 80)
    # its timers are whole milliseconds, and it asks once a turn of the loop
    assert greedy(Allowance(limits, pacing, past=past), 80) == pytest.approx(taken, abs=0.1)


async def test_what_refusals_left_counts() -> None:
    limits = Limits((Window(10, 10.0),), burst=10)
    first = RateLimiter("ant", limits, Wall())
    first.throttled(30.0, "429")
    known = first.throttle_state()
    assert known
    await asyncio.sleep(10)
    limiter, began = RateLimiter("ant", limits, Wall()), now()
    limiter.restore_throttle(known)
    taken = await sent(limiter, 200)
    throttle = Throttle()
    throttle.restore(known, 0.0, START + began)
    promised = greedy(Allowance(limits, throttle=throttle), 200)
    assert promised[0] == pytest.approx(20.0, abs=0.1)
    assert promised[1] - promised[0] == pytest.approx(2.0, abs=0.1)  # half the rate
    assert promised[-1] == pytest.approx(taken[-1], rel=0.01)


@given(
    st.integers(1, 50),
    st.sampled_from([0.3, 1.0, 7.0, 60.0]),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.02]),
    st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.1, 2.0]), max_size=60),
)
@settings(max_examples=60, deadline=None)
async def test_what_the_arithmetic_allows_finds_room_in_the_leaky_bucket(
    limit: int, seconds: float, burst: int, guard: float, pauses: list[float]
) -> None:
    limits = Limits((Window(limit, seconds),), burst=burst, guard=guard)
    limiter, allowance = RateLimiter("ant", limits, Wall()), Allowance(limits)
    for pause in pauses:
        await asyncio.sleep(max(0.0, allowance.due(now()) - now()) + pause)
        went = now()
        allowance.take(went)
        await limiter.pass_bucket()
        assert now() == went


async def test_the_leaky_bucket_alone_would_hold_back_what_is_more_than_a_burst() -> None:
    limiter = RateLimiter("ant", Limits((Window(60, 60.0),), burst=3), Wall())
    for _ in range(3):
        await limiter.pass_bucket()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.9):
            await limiter.pass_bucket()
    await asyncio.sleep(0.2)
    await limiter.pass_bucket()
    await RateLimiter("bee", Limits(min_delay=3.0), Wall()).pass_bucket()  # no window, no bucket


@pytest.mark.parametrize("rate", [0.1, 0.7, 1 / 3, 13.3])
def test_a_bucket_of_one_keeps_the_spacing_and_nearly_all_of_the_rate(rate: float) -> None:
    bucket = LeakyBucket(1, rate, 0.02)
    at, times = 5.0, []
    for _ in range(100):
        at = max(at, bucket.due(at))
        bucket.take(at)
        times.append(at)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 1 / rate
    assert times[1] - times[0] == pytest.approx(1 / rate + 0.02)
    assert 99 / (times[-1] - times[0]) >= 0.985 * rate


def test_a_bucket_counts_held_tokens_as_not_leaking() -> None:
    bucket = LeakyBucket(2, 1.0)
    assert bucket.due(0.0, held=1) == -math.inf
    assert bucket.due(0.0, held=2) == 1
    bucket.take(0.0)
    assert bucket.due(0.0) == -math.inf
    assert bucket.due(0.0, held=1) == 1
    assert bucket.due(0.5, held=1) == 1
    assert bucket.level(0.25) == 0.75


@pytest.mark.parametrize("burst", [1, 3, 10])
@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_every_limit_is_kept(burst: int, delay: float) -> None:
    limits = Limits((Window(20, 60.0), Window(100, 3600.0)), burst=burst, min_delay=delay)
    times = greedy(Allowance(limits), 150)
    for window in limits.windows:
        for first, last in zip(times, times[window.limit :], strict=False):
            assert last - first >= window.seconds
    assert all(b - a >= delay for a, b in itertools.pairwise(times))


def test_the_full_rate_is_used() -> None:
    assert 595 <= greedy(Allowance(Limits((Window(60, 60.0),), burst=5)), 601)[-1] <= 600 * 1.01


def test_who_is_slowed_down_waits_for_his_turn_and_not_for_all_that_he_sent_before() -> None:
    allowance = Allowance(Limits((Window(600, 60.0),), burst=20, guard=0.0))
    for tenth in range(100):
        allowance.take(tenth / 10)
    allowance.apply(Limits((Window(120, 60.0),), burst=2, guard=0.0))
    assert 9.9 < allowance.due(10.0) <= 10.4  # two a second from now on, and 100 of 120 are used
    restarted = Allowance(Limits((Window(120, 60.0),), burst=2, guard=0.0), past=[9.5, 9.5])
    assert restarted.due(9.5) == 10.0


def test_a_limit_of_none_lets_nothing_go() -> None:
    assert Allowance(Limits((Window(0, 60.0),))).due(0.0) == math.inf


def test_requests_that_may_have_arrived_late_count_longer_and_that_fades() -> None:
    allowance = Allowance(Limits((Window(1, 60.0),), guard=0.0))
    allowance.take(0.0)
    allowance.answered(0.1)
    assert allowance.due(0.0) == 60.0
    allowance.answered(0.3)
    assert 60.19 < allowance.due(0.0) < 60.21
    allowance.answered(9.0)
    assert allowance.due(0.0) == 60.0 * 1.005  # never more than half a per cent of the window
    for _ in range(300):
        allowance.answered(0.1)
    assert 60.0 <= allowance.due(0.0) < 60.001


def test_what_is_answered_evenly_costs_nothing_however_slow_it_is() -> None:
    allowance = Allowance(Limits((Window(1, 60.0),), guard=0.0))
    allowance.take(0.0)
    for _ in range(100):
        allowance.answered(3.0)
    assert allowance.due(0.0) == 60.0


def test_a_burst_is_followed_by_a_pause_that_is_longer_where_requests_arrive_unevenly() -> None:
    def after_a_burst(*answers: float) -> float:
        allowance = Allowance(Limits((Window(60, 60.0),), burst=5, guard=0.0))
        for seconds in answers:
            allowance.answered(seconds)
        for _ in range(5):
            allowance.take(100.0)
        return allowance.due(100.0)

    assert after_a_burst() == 101.0
    assert after_a_burst(0.1, 0.1, 0.3) == pytest.approx(101.196)
    assert after_a_burst(0.1, 9.0) == pytest.approx(101.3)  # half a per cent of the window at most


def test_a_minimum_delay_is_longer_by_half_a_per_cent_at_most() -> None:
    allowance = Allowance(Limits(min_delay=3.0, guard=0.0))
    allowance.take(0.0)
    allowance.answered(0.1)
    assert allowance.due(0.0) == 3.0
    allowance.answered(9.0)
    assert allowance.due(0.0) == pytest.approx(3.015)
