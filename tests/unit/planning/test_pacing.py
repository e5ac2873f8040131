from __future__ import annotations

import asyncio
import itertools

import pytest
from tests.unit.engine.judged import START, limiter, now, sent_by, turn

from adce_async.engine.fetching.limiter import Pacing


@pytest.mark.parametrize("strategy", ["pace", "exponential"])
async def test_near_a_limit_bursts_end(strategy: str) -> None:
    pacing = Pacing(strategy, threshold=0.5, initial_delay=4, max_delay=10, factor=2)
    source = limiter((20, 60), burst=20, pacing=pacing)
    times = await sent_by(source, 15, waiters=2)
    assert times[:11] == [0.0] * 11
    if strategy == "pace":
        assert times[11:] == pytest.approx([3, 6, 9, 12])
    else:
        assert times[11:] == pytest.approx([4, 12, 22, 32])
    await asyncio.sleep(100 - now())
    times = await sent_by(source, 13)
    assert times[:11] == [100.0] * 11  # below the threshold again: no delay, and the next one is a first one
    assert times[11:] == pytest.approx([103, 106] if strategy == "pace" else [104, 112])


async def test_a_wait_that_the_window_forced_is_made_up_for_without_a_burst() -> None:
    """60 a minute, burst 10: the 61st has to wait for the burst to leave the window; the average stays the even rate."""
    source = limiter((60, 60), burst=10, pacing=Pacing("pace", threshold=0.8))
    times = await sent_by(source, 600)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    above = 48  # from here on the window is above its threshold
    assert min(gaps[above:]) >= 0.149
    assert times[-1] <= (60 * 9 + 50) * 1.01 + 2  # the least time that these limits allow: 9 full windows, then 50 s
    for at in times:
        assert sum(1 for other in times if at <= other < at + 60) <= 60


async def test_a_pause_for_another_reason_is_not_made_up_for() -> None:
    source = limiter((60, 60), burst=10, pacing=Pacing("pace", threshold=0.5))
    await sent_by(source, 45)
    await asyncio.sleep(5)
    times = await sent_by(source, 10)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.999


async def test_after_a_restart_into_a_used_up_window_the_even_spacing_stays() -> None:
    source = limiter((60, 60), (100, 3600), pacing=Pacing("pace", threshold=0.8))
    source.restore([START - 3590.0 + 6.0 * number for number in range(100)])
    times = []
    for _ in range(4):
        await source.acquire()
        times.append(now())
        await turn()
    assert times == pytest.approx([10.02, 46.02, 82.02, 118.02])  # the window itself lets one go each six seconds
