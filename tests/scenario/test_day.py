"""A day of service with faults, in virtual time: limits kept, everything collected in the end."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from tests.scenario.world import World, echo, item, items_of

from adce_async.engine.triggers import Timer
from adce_async.errors import BlockedError, TransientError, UnreachableError
from adce_async.model.limits import Limits, Window
from adce_async.testing.scripted import worst_window

HOUR = 3600.0
LIMITS = {
    "espn": Limits((Window(60, 60.0), Window(3000, HOUR)), burst=10),
    "nba_api": Limits((Window(10, 60.0), Window(500, HOUR)), burst=5),
    "bbref": Limits((Window(20, 60.0), Window(500, HOUR)), burst=3, min_delay=3.0),
    "hoopr": Limits((Window(40, 60.0),), burst=8),
}
OVERALL = Limits((Window(100, 60.0), Window(5000, HOUR)), burst=20)
ITEMS = 700


def weather(seed: int):
    """429s, block pages, resets, an outage of half an hour, a host that hangs for twenty minutes, lying bodies."""
    chance = random.Random(seed)

    def script(ask):
        if ask.source == "hoopr" and HOUR <= ask.at < 1.5 * HOUR:
            return UnreachableError("no route to host")
        if ask.source == "nba_api" and 2 * HOUR <= ask.at < 2 * HOUR + 1200:
            return 30.0
        roll = chance.random()
        if roll < 0.01:
            return BlockedError("HTTP 429", status=429, retry_after=chance.choice([None, 5.0, 60.0]))
        if roll < 0.015:
            return BlockedError("a block page")
        if roll < 0.04:
            return TransientError("connection reset")
        if roll < 0.045:
            return item("somebody else")
        return echo(ask)

    return script


@pytest.mark.looptime(noop_cycles=4)  # before each jump of the clock; the default of 42 makes most of the test's time
async def test_a_day_of_service(tmp_path) -> None:
    world = World(tmp_path, [items_of(name, ITEMS) for name in LIMITS], LIMITS, weather(3), overall=OVERALL)
    timer = Timer(world.look, lambda: 900.0, lambda *_: None, lambda *_: None)  # type: ignore[arg-type]
    async with world.pool.running():
        passes = asyncio.get_running_loop().create_task(timer.run())
        await asyncio.sleep(24 * HOUR)
        passes.cancel()
        await asyncio.gather(passes, return_exceptions=True)
    for name, limits in LIMITS.items():
        times = world.sources.sent(name)
        for window in limits.windows:
            assert worst_window(times, window.seconds) <= window.limit, (name, window)
        if limits.min_delay:
            assert min(b - a for a, b in itertools.pairwise(times)) >= limits.min_delay
    everything = sorted(ask.at for ask in world.sources.log)
    for window in OVERALL.windows:
        assert worst_window(everything, window.seconds) <= window.limit
    stored, parked = await world.keys(), {entry.key for entry in await world.queue.parked()}
    assert stored | parked == {f"{name}/{n}.json" for name in LIMITS for n in range(ITEMS)}
    assert len(parked) < 15  # unlucky twice with a lying body, or four times in a row
    assert len(world.sources.log) < 4 * ITEMS * 1.15  # what is stored is not asked for again
