"""Durable no-op tasks through PostgreSQL at one, two and four workers, beside bare procrastinate and SQLite.

Each worker is a process of its own. They begin together, and each step of each is durable on the server.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
from procrastinate.tasks import Task
from tests import postgres_server
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import Outcome, Verdict
from adce_async.ports import TaskQueue
from adce_async.testing.example_tasks import task
from benchmarks.harness import Figure, SkippedError, child, reaped_cpu_seconds, say

BOUND = "over 300 durable no-op tasks a second a worker with a core to itself, over 0.8 of bare procrastinate"
TOGETHER = 5
"""Tasks that a node claims and settles at once: one of each slot."""
BARRIER = 4711
CORES = 2
"""Of a machine on which the database has one, and the workers share the other."""


async def drain(queue: TaskQueue, keys: Sequence[str]) -> None:
    """Claim and settle all of `keys`, each step durable."""
    for start in range(0, len(keys), TOGETHER):
        claims = await queue.claim(keys[start : start + TOGETHER], now=time.time(), until=time.time() + 60)
        await queue.settle([Outcome(claim.task.key, Verdict.STORED, token=claim.token) for claim in claims])


def keys_of(worker: int, tasks: int) -> list[str]:
    """Each worker has its own, as the owner of a source has."""
    return [f"w{worker}-{number}" for number in range(tasks)]


# -- in the processes of the workers -----------------------------------------------------------------------------------


async def begun(dsn: str) -> tuple[float, float]:
    """Wait for the others; the time, and the CPU that this process has used."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SELECT pg_advisory_lock_shared(%s)", (BARRIER,))
    return time.monotonic(), time.process_time()


async def our_worker(dsn: str, schema: str, worker: int, tasks: int) -> list[float]:
    """(For `child`.) When it began and ended, and the CPU seconds between."""
    async with (
        ClusterDatabase(dsn, schema=schema, connections=2) as database,
        ClusterQueue(database, node=f"w{worker}") as queue,
    ):
        began, cpu = await begun(dsn)
        await drain(queue, keys_of(worker, tasks))
        return [began, time.monotonic(), time.process_time() - cpu]


def jobs(dsn: str) -> tuple[procrastinate.App, Task[[], Coroutine[Any, Any, None], []]]:
    """procrastinate with one task that does nothing."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn))

    @app.task(name="nothing")
    async def nothing() -> None:
        pass

    return app, nothing


async def bare_worker(dsn: str) -> list[float]:
    """(For `child`.) procrastinate's own worker, with as many slots."""
    app, _ = jobs(dsn)
    async with app.open_async():
        began, cpu = await begun(dsn)
        await app.run_worker_async(
            wait=False, concurrency=TOGETHER, install_signal_handlers=False, listen_notify=False
        )  # fmt: skip
        return [began, time.monotonic(), time.process_time() - cpu]


# -- in ours -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """Tasks a second of all workers together, and the CPU milliseconds that each has cost there and in the database."""

    rate: float
    worker_ms: float
    database_ms: float


def together(server: PostgresServer, dsn: str, tasks: int, calls: Sequence[Callable[[], list[float]]]) -> Run:
    """All workers, which begin when the last one is ready."""
    database = reaped_cpu_seconds(server.pid)
    with psycopg.connect(dsn, autocommit=True) as connection, ThreadPoolExecutor(len(calls)) as threads:
        connection.execute("SELECT pg_advisory_lock(%s)", (BARRIER,))
        running = [threads.submit(call) for call in calls]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        while connection.execute(waiting, (BARRIER,)).fetchone() != (len(calls),):
            if any(one.done() for one in running):
                break  # its error is raised below
            threading.Event().wait(0.02)
        connection.execute("SELECT pg_advisory_unlock(%s)", (BARRIER,))
        seen = [one.result() for one in running]
    took = max(ended for _, ended, _ in seen) - min(began for began, _, _ in seen)
    worker = sum(cpu for _, _, cpu in seen)
    database = reaped_cpu_seconds(server.pid) - database
    return Run(tasks / took, 1000 * worker / tasks, 1000 * database / tasks)


def ours(server: PostgresServer, workers: int, tasks: int) -> Run:
    """Ours; each worker has `tasks`."""
    schema = server.new_schema()

    async def fill() -> None:
        async with (
            ClusterDatabase(server.dsn, schema=schema, migrate=True) as database,
            ClusterQueue(database) as queue,
        ):
            await queue.replace([task(key) for worker in range(workers) for key in keys_of(worker, tasks)])

    asyncio.run(fill())
    calls = [lambda worker=worker: child(our_worker, server.dsn, schema, worker, tasks) for worker in range(workers)]
    return together(server, server.dsn, workers * tasks, calls)


def bare(server: PostgresServer, workers: int, tasks: int) -> Run:
    """The same number of jobs in procrastinate's own queue."""
    dsn = server.new_database()

    async def fill() -> None:
        app, nothing = jobs(dsn)
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            await nothing.batch_defer_async(*({} for _ in range(workers * tasks)))

    asyncio.run(fill())
    return together(server, dsn, workers * tasks, [lambda: child(bare_worker, dsn)] * workers)


async def sqlite(tasks: int) -> float:
    """The same on one machine."""
    with tempfile.TemporaryDirectory(prefix="adce-bench-") as folder:
        async with SqliteWriter(Path(folder) / "adce.db") as writer, SqliteQueue(writer) as queue:
            keys = [str(number) for number in range(tasks)]
            await queue.replace([task(key) for key in keys])
            began = time.perf_counter()
            await drain(queue, keys)
            return tasks / (time.perf_counter() - began)


def median(runs: Sequence[Run]) -> Run:
    """Of each figure."""
    return Run(
        statistics.median(run.rate for run in runs),
        statistics.median(run.worker_ms for run in runs),
        statistics.median(run.database_ms for run in runs),
    )


def run(*, quick: bool = False) -> list[Figure]:
    """Alternate with the peer."""
    if postgres_server.programs() is None:
        raise SkippedError("no PostgreSQL server: `make setup` installs one where it may")
    tasks, rounds = (200, 1) if quick else (1500, 3)
    figures = []
    with postgres_server.running() as server:
        for workers in (1, 2, 4):
            both = [(ours(server, workers, tasks), bare(server, workers, tasks)) for _ in range(rounds)]
            mine, theirs = median([one for one, _ in both]), median([other for _, other in both])
            cost = mine.worker_ms + mine.database_ms
            say(
                f"{workers} workers: {mine.rate:.0f} and {theirs.rate:.0f} a second; a task takes "
                f"{mine.worker_ms:.2f} ms "
                f"of CPU in the worker and {mine.database_ms:.2f} ms in the database: {CORES} cores are enough for "
                f"{1000 * CORES / cost:.0f} a second"
            )
            if workers == 1:
                figures.append(
                    Figure("durable tasks, one worker", mine.rate, "/s", "bound", 300, at_least=1.0, note="median")
                )
            figures.append(
                Figure(
                    f"durable tasks, {workers} workers", mine.rate, "/s", "bare procrastinate", theirs.rate,
                    at_least=0.8, note="median",
                )
            )  # fmt: skip
            figures.append(
                Figure(f"CPU of a task, {workers} workers", cost, "ms", "bare procrastinate",
                       theirs.worker_ms + theirs.database_ms, note="median")
            )  # fmt: skip
    alone = statistics.median(asyncio.run(sqlite(tasks)) for _ in range(rounds))
    figures.append(Figure("the same in SQLite, one machine", alone, "/s", "one worker on PostgreSQL", figures[0].value))
    return figures
