"""One node of the demo's cluster: the service itself, in the demo's time. `python -m tests.cluster_node FOLDER MIRROR`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from adce_async.app import open_parts
from adce_async.cli.common import load_all
from adce_async.cli.options import Globals
from adce_async.demo.config import made_up_account
from adce_async.demo.worlds import DEMO_NOON, WorldClock
from adce_async.model.days import eastern_day
from adce_async.service.loops import Service
from adce_async.supervisor import Stop


async def serve(folder: Path, mirror: str) -> None:
    given = Globals(None, None, None, None, None, None, None)
    given.config_dir, given.inventory_dir, given.state_dir = folder / "config", folder / "inventory", folder / "state"
    given.mirror = mirror
    clock = WorldClock(DEMO_NOON)
    loaded = load_all(given, day=eastern_day(clock.now()), quiet=True)
    stop = Stop(5.0)
    with stop.on_signals():
        async with open_parts(loaded.rules, loaded.resources, loaded.catalog, clock, stop.haste, shared=True) as parts:
            await Service(parts, stop).run()


if __name__ == "__main__":
    with made_up_account():
        asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
