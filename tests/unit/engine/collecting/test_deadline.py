from __future__ import annotations

import asyncio

import pytest

from adce_async.engine.collecting.deadline import standing_still


async def test_it_ends_what_takes_too_long() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10.0):
            await asyncio.sleep(3600)
    assert loop.time() == 10.0


async def test_waiting_in_our_own_queue_does_not_count() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10.0) as deadline:
            await asyncio.sleep(4)
            with standing_still(deadline):
                await asyncio.sleep(600)
            await asyncio.sleep(5)
            with standing_still(deadline):
                await asyncio.sleep(600)
            await asyncio.sleep(5)
    assert loop.time() == 1210.0


async def test_it_still_runs_after_a_wait_that_failed() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10.0) as deadline:
            try:
                with standing_still(deadline):
                    await asyncio.sleep(100)
                    raise ValueError
            except ValueError:
                await asyncio.sleep(3600)
    assert loop.time() == 110.0
