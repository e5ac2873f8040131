from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.judged import limiter, now, sent_by

from adce_async.engine.limiter import Pacing


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
