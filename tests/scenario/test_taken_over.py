"""What one machine has learnt of a source is known to the one that takes it over: it does not ask anew what refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.scenario.world import World, echo, items_of, per

from adce_async.engine.cluster.membership import Membership
from adce_async.errors import BlockedError, QueueError, RefusedError, ScrapeError, UnreachableError
from adce_async.service.cluster_node import join
from adce_async.testing.memory_cluster import MemoryCluster, Place
from adce_async.testing.memory_queue import MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore

LEASE = 10.0
LIMITS = {"ant": per(120, 60.0, burst=20)}


class Cut(MemoryCluster):
    """A machine whose cable can be pulled."""

    pulled = False

    def _up(self) -> Place:
        if self.pulled:
            raise QueueError("the database is away")
        return super()._up()


class Machines:
    """`answer`: what the source says to everything; None: what is right."""

    def __init__(self, folder: Path) -> None:
        self.answer: ScrapeError | None = None
        self._folder = folder
        self._place = Place(asyncio.get_running_loop().time, needs={"ant": 40})
        self._common = {"queue": MemoryQueue(), "store": MemoryStore(), "state": MemoryState()}
        self.cables: dict[str, Cut] = {}

    @contextlib.asynccontextmanager
    async def machine(self, name: str) -> AsyncIterator[World]:
        time = asyncio.get_running_loop().time
        self.cables[name] = Cut(self._place, name)
        node = Membership(self.cables[name], name, LEASE, time=time, awake=time)
        world = World(
            self._folder, [items_of("ant", 40)], LIMITS, lambda ask: self.answer or echo(ask), node=node,
            **self._common,  # type: ignore[arg-type]
        )  # fmt: skip
        join(world.parts, lambda: None)
        await world.parts.restore()
        async with node.running():
            await world.look()
            async with world.pool.running():
                yield world


@pytest.fixture
async def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


async def asked_by_the_second(machines: Machines, answer: ScrapeError) -> tuple[World, World, int]:
    """The source answers so; the first machine is cut off; how often the second has asked within a minute of it."""
    machines.answer = answer
    async with machines.machine("one") as one, machines.machine("two") as two:
        await asyncio.sleep(20)
        assert one.sources.log
        assert not two.sources.log
        machines.cables["one"].pulled = True
        await asyncio.sleep(LEASE)
        before = len(one.sources.log)
        await asyncio.sleep(60)
        assert two.parts.ports.membership is not None
        assert two.parts.ports.membership.owns("ant")
        assert len(one.sources.log) == before
        asked = len(two.sources.log)
        machines.answer = None
        await asyncio.sleep(900)
        assert len(await two.keys()) == 40
    return one, two, asked


async def test_an_open_breaker_goes_with_its_source(machines: Machines) -> None:
    one, _, asked = await asked_by_the_second(machines, UnreachableError("no connection to ant.test"))
    assert 5 <= len(one.sources.log) <= 10
    assert asked <= 2  # the probes that the first one would have sent


async def test_a_doubt_goes_with_its_source(machines: Machines) -> None:
    _, two, asked = await asked_by_the_second(machines, RefusedError("sorry"))
    assert 1 <= asked <= 6  # one at a time, at growing intervals: not five keys, to learn it again
    assert not await two.queue.parked()


async def test_a_cool_down_goes_with_its_source(machines: Machines) -> None:
    one, _, asked = await asked_by_the_second(machines, BlockedError("HTTP 429", retry_after=300.0))
    assert len(one.sources.log) <= 5
    assert asked == 0
