"""Grants a second of the rate limiter with limits far away, beside plain aiolimiter; and that history costs nothing."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import aiolimiter

from adce_async.clock import SystemClock
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.model.limits import Limits, Window
from benchmarks.harness import Figure, child, say

BOUND = "a grant costs as much after 20,000 grants as after none (O(1)); beside plain aiolimiter for comparison"
MANY = 1_000_000
HISTORY = 20_000


def limiter(history: int = 0) -> RateLimiter:
    """Bucket, three windows and a parent, as a source has them; `history`: grants within the last hour."""
    clock = SystemClock()
    windows = (Window(MANY, 1.0), Window(MANY, 60.0), Window(MANY, 3600.0))
    made = RateLimiter("ant", Limits(windows, MANY), clock, RateLimiter("_global", Limits(windows, MANY), clock))
    now = clock.now()
    made.restore(now - 1800.0 + number * 0.01 for number in range(history))
    return made


async def _by_acquire(acquire: Callable[[], Awaitable[object]], count: int) -> float:
    began = time.process_time()
    for number in range(count):
        await acquire()
        if number % 100 == 99:  # a grant counts in the loop's next turn
            await asyncio.sleep(0)
    return count / (time.process_time() - began)


async def grants(count: int) -> dict[str, float]:
    """Grants per CPU second of each way."""
    ours, old = limiter(), limiter(HISTORY)
    peer = aiolimiter.AsyncLimiter(MANY, 1.0)
    await _by_acquire(ours.acquire, 1000)
    result = {
        "acquire": await _by_acquire(ours.acquire, count),
        "with history": await _by_acquire(old.acquire, count),
        "aiolimiter": await _by_acquire(peer.acquire, count),
    }

    async def take() -> None:
        if not ours.try_acquire():
            raise RuntimeError("no token, with a million to be had")
        permit = ours.claim()
        assert permit is not None
        permit.sent()

    result["try_acquire"] = await _by_acquire(take, count)
    return result


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of the rounds, of CPU time."""
    rounds = [child(grants, 5000 if quick else 30_000) for _ in range(2 if quick else 5)]
    rate = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    aged = statistics.median(one["acquire"] / one["with history"] for one in rounds)
    say(f"grants per CPU second: { {name: round(value) for name, value in rate.items()} }")
    return [
        Figure(
            "acquire", rate["acquire"], "/s", "aiolimiter (one bucket, no windows)", rate["aiolimiter"], note="medians"
        ),
        Figure("try_acquire, claim, sent", rate["try_acquire"], "/s", "aiolimiter", rate["aiolimiter"], note="medians"),
        Figure(
            "cost with 20,000 grants of history", aged, "x", "with none", 1.0, at_most=1.15, note="median of ratios"
        ),
    ]
