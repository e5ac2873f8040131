"""A wall clock under virtual time."""

from __future__ import annotations

import asyncio

from adce_async.model.days import from_iso
from adce_async.testing.clock import FakeClock

NOON = from_iso("2025-01-15T12:00:00Z")


async def test_virtual_time_moves_it() -> None:
    clock = FakeClock()
    before = asyncio.get_running_loop().time()
    assert clock.now() == NOON + before
    await asyncio.sleep(86400)
    assert clock.now() == NOON + before + 86400


async def test_it_jumps_and_the_loop_does_not() -> None:
    clock = FakeClock(NOON)
    before = asyncio.get_running_loop().time()
    clock.jump(-3600)
    assert clock.now() == NOON - 3600 + before
    clock.set("2025-06-01T00:00:00Z")
    assert clock.now() == from_iso("2025-06-01T00:00:00Z")
    await asyncio.sleep(10)
    assert clock.now() == from_iso("2025-06-01T00:00:10Z")
    assert asyncio.get_running_loop().time() == before + 10


async def test_threads_see_the_same_time() -> None:
    clock = FakeClock()
    await asyncio.sleep(60)
    here = clock.now()
    assert await asyncio.to_thread(clock.now) == here


def test_without_a_loop_it_stands_still() -> None:
    assert FakeClock("2025-01-15T12:00:00Z").now() == NOON
