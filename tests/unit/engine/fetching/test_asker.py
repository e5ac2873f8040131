from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs
from tests.unit.engine.judged import limiter, now

from adce_async.engine.fetching.asker import SAY_WAITING_AFTER, Alone, Wait, token_for
from adce_async.engine.fetching.limiter import RateLimiter


class Pacer(Alone):
    """An asker with a place: how often it left it, and a gate that it has to pass on its way back."""

    def __init__(self, permits: int = 0) -> None:
        super().__init__(permits)
        self.left = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @contextlib.asynccontextmanager
    async def stepped_out(self, wait: Wait) -> AsyncIterator[None]:
        self.left += 1
        yield
        await self.gate.wait()


def used(source: RateLimiter) -> int:
    """Tokens that are held or sent, of its first window."""
    (window,) = source.snapshot()["windows"].values()
    return int(window["used"])


async def test_the_token_that_was_taken_for_it_is_taken_over() -> None:
    source, asker = limiter((1, 60)), Pacer(permits=1)
    assert source.try_acquire()
    (await token_for(asker, source)).sent()
    assert (now(), asker.permits, asker.left, asker.waited) == (0.0, 0, 0, 0.0)


async def test_without_one_a_free_token_is_taken_on_the_spot() -> None:
    source, asker = limiter((1, 60)), Pacer()
    permit = await token_for(asker, source)
    assert (permit.held, used(source), asker.left, now()) == (True, 1, 0, 0.0)


async def test_who_holds_none_does_not_take_that_of_another() -> None:
    source, other = limiter((2, 60), burst=2), Alone(permits=1)
    assert source.try_acquire()
    await token_for(Alone(), source)
    assert used(source) == 2
    assert (await token_for(other, source)).held
    assert used(source) == 2  # it was there for the other one


async def test_a_token_that_is_spent_by_then_is_replaced() -> None:
    source, asker = limiter((1, 60)), Pacer(permits=1)
    assert source.try_acquire()
    await asyncio.sleep(30.0)  # a token that is not claimed counts as spent after a few seconds
    await token_for(asker, source)
    assert now() > 60.0
    assert asker.permits == 0


async def test_who_waits_steps_out_and_says_how_long_he_waited() -> None:
    source, asker = limiter((1, 60)), Pacer()
    await source.acquire()
    with capture_logs() as lines:
        await token_for(asker, source)
    assert asker.left == 1
    assert asker.waited == pytest.approx(60.0, abs=0.1)
    assert [(line["event"], line["source"]) for line in lines] == [("waiting within an attempt", "ant")]


async def test_who_waits_for_nobody_knows_how_long_says_no_seconds(monkeypatch) -> None:
    source = limiter((1, 60))
    monkeypatch.setattr(source, "delay", lambda: math.inf)
    with capture_logs() as lines:
        await token_for(Pacer(), source)
    assert [line["seconds"] for line in lines] == [None]


async def test_the_way_back_counts_as_waiting_too() -> None:
    source, asker = limiter((1, 60)), Pacer()
    await source.acquire()
    asker.gate.clear()
    asyncio.get_running_loop().call_later(100.0, asker.gate.set)
    await token_for(asker, source)
    assert asker.waited == pytest.approx(100.0)


async def test_a_short_wait_is_not_worth_a_line() -> None:
    source = limiter((1, SAY_WAITING_AFTER - 1.0))
    await source.acquire()
    with capture_logs() as lines:
        await token_for(Alone(), source)
    assert lines == []


@pytest.mark.parametrize("seconds", [10.0, 70.0])
async def test_who_is_cancelled_while_he_waits_or_comes_back_holds_nothing(seconds: float) -> None:
    source, asker = limiter((1, 60)), Pacer()
    await source.acquire()
    asker.gate.clear()  # at 60 s it has a token, and has to wait on its way back
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await token_for(asker, source)
    assert asker.waited == pytest.approx(seconds)
    await asyncio.sleep(100.0)
    assert used(source) == 0
    assert source.delay() == 0
