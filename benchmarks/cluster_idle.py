"""What a node of a cluster costs that has nothing to do, beside one process alone: CPU, memory, transactions."""

from __future__ import annotations

import asyncio
import statistics
import time

import psycopg
from tests import postgres_server
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from benchmarks.harness import Figure, SkippedError, configure, folder, own_mb, say, serving
from benchmarks.idle import ITEMS, cpu_now, service, wait, wait_for_complete

BOUND = "a node at rest: what it costs more than one process alone"
LEASE = 10.0


def transactions(dsn: str) -> tuple[int, int]:
    """Those that the server has committed so far, and what it has read and written for them: rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        row = connection.execute(
            "SELECT xact_commit, tup_returned + tup_inserted + tup_updated + tup_deleted FROM pg_stat_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def migrate(server: PostgresServer) -> None:
    """Make the schema."""
    async with ClusterDatabase(server.dsn, migrate=True):
        pass


def rest(server: PostgresServer | None, seconds: float) -> dict[str, float]:
    """Fill a lake, then look for `seconds`; `server`: as a node of a cluster there."""
    cluster = {"enabled": True, "node": "one", "lease_seconds": LEASE, "dsn": server.dsn} if server else {}
    with folder() as root, serving("-m", "benchmarks.audit_server", "{}") as url:
        configure(root, {"ant": ITEMS}, cluster=cluster)
        with service(root, url) as process:
            wait_for_complete(process)
            wait(5.0)
            before = transactions(server.dsn) if server else (0, 0)
            cpu, began = cpu_now(process.pid), time.monotonic()
            wait(seconds)
            took = time.monotonic() - began
            used = (cpu_now(process.pid) - cpu) / took
            after = transactions(server.dsn) if server else (0, 0)
            memory = own_mb(process.pid)
            process.terminate()  # its name is free for the next one
            process.wait(30)
            return {
                "core": 100 * used, "mb": memory, "transactions": (after[0] - before[0]) / took,
                "rows": (after[1] - before[1]) / took,
            }  # fmt: skip


def run(*, quick: bool = False) -> list[Figure]:
    """Medians of the rounds."""
    if postgres_server.programs() is None:
        raise SkippedError("no PostgreSQL server: `make setup` installs one where it may")
    rounds, seconds = (1, 5.0) if quick else (3, 30.0)
    alone = [rest(None, seconds) for _ in range(rounds)]
    with postgres_server.running() as server:
        asyncio.run(migrate(server))
        node = [rest(server, seconds) for _ in range(rounds)]
    say(f"alone: {alone}; node: {node}")
    core, mb, words, rows = (statistics.median(one[name] for one in node) for name in node[0])
    core_alone, mb_alone = (statistics.median(one[name] for one in alone) for name in ("core", "mb"))
    return [
        Figure("CPU of a core", core, "%", "one process alone", core_alone, note="median"),
        Figure("memory that no other process shares", mb, "MB", "one process alone", mb_alone, note="median"),
        Figure("transactions", words, "/s", "bound", 2.0, at_most=1.0, note="median"),
        Figure("rows read and written", rows, "/s", "bound", 1000.0, note="median"),
    ]
