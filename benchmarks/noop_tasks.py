"""Tasks a second through pool and durable queue, with scrapers that do nothing, or only store a small body."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.store_local import LocalStore
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.app import Parts, Ports, assemble
from adce_async.clock import SystemClock
from adce_async.engine.collecting.attempt import Attempts, Result
from adce_async.engine.dispatching.pool import PoolRules
from adce_async.engine.events import Event, TaskSettled
from adce_async.engine.fetching.wire import SourceHttp
from adce_async.engine.reconciling.reconciler import Files
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.plan import PlanRules
from adce_async.policies import EngineRules, SourceRules
from adce_async.scraping.base import Page, ScrapeContext, Scraper, Want
from adce_async.scraping.registry import Catalog
from benchmarks.harness import Figure, child, folder, say

BOUND = (
    "5,000 tasks a second of one core with a no-op scraper; beside it a Python process a task, as the predecessor did"
)
SIZE = 5
_BODY = b'{"id":"1","rows":[1]}'


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
async def parts_at(root: Path) -> AsyncIterator[Parts]:
    """The parts as `app` wires them, without HTTP and without limits."""
    clock = SystemClock()
    scraper = Constant("constant", "ant", "https://ant.test/")
    rules = EngineRules(
        files=Files(root / "gaps.json", root / "coverage.json"),
        plan=PlanRules("2024-25"),
        sources={"ant": SourceRules(SourceHttp("ant", frozenset({"ant.test"})))},
        pool=PoolRules(size=SIZE),
    )
    async with (
        LocalStore(root / "lake", clock=clock) as store,
        SqliteWriter(root / "adce.db", clock=clock) as writer,
        SqliteQueue(writer) as queue,
    ):
        ports = Ports(
            clock, store, queue, SqliteDiscoveries(writer), SqliteVerifications(writer), SqliteState(writer),
            SqliteHistory(writer),
        )  # fmt: skip
        parts = assemble(rules, Catalog({}, {scraper.name: scraper}, {}, ()), ports)
        async with parts.telling():
            yield parts


async def at_once(self: Attempts, tasks: Sequence[Task], **_: object) -> Result:
    """In place of `Attempts.run`: says at once that everything is stored."""
    now = self._services.clock.now()
    return Result([Outcome(task.key, Verdict.STORED, at=now) for task in tasks], True)


async def work(kind: str, queued: int, most: int) -> dict[str, float]:
    """Work on `queued` tasks until `most` are done: tasks a second by wall clock, and of CPU time of all threads."""
    with folder(in_memory=kind == "store") as root:  # the queue is on a real disk; the lake in memory
        async with parts_at(root) as parts:
            if kind == "no-op":
                parts.attempts.run = functools.partial(at_once, parts.attempts)  # type: ignore[method-assign]
            await parts.ports.queue.replace(make_tasks(queued))
            enough = asyncio.Event()
            done = 0

            def settled(events: Sequence[Event]) -> None:
                nonlocal done
                done += len(events)
                if done >= most:
                    enough.set()

            await parts.pool.refresh()
            wall, cpu = time.perf_counter(), time.process_time()
            async with parts.events.feeding("benchmark", settled, TaskSettled), parts.pool.running():
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
