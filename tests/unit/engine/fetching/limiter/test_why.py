"""What a wait is for, in words."""

from __future__ import annotations

import asyncio
import random

import pytest
from tests.unit.engine.judged import limiter, now, sent_by, turn

from adce_async.engine.fetching.limiter import Pacing, RateLimiter


@pytest.mark.parametrize(
    ("source", "sent", "why"),
    [
        (lambda: limiter((10, 60), burst=10), 10, "limit of 10 a minute"),
        (lambda: limiter((500, 20), burst=500), 500, "limit of 500 in 20 s"),
        (lambda: limiter((60, 60), (3, 3600), burst=3), 3, "limit of 3 an hour"),
        (lambda: limiter((60, 60), burst=2), 2, "even rate of 60 a minute"),
        (lambda: limiter((30, 60), burst=3, min_delay=3), 1, "minimum delay, 3 s"),
        (lambda: limiter((60, 60), burst=5, parent=limiter((1, 60), name="_global")), 1, "global limit of 1 a minute"),
        (lambda: limiter((20, 60), burst=20, pacing=Pacing(threshold=0.5)), 11, "backoff near its limits"),
    ],
)
async def test_the_limit_that_lets_the_next_request_go_last_is_named(source, sent: int, why: str) -> None:
    source = source()
    await sent_by(source, sent)
    await turn()
    assert source.delay() > 0
    assert source.why() == why


async def test_what_the_source_asks_for_is_named() -> None:
    source = limiter((60, 60), burst=5, min_delay=1)
    source.set_min_delay_floor(10)
    await source.acquire()
    await turn()
    assert source.why() == "Crawl-delay of robots.txt, 10 s"
    source.throttled(30, "HTTP 429")
    assert source.why() == "cool-down: HTTP 429"
    source.set_min_delay_floor(0)
    await asyncio.sleep(30)
    await source.acquire()
    await turn()
    assert source.why() == "rate lowered to 50% after refusals"


@pytest.mark.parametrize("strategy", ["pace", "exponential", None])
async def test_the_reason_explains_all_of_the_wait(strategy: str | None) -> None:
    def latest(one: RateLimiter) -> float:
        return one._allowance.why(now(), one._held)[0]

    pacing = Pacing(strategy, initial_delay=0.5) if strategy else None
    parent = limiter((50, 30), burst=20, name="_global")
    source = limiter((20, 10), (60, 60), burst=6, min_delay=0.2, parent=parent, pacing=pacing)
    chance = random.Random(7)
    waits = []
    for _ in range(150):
        await source.acquire()
        await turn()
        waits.append(source.delay())
        assert max(latest(source), latest(parent)) - now() == pytest.approx(waits[-1], abs=0.002)
        if chance.random() < 0.05:
            source.throttled(1.0, "HTTP 429")
        await asyncio.sleep(chance.choice([0.0, 0.0, 0.5]))
    assert min(waits) > 0
