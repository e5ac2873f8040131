"""What the small stores promise, over their adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.history import ClusterHistory
from adce_async.adapters.cluster.records import ClusterDiscoveries, ClusterState
from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import DiscoveryCache, History, StateStore
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryState
from adce_async.testing.state_contract import DiscoveryCacheContract, HistoryContract, StateStoreContract


class Database:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "adce.db"


class TestMemoryDiscoveries(DiscoveryCacheContract):
    @pytest.fixture(autouse=True)
    def _kept(self) -> None:
        self.kept = MemoryDiscoveries()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DiscoveryCache]:
        yield self.kept


class TestSqliteDiscoveries(Database, DiscoveryCacheContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[DiscoveryCache]:
        async with SqliteWriter(self.path) as writer:
            yield SqliteDiscoveries(writer)


class TestMemoryState(StateStoreContract):
    @pytest.fixture(autouse=True)
    def _kept(self) -> None:
        self.kept = MemoryState()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[StateStore]:
        yield self.kept


class TestSqliteState(Database, StateStoreContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[StateStore]:
        async with SqliteWriter(self.path) as writer:
            yield SqliteState(writer)


class TestMemoryHistory(HistoryContract):
    @pytest.fixture(autouse=True)
    def _kept(self) -> None:
        self.kept = MemoryHistory()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[History]:
        yield self.kept


class TestSqliteHistory(Database, HistoryContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[History]:
        async with SqliteWriter(self.path) as writer:
            yield SqliteHistory(writer)


@pytest.mark.looptime(False)
class TestClusterDiscoveries(Cluster, DiscoveryCacheContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[DiscoveryCache]:
        async with self.database() as database:
            yield ClusterDiscoveries(database)


@pytest.mark.looptime(False)
class TestClusterState(Cluster, StateStoreContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[StateStore]:
        async with self.database() as database:
            yield ClusterState(database)


@pytest.mark.looptime(False)
class TestClusterHistory(Cluster, HistoryContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[History]:
        async with self.database() as database:
            yield ClusterHistory(database)
