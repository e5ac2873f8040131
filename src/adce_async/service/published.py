"""What CloudWatch is told of the running parts, besides what happens."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from adce_async.app import Parts
from adce_async.engine.publishing import KINDS, Publisher
from adce_async.model.cloudwatch import CloudWatchRules, FigureSink
from adce_async.model.coverage import Priority
from adce_async.planning.cloudwatch import Batch

IDLE_SECONDS = 5.0
"""The queue has run dry if nothing becomes ready so soon."""


@contextlib.asynccontextmanager
async def publishing(parts: Parts, open_sink: Callable[[CloudWatchRules], FigureSink]) -> AsyncIterator[None]:
    """While the block runs, CloudWatch is told what happens, if it is to be; on leaving it, the rest."""
    health, pool = parts.health, parts.pool

    def idle() -> bool:
        return not pool.running_tasks and pool.seconds_to_next() > IDLE_SECONDS

    publisher = Publisher(
        lambda: parts.rules.service.cloudwatch, open_sink, lambda batch: read(parts, batch), idle,
        clock=parts.ports.clock, beat=health.beat, tell=health.trouble,
    )  # fmt: skip
    async with publisher.running(), parts.events.feeding("cloudwatch", publisher.handle, *KINDS):
        yield


def read(parts: Parts, batch: Batch) -> None:
    """Enter what is so now."""
    health, pool = parts.health, parts.pool
    batch.gauge("ServiceHealthy", {"healthy": 1.0, "degraded": 0.5}.get(health.status, 0.0))
    batch.gauge("UnhealthyComponents", sum(row["status"] != "healthy" for row in health.components().values()))
    batch.gauge("ResidentMemory", parts.ports.measures.memory())
    batch.gauge("TasksRunning", len(pool.running_tasks))
    batch.gauge("QueueDepth", pool.waiting)
    for priority in Priority:
        batch.gauge("QueueDepth", pool.depth.get(priority, 0), priority.name)
    _limits(parts, batch)
    _lake(parts, batch)


def _limits(parts: Parts, batch: Batch) -> None:
    """The fullest window counts: it is the one that makes everybody wait."""
    fullest = _used(parts.overall.snapshot())
    for lane in parts.lanes:
        used = _used(parts.limiters[lane.source].snapshot())
        batch.gauge("RateLimitUtilization", used, lane.source)
        fullest = max(fullest, used)
    batch.gauge("RateLimitUtilization", fullest)


def _used(snapshot: dict[str, object]) -> float:
    windows = snapshot["windows"]
    assert isinstance(windows, dict)
    return max((100.0 * each["used"] / each["limit"] for each in windows.values() if each["limit"]), default=0.0)


def _lake(parts: Parts, batch: Batch) -> None:
    last = parts.reconciler.last
    if last is None:
        return
    batch.gauge("TasksParked", last.parked)
    batch.gauge("ReconciliationGaps", last.gaps)
    for kind, count in last.by_kind.items():
        batch.gauge("ReconciliationGaps", count, kind)
    batch.gauge("ReconciliationCriticalGaps", last.by_priority.get(Priority.CRITICAL.name, 0))
    batch.gauge("ReconciliationTasks", last.tasks)
    sums: dict[str, list[int]] = {"": [0, 0]}
    for row in last.coverage:
        for name in ("", row.source):
            of = sums.setdefault(name, [0, 0])
            of[0] += row.stored
            of[1] += row.expected
    for name, (stored, expected) in sums.items():
        if expected:
            batch.gauge("Coverage", 100.0 * stored / expected, name)
