"""A hundred thousand queued tasks: memory of the queue as the dispatcher sees it, and what taking one costs."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.score_rules import ScoreRules
from adce_async.planning.backlog import Backlog
from benchmarks.harness import Figure, child, folder, rss_mb, say
from benchmarks.noop_tasks import make_tasks

BOUND = "under 150 MB for 100,000 tasks; taking one of 100,000 costs at most 2.5 times as much as one of 1,000"
MANY = 100_000
SOURCES = ("ant", "bee", "cat", "dog", "eel")


async def fill(root: str, count: int) -> None:
    """Queue `count` tasks, in a process whose memory does not count."""
    async with SqliteWriter(Path(root) / "adce.db") as writer, SqliteQueue(writer) as queue:
        await queue.replace(make_tasks(count, SOURCES))


async def mirror(root: str) -> float:
    """MB that reading the queue and keeping its mirror adds."""
    async with SqliteWriter(Path(root) / "adce.db") as writer, SqliteQueue(writer) as queue:
        before = rss_mb()
        tasks = await queue.tasks()
        backlog = Backlog(ScoreRules(), tasks)
        return rss_mb() - before if len(backlog) == MANY else 0.0


async def take(count: int, takes: int) -> float:
    """Microseconds of CPU a take, in a queue of `count`."""
    backlog = Backlog(ScoreRules(), make_tasks(count, SOURCES))
    began = time.process_time()
    for _ in range(takes):
        if not backlog.take(1.8e9, lambda _source: True):
            raise RuntimeError("the queue is empty too soon")
    return (time.process_time() - began) / takes * 1e6


def run(*, quick: bool = False) -> list[Figure]:
    """Worst memory, medians of the cost."""
    rounds = 1 if quick else 3
    with folder() as root:
        child(fill, str(root), MANY)
        memory = [child(mirror, str(root)) for _ in range(rounds)]
    few, many = [], []
    for _ in range(rounds + 2):
        few.append(child(take, 1000, 900))
        many.append(child(take, MANY, 900))
    say(f"mirror {memory} MB; a take costs {few} us of 1,000 and {many} us of 100,000")
    return [
        Figure("100,000 tasks", max(memory), "MB", "bound", 150.0, at_most=1.0, note="worst"),
        Figure(
            "a take of 100,000", statistics.median(many), "us", "of 1,000", statistics.median(few), at_most=2.5,
            note="medians",
        ),
    ]  # fmt: skip
