"""A day of service with faults, in virtual time; `python -m tests.scenario.day DAYS` prints what it takes by the wall."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

import looptime
import structlog
from tests.scenario.world import World, echo, item, items_of

from adce_async.engine.reconciling.triggers import Timer
from adce_async.errors import BlockedError, TransientError, UnreachableError
from adce_async.model.limits import Limits, Window

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


def world_in(folder: Path) -> World:
    return World(folder, [items_of(name, ITEMS) for name in LIMITS], LIMITS, weather(3), overall=OVERALL)


async def live(world: World, days: float) -> list[float]:
    """As the service does: a pass each quarter of an hour, and the pool at work. When each pass began (loop time)."""
    passes: list[float] = []

    async def look() -> None:
        passes.append(asyncio.get_running_loop().time())
        await world.look()

    timer = Timer(look, lambda: 900.0, lambda *_: None, lambda *_: None)
    async with world.pool.running():
        looking = asyncio.get_running_loop().create_task(timer.run())
        await asyncio.sleep(days * 24 * HOUR)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return passes


async def timed(days: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        world = world_in(Path(folder))
        await live(world, days)
        return {
            "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "stored": len(await world.keys()),
            "of": len(LIMITS) * ITEMS,
        }  # fmt: skip


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with asyncio.Runner(loop_factory=lambda: looptime.new_event_loop(noop_cycles=0)) as runner:
        sys.stdout.write(json.dumps(runner.run(timed(float(sys.argv[1])))) + "\n")
