"""What holds the event loop is named, in real time."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest

from adce_async.engine.loop_watch import LoopWatch, place

pytestmark = pytest.mark.looptime(False)


def hold_the_loop(seconds: float) -> None:
    time.sleep(seconds)


async def test_what_holds_the_loop_is_named_with_how_long_it_did() -> None:
    found: list[tuple[float, str]] = []
    lags: list[float] = []
    watch = LoopWatch(
        lambda: 0.1, lambda seconds, where: found.append((seconds, where)), every=0.02, measured=lags.append
    )
    watch.start()
    await asyncio.sleep(0.1)
    assert found == []
    assert lags  # each answer is measured
    assert max(lags) < 0.1
    hold_the_loop(0.5)
    await asyncio.sleep(0.1)
    watch.stop()
    ((seconds, where),) = found
    assert 0.3 < seconds < 5.0
    assert max(lags) == pytest.approx(seconds, abs=0.1)
    assert "hold_the_loop" in where
    assert "/" not in where


async def test_it_ends_with_the_loop_and_when_it_is_told() -> None:
    watch = LoopWatch(lambda: 10.0, lambda *_: None, every=0.01)
    watch.start()
    await asyncio.sleep(0.05)
    watch.stop()
    for _ in range(200):
        if not any(thread.name == "loop watch" for thread in threading.enumerate()):
            break
        await asyncio.sleep(0.01)
    assert not [thread for thread in threading.enumerate() if thread.name == "loop watch"]


def test_who_of_ours_called_it_is_named_too() -> None:
    assert place(None) == "unknown"
    assert place(sys._getframe()).startswith(
        "tests.unit.engine.test_loop_watch.test_who_of_ours"
    ) or "test_who_of_ours" in place(sys._getframe())
