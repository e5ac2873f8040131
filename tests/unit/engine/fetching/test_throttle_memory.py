"""What refusals taught survives a restart."""

from __future__ import annotations

import asyncio

from tests.unit.engine.judged import limiter

from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.throttle_memory import ThrottleMemory
from adce_async.testing.memory_queue import MemoryState


def ant() -> RateLimiter:
    return limiter((60, 60), cooldown_initial=30)


async def restarted(state: MemoryState) -> tuple[RateLimiter, ThrottleMemory]:
    """As a new process finds it."""
    fresh = ant()
    keeper = ThrottleMemory({"ant": fresh}, state)
    await keeper.restore()
    return fresh, keeper


async def test_a_crash_loop_does_not_ask_while_it_cools() -> None:
    state = MemoryState()
    first, keeper = await restarted(state)
    assert first.delay() == 0
    first.throttled(600, "HTTP 429 from ant.test")
    await keeper.keep()
    await asyncio.sleep(100)
    second, _ = await restarted(state)
    assert abs(second.delay() - 500) < 1
    assert second.snapshot()["cooling_reason"] == "HTTP 429 from ant.test"


async def test_the_rate_stays_halved_and_recovers() -> None:
    state = MemoryState()
    first, keeper = await restarted(state)
    first.throttled(10, "429")
    await keeper.keep()
    await asyncio.sleep(10)
    second, _ = await restarted(state)
    assert abs(second.snapshot()["rate"] - 0.5) < 0.01
    await asyncio.sleep(300)
    assert abs(second.snapshot()["rate"] - 1.0) < 0.01


async def test_the_next_cool_down_is_a_longer_one() -> None:
    state = MemoryState()
    first, keeper = await restarted(state)
    first.throttled(None, "429")
    await keeper.keep()
    await asyncio.sleep(30)
    second, _ = await restarted(state)
    second.throttled(None, "429")
    assert second.delay() == 60


async def test_what_is_over_is_forgotten_and_the_same_is_written_once() -> None:
    state = MemoryState()
    first, keeper = await restarted(state)
    first.throttled(10, "429")
    await keeper.keep()
    written = dict(state.texts)
    await asyncio.sleep(60)
    await keeper.keep()
    assert state.texts == written
    await asyncio.sleep(3600)
    await keeper.keep()
    assert state.texts == {"throttle ant": ""}


async def test_a_clock_that_jumped_back_silences_nobody_for_ever() -> None:
    state = MemoryState()
    await state.set_text(
        "throttle ant",
        '{"until": 9e12, "reason": "x", "refused_until": 9e12, "seconds": 30, "streak": 1, "factor": 0.5}',
    )
    limited, _ = await restarted(state)
    assert limited.delay() <= 24 * 3600


async def test_damaged_notes_are_as_none() -> None:
    for text in ("", "{", "[]", '{"until": "soon"}', '{"until": NaN}'):
        state = MemoryState()
        await state.set_text("throttle ant", text)
        limited, _ = await restarted(state)
        assert limited.delay() == 0


async def test_a_clock_that_was_set_back_makes_no_cool_down_longer() -> None:
    state = MemoryState()
    first, keeper = await restarted(state)
    first.throttled(30, "429")
    first.throttled(90, "429 once more")
    await keeper.keep()
    fresh = ant()
    fresh._clock.offset -= 3e8
    await ThrottleMemory({"ant": fresh}, state).restore()
    assert fresh.delay() <= 90
