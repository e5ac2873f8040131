"""Nothing is sent to a source that is not ours: requests are counted where they go out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest
from tests.unit.engine.judged import Journal, Wall, now, turn

from adce_async.engine.fetching.limiter import Limits, RateLimiter
from adce_async.engine.fetching.ownership import Always
from adce_async.errors import NotAskedError

OTHERS = "another machine asks this source"


class Lease:
    """Ours until `end`."""

    def __init__(self, end: float) -> None:
        self.end = end

    def until(self, source: str) -> float:
        assert source == "ant"
        return self.end


def owned_by(lease: Lease, changed: Callable[[], None] = lambda: None) -> tuple[RateLimiter, Journal]:
    journal = Journal()
    return RateLimiter("ant", Limits(()), Wall(), journal=journal, ownership=lease, changed=changed), journal


def sent(limiter: RateLimiter) -> int:
    return limiter.requests_total


def test_in_one_process_every_source_is_ours() -> None:
    assert Always().until("ant") == math.inf


async def test_nothing_is_granted_while_it_is_not_ours() -> None:
    limiter, _ = owned_by(Lease(now()))
    assert (limiter.delay(), limiter.why(), limiter.try_acquire()) == (math.inf, OTHERS, False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1e6):
            await limiter.acquire()
    await turn()
    assert sent(limiter) == 0


async def test_who_waits_is_served_when_it_becomes_ours_and_lanes_are_told() -> None:
    lease = Lease(-1.0)
    told: list[float] = []
    limiter, _ = owned_by(lease, lambda: told.append(now()))
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(limiter.acquire())
        await asyncio.sleep(30)
        assert (sent(limiter), told) == (0, [])
        lease.end = now() + 60
        limiter.ownership_changed()
    assert waiting.result() == pytest.approx(30)
    await turn()
    assert (sent(limiter), set(told), limiter.delay()) == (1, {now()}, 0)
    await asyncio.sleep(60)
    assert (limiter.delay(), limiter.why()) == (math.inf, OTHERS)


async def test_a_held_token_is_refused_when_its_request_would_go_out_too_late() -> None:
    limiter, journal = owned_by(Lease(now() + 10))
    slow = await limiter.reserve()
    await asyncio.sleep(10)
    with pytest.raises(NotAskedError, match=f"ant: {OTHERS}"):
        slow.sent()
    slow.sent()  # (as who has failed does once more)
    await turn()
    assert sent(limiter) == 0
    assert limiter._held == 0
    assert not journal.times


@pytest.mark.parametrize("told", [True, False])
async def test_a_token_that_was_handed_out_is_void(told: bool) -> None:
    lease = Lease(now() + 2)
    limiter, _ = owned_by(lease)
    assert limiter.try_acquire()
    await asyncio.sleep(2)
    if told:
        limiter.ownership_changed()
    assert limiter.claim() is None
    lease.end = math.inf
    limiter.ownership_changed()
    await turn()
    assert (sent(limiter), limiter._held, limiter.delay()) == (0, 0, 0)
