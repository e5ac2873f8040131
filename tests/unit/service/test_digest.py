"""How the day was."""

from __future__ import annotations

import asyncio

from tests.scenario.world import World, items_of, per

from adce_async.service.digest import Digest


async def test_it_counts_what_was_done_since_the_last_one(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(100, 1.0)})
    digest = Digest(world.parts)
    assert "no pass yet" in digest.text()
    await world.fill()
    world.parts.health.trouble("lake", "full")
    lines = digest.text().splitlines()
    assert lines[0] == "attempts since the last digest: 3 stored"
    assert lines[1] == "complete: 100 % of 3 expected; 0 gaps, 0 parked"
    assert lines[-2:] == ["troubles:", "- lake: full"]
    world.parts.health.trouble("lake", "")
    assert digest.text().splitlines()[0] == "attempts since the last digest: none"
    assert digest.text().endswith("no troubles")


async def test_what_was_stored_since_the_last_pass_counts(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(100, 1.0)})
    digest = Digest(world.parts)
    async with digest.feeding():
        await world.parts.reconciler.run()
        async with world.parts.pool.running():
            await world.parts.pool.refresh()
            await world.parts.pool.drained(60.0)
        await asyncio.sleep(1.0)
        assert digest.text().splitlines()[1] == "complete: 100 % of 3 expected; 0 gaps, 0 parked"
