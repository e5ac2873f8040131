"""The cluster in memory: its laws are tested in tests/contract; here is what tests do with it."""

from __future__ import annotations

import asyncio

import pytest

from adce_async.errors import QueueError
from adce_async.testing.cluster_contract import beat
from adce_async.testing.memory_cluster import MemoryCluster, Place


async def test_a_place_that_is_down_can_not_be_asked() -> None:
    place = Place(asyncio.get_running_loop().time, down=True)
    with pytest.raises(QueueError):
        await beat(MemoryCluster(place, "one"))
    place.down = False
    assert (await beat(MemoryCluster(place, "one"), ["ant"])).leads
