"""All that a node has of the database of its cluster, opened together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from adce_async.adapters.cluster.database import IDLE_SECONDS, ClusterDatabase
from adce_async.adapters.cluster.history import ClusterCoverageHistory, ClusterHistory
from adce_async.adapters.cluster.leases import Leases
from adce_async.adapters.cluster.records import ClusterDiscoveries, ClusterState, ClusterVerifications, NodeTexts
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.ports import StateStore

OWN_TEXTS = ("storage last tried", "alerts told", "guardrails", "guardrails asked", "gaps.json sha256 of the node")
"""What each node remembers for itself."""


@dataclass(slots=True)
class Opened:
    """The ports of a node."""

    database: ClusterDatabase
    queue: ClusterQueue
    discoveries: ClusterDiscoveries
    verifications: ClusterVerifications
    texts: StateStore
    history: ClusterHistory
    coverage: ClusterCoverageHistory
    leases: Leases


@contextlib.asynccontextmanager
async def open_cluster(
    dsn: str,
    node: str,
    place: str,
    connections: int = 4,
    *,
    works: bool = True,
    schema: str = "adce",
    idle: float = IDLE_SECONDS,
) -> AsyncIterator[Opened]:
    """`works`: it is the process of `node` that does its work, not one that looks. `place`: of its state.

    `idle`: of `ClusterDatabase`.

    Raises FixMeError, QueueError.
    """
    async with ClusterDatabase(dsn, schema=schema, connections=connections, idle=idle) as database:
        leases = Leases(database, node, place)
        if works:
            await leases.require_name()
        async with ClusterQueue(
            database, node=node if works else None, session=leases.session if works else None
        ) as queue:
            yield Opened(
                database, queue, ClusterDiscoveries(database), ClusterVerifications(database),
                NodeTexts(ClusterState(database), node, OWN_TEXTS), ClusterHistory(database),
                ClusterCoverageHistory(database), leases,
            )  # fmt: skip
