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
    while not (ours := [each for each in found if "hold_the_loop" in each[1]]):
        hold_the_loop(0.3)
        await asyncio.sleep(0.05)
    watch.stop()
    seconds, where = ours[0]
    assert seconds > 0.1
    assert max(lags) > 0.1
    assert "/" not in where


async def test_what_holds_it_for_less_than_the_bound_is_measured_and_not_named() -> None:
    found: list[str] = []
    loop, measured = asyncio.get_running_loop(), asyncio.Event()
    watch = LoopWatch(
        lambda: 60.0, lambda _, where: found.append(where), every=0.02,
        measured=lambda _: loop.call_soon_threadsafe(measured.set),
    )  # fmt: skip
    watch.start()
    await measured.wait()
    watch.stop()
    assert found == []


async def test_it_ends_with_the_loop_and_when_it_is_told() -> None:
    watch = LoopWatch(lambda: 10.0, lambda *_: None, every=0.01)
    watch.start()
    await asyncio.sleep(0.05)
    (thread,) = (each for each in threading.enumerate() if each.name == "loop watch")
    watch.stop()
    await asyncio.to_thread(thread.join)


def test_who_of_ours_called_it_is_named_too() -> None:
    assert place(None) == "unknown"
    assert place(sys._getframe()).startswith(
        "tests.unit.engine.test_loop_watch.test_who_of_ours"
    ) or "test_who_of_ours" in place(sys._getframe())
