"""The history of the coverage, over its adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.history import ClusterCoverageHistory
from adce_async.adapters.coverage_sqlite import SqliteCoverageHistory
from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import CoverageHistory
from adce_async.testing.coverage_history_contract import CoverageHistoryContract
from adce_async.testing.memory_coverage import MemoryCoverageHistory


class TestMemoryCoverageHistory(CoverageHistoryContract):
    @pytest.fixture
    def history(self) -> CoverageHistory:
        return MemoryCoverageHistory()


class TestSqliteCoverageHistory(CoverageHistoryContract):
    @pytest.fixture
    async def history(self, tmp_path: Path) -> AsyncIterator[CoverageHistory]:
        async with SqliteWriter(tmp_path / "adce.db") as writer:
            yield SqliteCoverageHistory(writer)


@pytest.mark.looptime(False)
class TestClusterCoverageHistory(Cluster, CoverageHistoryContract):
    @pytest.fixture
    async def history(self) -> AsyncIterator[CoverageHistory]:
        async with self.database() as database:
            yield ClusterCoverageHistory(database)
