"""Durable no-op tasks through PostgreSQL at one, two and four workers, beside bare procrastinate and SQLite."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import procrastinate
from tests import postgres_server
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import Outcome, Verdict
from adce_async.ports import TaskQueue
from adce_async.testing.example_tasks import task
from benchmarks.harness import Figure, SkippedError, say

BOUND = "over 300 durable no-op tasks a second a worker, over 0.8 of bare procrastinate"
TOGETHER = 5
"""Tasks that a node claims and settles at once: one of each slot."""


async def drain(queue: TaskQueue, keys: Sequence[str]) -> None:
    """Claim and settle all of `keys`, each step durable."""
    for start in range(0, len(keys), TOGETHER):
        claims = await queue.claim(keys[start : start + TOGETHER], now=time.time(), until=time.time() + 60)
        await queue.settle([Outcome(claim.task.key, Verdict.STORED, token=claim.token) for claim in claims])


async def ours(server: PostgresServer, workers: int, tasks: int) -> float:
    """Tasks a second, of all workers together; each has its own sources, as in a cluster."""
    schema = server.new_schema()
    async with (
        ClusterDatabase(server.dsn, schema=schema, connections=workers + 1, migrate=True) as database,
        ClusterQueue(database, node="bench") as queue,
    ):
        shares = [[f"w{worker}-{number}" for number in range(tasks)] for worker in range(workers)]
        await queue.replace([task(key) for share in shares for key in share])
        began = time.perf_counter()
        await asyncio.gather(*(drain(queue, share) for share in shares))
        took = time.perf_counter() - began
        assert (await queue.counts()).queued == 0
    return workers * tasks / took


async def sqlite(tasks: int) -> float:
    """The same on one machine."""
    with tempfile.TemporaryDirectory(prefix="adce-bench-") as folder:
        async with SqliteWriter(Path(folder) / "adce.db") as writer, SqliteQueue(writer) as queue:
            keys = [str(number) for number in range(tasks)]
            await queue.replace([task(key) for key in keys])
            began = time.perf_counter()
            await drain(queue, keys)
            return tasks / (time.perf_counter() - began)


async def bare(server: PostgresServer, workers: int, tasks: int) -> float:
    """procrastinate's own workers, each with five slots, and jobs that do nothing."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=server.new_database()))
    done = 0

    @app.task(name="nothing")
    async def nothing() -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({} for _ in range(workers * tasks)))
        began = time.perf_counter()
        await asyncio.gather(
            *(
                app.run_worker_async(
                    wait=False, concurrency=TOGETHER, install_signal_handlers=False, listen_notify=False
                )
                for _ in range(workers)
            )
        )
        took = time.perf_counter() - began
    assert done == workers * tasks, done
    return workers * tasks / took


async def measure(server: PostgresServer, workers: int, tasks: int, rounds: int) -> tuple[float, float]:
    """Medians of ours and of theirs, alternating."""
    both = [(await ours(server, workers, tasks), await bare(server, workers, tasks)) for _ in range(rounds)]
    return statistics.median(one for one, _ in both), statistics.median(other for _, other in both)


def run(*, quick: bool = False) -> list[Figure]:
    """Alternate with the peer."""
    if postgres_server.programs() is None:
        raise SkippedError("no PostgreSQL server: `make setup` installs one where it may")
    tasks, rounds = (200, 1) if quick else (1500, 3)
    figures = []
    with postgres_server.running() as server:
        for workers in (1, 2, 4):
            mine, theirs = asyncio.run(measure(server, workers, tasks, rounds))
            say(f"{workers} workers: {mine:.0f} and {theirs:.0f} a second")
            if workers == 1:
                figures.append(
                    Figure("durable tasks, one worker", mine, "/s", "bound", 300, at_least=1.0, note="median")
                )
            figures.append(
                Figure(
                    f"durable tasks, {workers} workers",
                    mine,
                    "/s",
                    "bare procrastinate",
                    theirs,
                    at_least=0.8,
                    note="median",
                )
            )
    alone = statistics.median(asyncio.run(sqlite(tasks)) for _ in range(rounds))
    figures.append(Figure("the same in SQLite, one machine", alone, "/s", "one worker on PostgreSQL", figures[0].value))
    return figures
