from __future__ import annotations

import asyncio
import itertools

import pytest
from tests.unit.engine.judged import START, limiter, now, sent_by, turn

from adce_async.planning.throttle import Throttle


async def test_cooling_ends_at_the_later_of_both() -> None:
    source = limiter()
    assert source.cooling_until is None
    source.cool(60, "maintenance")
    source.cool(30, "429")
    assert source.cooling_until == START + 60
    assert source.snapshot()["cooling_reason"] == "maintenance"
    assert source.snapshot()["cooling_until"] == "2024-12-15T00:01:00Z"
    assert source.delay() == 60
    await source.acquire()
    assert now() == 60
    assert source.cooling_until is None
    assert source.snapshot()["cooling_reason"] is None


async def test_refused_it_cools_longer_each_time_up_to_a_limit() -> None:
    source = limiter(cooldown_initial=30, cooldown_max=100)
    waits = []
    for _ in range(4):
        source.throttled(None, "429")
        waits.append(source.delay())
        await asyncio.sleep(source.delay())
    assert waits == [30, 60, 100, 100]
    assert source.snapshot()["throttled_total"] == 4


async def test_a_success_that_lasts_makes_the_next_cool_down_a_first_one() -> None:
    source = limiter()
    source.throttled(None, "429")
    await asyncio.sleep(30)
    source.succeeded()
    await asyncio.sleep(29)
    source.throttled(None, "200, but a block page")  # succeeded too soon after the first to be believed
    assert source.delay() == 60
    await asyncio.sleep(60)
    source.succeeded()
    await asyncio.sleep(60)
    source.throttled(None, "429")
    assert source.delay() == 30


async def test_retry_after_is_what_is_waited_for() -> None:
    source = limiter()
    source.throttled(7.5, "429")
    assert source.delay() == 7.5
    source.throttled(500, "429 of a request that was under way")
    assert source.delay() == 500
    source.throttled(20, "another one")
    assert source.delay() == 500


async def test_refusals_of_requests_that_were_under_way_together_are_one_event() -> None:
    source = limiter((60, 60))
    for _ in range(5):
        source.throttled(None, "429")
    assert source.delay() == 30
    assert source.snapshot()["rate"] == 0.5
    assert source.snapshot()["throttled_total"] == 5


async def test_the_rate_is_halved_and_won_back_a_tenth_a_minute() -> None:
    source = limiter((60, 60), burst=5)
    source.throttled(10, "429")
    times = await sent_by(source, 4, waiters=4)
    assert times[0] == 10
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(1.9 < gap <= 2.0 for gap in gaps)
    assert gaps == sorted(gaps, reverse=True)
    await asyncio.sleep(10 + 120 - now())
    assert source.snapshot()["rate"] == pytest.approx(0.7)
    await asyncio.sleep(500)
    assert source.snapshot()["rate"] == 1.0
    assert [source.try_acquire() for _ in range(6)] == [True] * 5 + [False]


async def test_the_rate_never_falls_below_a_64th_and_counts_the_minimum_delay() -> None:
    source = limiter((60, 60), min_delay=2)
    for _ in range(20):
        await asyncio.sleep(source.delay())
        source.throttled(0.001, "429")
    assert source.snapshot()["rate"] == pytest.approx(0.5 / 64, rel=0.01)
    await source.acquire()
    await turn()
    assert source.delay() == pytest.approx(128, rel=0.01)


def test_an_overloaded_source_gets_pauses_that_grow_until_it_serves_again() -> None:
    throttle, at, pauses = Throttle(), 0.0, []
    for _ in range(7):
        throttle.overloaded(at, "HTTP 503")
        throttle.overloaded(at, "HTTP 503")  # under way at the same time: the same event
        pauses.append(throttle.until - at)
        at = throttle.until
    assert pauses == [1, 2, 4, 8, 16, 32, 32]
    assert (throttle.factor(at), throttle.total) == (1.0, 0)  # it has refused nobody
    throttle.succeeded()
    throttle.overloaded(at, "HTTP 503")
    assert throttle.until - at == 1
