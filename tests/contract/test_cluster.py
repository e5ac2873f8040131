"""The laws of a cluster over its adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.cluster import Cluster

from adce_async.adapters.cluster.leases import Leases
from adce_async.testing.cluster_contract import ClusterContract, Nodes
from adce_async.testing.memory_cluster import MemoryCluster, Place


class TestMemoryCluster(ClusterContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[Nodes]:
        place = Place(asyncio.get_running_loop().time)
        yield lambda name: MemoryCluster(place, name)

    async def elapse(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.mark.looptime(False)
class TestPostgresCluster(Cluster, ClusterContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[Nodes]:
        async with self.database() as self.opened:
            yield lambda name: Leases(self.opened, name, f"/{name}")

    async def elapse(self, seconds: float) -> None:
        """As if all had happened earlier."""
        for table, column in (
            ("node", "expires_at"), ("source_lease", "expires_at"), ("source_lease", "moved_at"),
            ("leader", "expires_at"), ("sent", "at"),
        ):  # fmt: skip
            await self.opened.execute(f"UPDATE {table} SET {column} = {column} - %s WHERE {column} > 0", (seconds,))
