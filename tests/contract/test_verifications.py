"""What is kept of judgements, over its adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.records import ClusterVerifications
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import Verifications
from adce_async.testing.memory_verifications import MemoryVerifications
from adce_async.testing.verifications_contract import VerificationsContract


class TestMemoryVerifications(VerificationsContract):
    @pytest.fixture(autouse=True)
    def _kept(self) -> None:
        self.kept = MemoryVerifications()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Verifications]:
        yield self.kept


class TestSqliteVerifications(VerificationsContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "adce.db"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Verifications]:
        async with SqliteWriter(self.path) as writer:
            yield SqliteVerifications(writer)


@pytest.mark.looptime(False)
class TestClusterVerifications(Cluster, VerificationsContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[Verifications]:
        async with self.database() as database:
            yield ClusterVerifications(database)
