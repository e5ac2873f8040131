"""The limits without a clock against the engine's own, which the forecast stands for."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from tests.unit.engine.judged import START, Wall, now, turn

from adce_async.engine.limiter import Bucket, RateLimiter
from adce_async.engine.limiter.throttle import Throttle
from adce_async.model.limits import Limits, Pacing, Window
from adce_async.planning.allowance import Allowance, LeakyBucket

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
        at = max(at, allowance.due)
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
    # its timers are whole milliseconds
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
    promised = greedy(Allowance(limits, throttled=throttle), 200)
    assert promised[0] == pytest.approx(20.0, abs=0.1)
    assert promised[1] - promised[0] == pytest.approx(2.0, abs=0.1)  # half the rate
    assert promised[-1] == pytest.approx(taken[-1], rel=0.01)


@pytest.mark.parametrize("burst", [1, 2, 7])
@pytest.mark.parametrize("guard", [0.0, 0.02])
async def test_the_bucket_is_that_of_the_engine(burst: int, guard: float) -> None:
    chance = random.Random(burst)
    theirs, ours, at = Bucket(burst, 3.0, guard), LeakyBucket(burst, 3.0, guard), 0.0
    for _ in range(500):
        at = max(at, ours.due) + chance.choice([0.0, 0.0, 0.001, 0.1, 1.0])
        assert theirs.delay(at) == pytest.approx(0.0, abs=1e-6)
        theirs.take(at)
        ours.take(at)
        assert at + theirs.delay(at) == pytest.approx(max(at, ours.due), abs=1e-6)


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


def test_a_limit_of_none_lets_nothing_go() -> None:
    assert Allowance(Limits((Window(0, 60.0),))).due == float("inf")
