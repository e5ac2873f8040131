"""What a machine that shares its work has open beside, or instead of, what `resources` opens.

Nothing of PostgreSQL is imported before it is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from adce_async.adapters.grant_journal import FileGrantJournal, read_grants
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.clock import SyncedClock, SystemClock, awake
from adce_async.cluster_ports import Cluster
from adce_async.engine.cluster.membership import Membership, most_idle
from adce_async.errors import FixMeError
from adce_async.model.cluster import ClusterView
from adce_async.policies import ResourceRules
from adce_async.ports import Clock

if TYPE_CHECKING:
    from adce_async.adapters.cluster.database import ClusterDatabase
    from adce_async.adapters.cluster.opened import Opened


def require_alone(resources: ResourceRules) -> None:
    """Raises FixMeError in a cluster: its sources are asked by whoever owns them, and by nobody beside."""
    if resources.cluster.enabled:
        raise FixMeError("cluster.enabled: this command works on its own; in a cluster let `adce run` do it")


def node_name(resources: ResourceRules) -> str:
    """Of this machine, in a cluster."""
    return resources.cluster.node or socket.gethostname().split(".")[0] or "node"


def node_clock(resources: ResourceRules) -> Clock:
    """The machine's own; in a cluster all machines go by that of the database, whatever theirs say."""
    return SyncedClock(asyncio.get_running_loop().time) if resources.cluster.enabled else SystemClock()


def make_membership(resources: ResourceRules, cluster: Cluster | None, clock: Clock) -> Membership | None:
    """What this machine is in the cluster; None in one process. `clock`: follows the database's if it can."""
    if cluster is None:
        return None
    return Membership(
        cluster, node_name(resources), resources.cluster.lease_seconds,
        time=asyncio.get_running_loop().time, awake=awake,
        sync=clock.sync if isinstance(clock, SyncedClock) else lambda _now: None,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def open_node(resources: ResourceRules, *, exclusive: bool) -> AsyncIterator[Opened]:
    """The ports of a node; `exclusive`: of the process that works. Raises FixMeError, QueueError."""
    dsn = _dsn(resources)
    await _imported()
    from adce_async.adapters.cluster.opened import open_cluster  # noqa: PLC0415

    place = f"{socket.gethostname()}:{resources.paths.state_db.parent.absolute()}"
    idle = most_idle(resources.cluster.lease_seconds)
    async with open_cluster(
        dsn, node_name(resources), place, resources.cluster.connections, works=exclusive, idle=idle
    ) as opened:
        yield opened


async def migrate_cluster(resources: ResourceRules) -> str:
    """Make or upgrade the schema; what was done, in words. Raises FixMeError, QueueError."""
    async with _database(resources, migrate=True) as database:
        ((version,),) = await database.rows("SELECT version FROM schema_version")
        return f"PostgreSQL at {database.shown} has the schema {database.schema} in version {version}"


async def cluster_view(resources: ResourceRules) -> ClusterView:
    """Who does what. Raises FixMeError, QueueError."""
    await _imported()
    from adce_async.adapters.cluster.leases import Leases  # noqa: PLC0415

    async with _database(resources) as database:
        return await Leases(database, "", "").view()


async def import_into_cluster(resources: ResourceRules, clock: Clock) -> Mapping[str, int]:
    """The state of this machine into the cluster; rows by table. Raises FixMeError, QueueError."""
    await _imported()
    from adce_async.adapters.cluster.moving import bring_in  # noqa: PLC0415

    path = resources.paths.state_db
    if not path.exists():
        raise FixMeError(f"{path}: is not there; name the folder of the state with --state-dir")
    with _lock(resources, clock):
        sent = read_grants(resources.paths.journal)
        sent.pop("_global", None)
        async with _database(resources) as database, SqliteWriter(path, clock=clock) as writer, SqliteQueue(writer):
            return await bring_in(writer, database, sent)


async def export_cluster(resources: ResourceRules, clock: Clock) -> Mapping[str, int]:
    """The state of the cluster onto this machine; rows by table. Raises FixMeError, QueueError."""
    await _imported()
    from adce_async.adapters.cluster.moving import sent_to, take_out  # noqa: PLC0415

    path = resources.paths.state_db
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(resources, clock):
        async with _database(resources) as database, SqliteWriter(path, clock=clock) as writer:
            counts = await take_out(database, writer)
            sent = await sent_to(database)
        with contextlib.closing(FileGrantJournal(resources.paths.journal)) as journal:
            for source, times in sent.items():
                journal.adopt(source, times)
                journal.adopt("_global", times)
        return {**counts, "sent": sum(map(len, sent.values()))}


def _lock(resources: ResourceRules, clock: Clock) -> InstanceLock:
    folder = resources.paths.state_db.parent
    return InstanceLock(resources.paths.state_lock, what=f"the state in {folder}", option="--state-dir", clock=clock)


def _dsn(resources: ResourceRules) -> str:
    dsn = resources.cluster.dsn
    if dsn is None:
        raise FixMeError("cluster.dsn: none is configured; expected postgresql://HOST/DATABASE?user=NAME")
    return dsn


@contextlib.asynccontextmanager
async def _database(resources: ResourceRules, *, migrate: bool = False) -> AsyncIterator[ClusterDatabase]:
    await _imported()
    from adce_async.adapters.cluster.database import ClusterDatabase  # noqa: PLC0415

    async with ClusterDatabase(_dsn(resources), connections=2, migrate=migrate) as database:
        yield database


async def _imported() -> None:
    """Raises FixMeError where the extra is not installed."""
    try:
        await asyncio.to_thread(importlib.import_module, "adce_async.adapters.cluster.opened")
    except ImportError as error:
        raise FixMeError(f"cluster: {error}; install the extra: pip install 'adce_async[cluster]'") from error
