"""Tasks a second through pool and durable queue, with scrapers that do nothing, or only store a small body."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.state_sqlite import SqliteDiscoveries
from adce_async.adapters.store_local import LocalStore
from adce_async.adapters.writer import SqliteWriter
from adce_async.clock import SystemClock
from adce_async.engine.collecting.attempt import AttemptPolicy, Attempts, Result
from adce_async.engine.collecting.context import Means, Recent
from adce_async.engine.dispatching.breaker import Breaker
from adce_async.engine.dispatching.lanes import Lane, Lanes
from adce_async.engine.dispatching.pool import PoolRules, WorkerPool
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.limits import Limits
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.scraping.base import Page, ScrapeContext, Scraper, Want
from benchmarks.harness import Figure, child, folder, say

BOUND = (
    "5,000 tasks a second of one core with a no-op scraper; beside it a Python process a task, as the predecessor did"
)
SIZE = 5
_BODY = b'{"id":"1","rows":[1]}'


class NoOp(Attempts):
    """Says at once that everything is stored."""

    async def run(self, tasks: Sequence[Task]) -> Result:
        now = self._means.clock.now()
        return Result([Outcome(task.key, Verdict.STORED, at=now) for task in tasks], True)


class Constant(Scraper):
    """Saves the same small page for each task."""

    async def scrape(self, task: Task, ctx: ScrapeContext) -> None:
        await ctx.save(Page("https://ant.test/", _BODY))

    def check(self, page: Page, want: Want) -> None:
        """Nothing to check."""


def make_tasks(count: int, sources: Sequence[str] = ("ant",)) -> list[Task]:
    """Tasks of different ages and priorities."""
    return [
        Task(
            f"{source}/{number}.json", source, "constant", "items", None, {"id": str(number)}, GapKind.MISSING,
            list(Priority)[number % 4],
            1.7e9 + number % 1000, 0.0, fingerprint="f",
        )
        for number in range(count)
        for source in (sources[number % len(sources)],)
    ]  # fmt: skip


@contextlib.asynccontextmanager
async def pool_at(root: Path, attempts_type: type[Attempts]) -> AsyncIterator[tuple[WorkerPool, SqliteQueue]]:
    """Pool, queue and lake as `app` wires them, without HTTP and without limits."""
    clock, loop = SystemClock(), asyncio.get_running_loop()
    limiters = {"ant": RateLimiter("ant", Limits(), clock, RateLimiter("_global", Limits(), clock))}
    async with (
        LocalStore(root / "lake", clock=clock) as store,
        SqliteWriter(root / "adce.db", clock=clock) as writer,
        SqliteQueue(writer) as queue,
    ):
        means = Means(
            fetcher=None,  # type: ignore[arg-type]  # no scraper here fetches
            throttles=limiters,
            store=store,
            discoveries=SqliteDiscoveries(writer),
            verifications=None,
            recent=Recent(),
            clock=clock,
            min_bytes={},
        )
        scraper = Constant("constant", "ant", "https://ant.test/")
        attempts = attempts_type(scrapers={scraper.name: scraper}, means=means, policy=AttemptPolicy())
        pool = WorkerPool(
            rules=PoolRules(size=SIZE),
            queue=queue,
            store=store,
            history=SqliteHistory(writer),
            attempts=attempts,
            lanes=Lanes({name: Lane(name, each, Breaker(), loop.time) for name, each in limiters.items()}),
            clock=clock,
        )
        for limiter in limiters.values():
            limiter.on_change = pool.poke
        yield pool, queue


async def work(kind: str, queued: int, most: int) -> dict[str, float]:
    """Work on `queued` tasks until `most` are done: tasks a second by wall clock, and of CPU time of all threads."""
    with folder(in_memory=kind == "store") as root:  # the queue is on a real disk; the lake in memory
        async with pool_at(root, {"no-op": NoOp, "store": Attempts}[kind]) as (pool, queue):
            await queue.replace(make_tasks(queued))
            enough = asyncio.Event()
            done = 0

            def count(_task: Task, _outcome: Outcome) -> None:
                nonlocal done
                done += 1
                if done >= most:
                    enough.set()

            pool.on_outcome = count
            await pool.refresh()
            wall, cpu = time.perf_counter(), time.process_time()
            async with pool.running():
                await enough.wait()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            return {"per_second": done / wall, "per_cpu_second": done / cpu}


def processes_a_second(count: int) -> float:
    """How many Python processes that do nothing this machine starts in a second, one after the other."""
    began = time.perf_counter()
    for _ in range(count):
        subprocess.run([sys.executable, "-c", ""], check=True)
    return count / (time.perf_counter() - began)


def run(*, quick: bool = False) -> list[Figure]:
    """Best of the rounds for the bound (noise only ever takes away), medians beside the predecessor's way."""
    rounds = 2 if quick else 5
    cases = [("no-op", 1000), ("no-op", 10_000 if quick else 100_000), ("store", 1000)]
    seen: dict[tuple[str, int], list[dict[str, float]]] = {case: [] for case in cases}
    spawned = []
    for _ in range(rounds):
        for kind, queued in cases:
            seen[kind, queued].append(child(work, kind, queued, min(queued, 5000)))
        spawned.append(processes_a_second(10))
    figures = []
    for (kind, queued), results in seen.items():
        name = f"{kind} scraper, {queued:,} queued"
        say(f"{name}: {[round(result['per_second']) for result in results]} tasks/s")
        best = max(result["per_cpu_second"] for result in results)
        wall = statistics.median(result["per_second"] for result in results)
        target = 1.0 if kind == "no-op" else None
        figures += [
            Figure(f"{name}: tasks per CPU second", best, "/s", "bound", 5000.0, target, note="best round"),
            Figure(
                f"{name}: tasks by wall clock",
                wall,
                "/s",
                "a Python process a task",
                statistics.median(spawned),
                note="medians",
            ),
        ]
    return figures
