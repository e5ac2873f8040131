"""Never more than the whole in any window over all machines, whatever happens to them and to their database."""

from __future__ import annotations

import asyncio
import random

import pytest
from tests.scenario.cluster_world import OVERALL, World

SEEDS = 10
FAULTS = 40
CALM_SECONDS = 150.0


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_no_window_is_exceeded_by_all_together(seed: int) -> None:
    chance = random.Random(seed)
    world = World(chance, ["one", "two", "three"][: chance.choice([2, 3, 3])])
    async with world.running():
        for _ in range(FAULTS):
            await world.one_fault()
            assert world.violations() == [], world.story
        await asyncio.sleep(CALM_SECONDS)
        assert world.violations() == [], world.story
        # and it does go on, with parts by the need that was last seen
        assert world.sent_since(world.time() - 60.0) > OVERALL.windows[1].limit / 4, world.story
