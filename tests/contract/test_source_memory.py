"""What one process has learnt of a source is known to the next that asks it, over each store of small texts."""

from __future__ import annotations

import abc
import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.cluster import Cluster
from tests.unit.engine.judged import Wall, limiter

from adce_async.adapters.cluster.opened import OWN_TEXTS
from adce_async.adapters.cluster.records import ClusterState, NodeTexts
from adce_async.adapters.state_sqlite import SqliteState
from adce_async.adapters.writer import SqliteWriter
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.source_memory import all_memories
from adce_async.errors import RefusedError
from adce_async.model.task import Outcome, Verdict
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane, Lanes
from adce_async.planning.outage import FEW
from adce_async.ports import StateStore
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryState


async def _refuses(_scraper: str) -> bool:
    return False


class Machine:
    """The parts that learn, of a machine that owns `ant`."""

    def __init__(self, texts: StateStore) -> None:
        clock = Wall()
        self.limiter = limiter((60, 60), cooldown_initial=30)
        self.lane = Lane("ant", self.limiter, Breaker(1, 60.0), asyncio.get_running_loop().time)
        self.doubts = Doubts({"ant_items": "ant"}, clock, _refuses, texts)
        lanes = Lanes({"ant": self.lane})
        self.memories = all_memories({"ant": self.limiter}, lanes, self.doubts, texts, clock, lambda _source: True)

    async def learns(self) -> None:
        for number in range(FEW):
            key = "k" + "abcdefgh"[number]
            parked = Outcome(key, Verdict.PARKED, at=Wall().now())
            await self.doubts.judge([task(key, scraper="ant_items")], {key: RefusedError("no")}, b"sorry", [parked])
        self.limiter.throttled(600.0, "HTTP 429")
        self.lane.breaker.on_failure(asyncio.get_running_loop().time())
        for memory in self.memories:
            await memory.keep()

    async def takes_over(self) -> None:
        for memory in self.memories:
            await memory.restore(["ant"])


class SourceMemoryContract(abc.ABC):
    @abc.abstractmethod
    def open(self, machine: str) -> AbstractAsyncContextManager[StateStore]:
        """The texts as `machine` sees them."""

    async def test_who_takes_a_source_over_knows_what_it_has_taught(self) -> None:
        async with self.open("one") as texts:
            await Machine(texts).learns()
        async with self.open("two") as texts:
            two = Machine(texts)
            assert (two.limiter.cooling(), two.lane.breaker.state, two.doubts.trouble("ant")) == ("", "closed", "")
            await two.takes_over()
            assert "HTTP 429" in two.limiter.cooling()
            assert two.lane.breaker.state == "open"
            assert 0 < two.lane.wait() < math.inf
            assert "refused alike" in two.doubts.trouble("ant")


class TestMemory(SourceMemoryContract):
    @pytest.fixture(autouse=True)
    def _kept(self) -> None:
        self.kept = MemoryState()

    @asynccontextmanager
    async def open(self, machine: str) -> AsyncIterator[StateStore]:
        yield self.kept


class TestSqlite(SourceMemoryContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "adce.db"

    @asynccontextmanager
    async def open(self, machine: str) -> AsyncIterator[StateStore]:
        async with SqliteWriter(self.path) as writer:
            yield SqliteState(writer)


@pytest.mark.looptime(False)
class TestPostgres(Cluster, SourceMemoryContract):
    @asynccontextmanager
    async def open(self, machine: str) -> AsyncIterator[StateStore]:
        async with self.database() as database:
            yield NodeTexts(ClusterState(database), machine, OWN_TEXTS)
