"""What `/metrics` shows: what is read of the running parts, and what is counted of what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from adce_async import __version__
from adce_async.app import Parts
from adce_async.engine.events import Event, PassDone, TaskSettled
from adce_async.model.coverage import Priority
from adce_async.model.figures import Family, Reading
from adce_async.model.task import Outcome, Verdict

FAMILIES: tuple[Family, ...] = (
    Family("adce_info", "The version that runs, always 1", ("version",)),
    Family("adce_uptime_seconds", "Seconds since the start"),
    Family("adce_healthy", "1 healthy, 0.5 degraded, 0 unhealthy"),
    Family("adce_component_healthy", "1 if the component keeps its promise and is in no trouble", ("component",)),
    Family("adce_troubles", "Components that are in trouble, or broke their promise"),
    Family("adce_safe_mode", "1 while it is in safe mode: one task at a time"),
    Family("adce_queue_depth", "Tasks that wait", ("priority",)),
    Family("adce_tasks_running", "Requests that are being served now", ()),
    Family("adce_tasks_parked", "Tasks on the dead-letter list as of the last pass", ()),
    Family("adce_paused", "1 while nothing new starts", ()),
    Family("adce_rate_limit_utilization", "Share of a window's limit that is used", ("source", "window")),
    Family("adce_rate_limit_tokens", "Requests that could go at once", ("source",)),
    Family("adce_requests", "Requests that were sent", ("source",), counts=True),
    Family("adce_throttled", "Refusals such as 429", ("source",), counts=True),
    Family("adce_source_cooling", "1 while a source cools", ("source",)),
    Family("adce_breaker_open", "1 while a source's breaker is open", ("source",)),
    Family("adce_coverage_expected", "Objects that should be there", ("source", "data_type")),
    Family("adce_coverage_stored", "Objects that are there", ("source", "data_type")),
    Family("adce_coverage_verified", "Objects whose content was found good", ("source", "data_type")),
    Family("adce_gaps", "Gaps as of the last pass", ("kind",)),
    Family("adce_last_cycle_age_seconds", "Seconds since the last pass began"),
    Family("adce_list_operations", "List requests that a cloud charges for, of the last pass"),
    Family("adce_resident_memory_bytes", "Memory of the process"),
    Family("adce_cpu_seconds", "CPU time of the process", counts=True),
    Family("adce_open_files", "Open file descriptors"),
)
"""Everything that is read when somebody looks."""


class Figures(Protocol):
    """Where what happens is counted, and with all that is read shown."""

    content_type: str

    def render(self) -> bytes:
        """All of it, as text."""
        ...

    def task(self, scraper: str, outcome: str, seconds: float | None) -> None:
        """One attempt was settled."""
        ...

    def failure(self, source: str, error: str) -> None:
        """One attempt failed."""
        ...

    def lag(self, seconds: float) -> None:
        """The event loop has answered after so long. From any thread."""
        ...

    def cycle(self, seconds: float) -> None:
        """One pass is done."""
        ...


def counting(parts: Parts, figures: Figures) -> AbstractAsyncContextManager[None]:
    """While the block runs, what happens is counted."""

    def count(events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TaskSettled):
                verdict = event.outcome.verdict
                ran = verdict is not Verdict.RELEASED
                if verdict in (Verdict.RETRY, Verdict.PARKED):
                    figures.failure(event.task.source, error_of(event.outcome))
                figures.task(event.task.scraper, verdict.value, event.seconds if ran else None)
            elif isinstance(event, PassDone):
                figures.cycle(event.seconds)

    return parts.events.feeding("figures", count, TaskSettled, PassDone)


ERRORS = ("no_answer", "content", "400", "401", "403", "404", "429", "4xx", "5xx", "other")
"""What a failure may be: no answer at all, a body that was refused, or the status of the answer."""


def error_of(outcome: Outcome) -> str:
    """One of `ERRORS`.

    >>> error_of(Outcome("a", Verdict.RETRY, status=503)), error_of(Outcome("a", Verdict.PARKED, status=200))
    ('5xx', 'content')
    """
    status = outcome.status
    if status is None:
        return "no_answer"
    if 200 <= status < 300:
        return "content"
    if str(status) in ERRORS:
        return str(status)
    return {4: "4xx", 5: "5xx"}.get(status // 100, "other")


class Readings:
    """The values of `FAMILIES`, as of now."""

    def __init__(self, parts: Parts, memory: Callable[[], float], files: Callable[[], int]) -> None:
        """`memory()`: bytes; `files()`: open ones."""
        self._parts = parts
        self._memory = memory
        self._files = files

    def __call__(self) -> Iterator[Reading]:
        """Read them."""
        yield from self._service()
        yield from self._queue()
        yield from self._sources()
        yield from self._lake()

    def _service(self) -> Iterator[Reading]:
        health = self._parts.health
        yield Reading("adce_info", 1, {"version": __version__})
        yield Reading("adce_uptime_seconds", health.uptime)
        yield Reading("adce_healthy", {"healthy": 1.0, "degraded": 0.5}.get(health.status, 0.0))
        components = health.components()
        yield Reading("adce_troubles", sum(row["status"] != "healthy" for row in components.values()))
        yield Reading("adce_safe_mode", float(bool(health.troubles("safe mode"))))
        for name, row in components.items():
            if row["last_beat"] is not None:  # loops: troubles have names without bounds
                yield Reading("adce_component_healthy", float(row["status"] == "healthy"), {"component": name})
        yield Reading("adce_resident_memory_bytes", self._memory())
        yield Reading("adce_open_files", self._files())
        yield Reading("adce_cpu_seconds", time.process_time())

    def _queue(self) -> Iterator[Reading]:
        pool, last = self._parts.pool, self._parts.reconciler.last
        depth = pool.depth
        for priority in Priority:
            yield Reading("adce_queue_depth", depth.get(priority, 0), {"priority": priority.name})
        yield Reading("adce_tasks_running", len(pool.running_tasks))
        yield Reading("adce_paused", float(bool(pool.held)))
        if last is not None:
            yield Reading("adce_tasks_parked", last.parked)

    def _sources(self) -> Iterator[Reading]:
        limiters = {lane.source: self._parts.limiters[lane.source] for lane in self._parts.lanes}
        for source, limiter in {**limiters, "_global": self._parts.overall}.items():
            row = limiter.snapshot()
            label = {"source": source}
            for name, window in row["windows"].items():
                used = window["used"] / window["limit"] if window["limit"] else 0.0
                yield Reading("adce_rate_limit_utilization", used, {**label, "window": name})
            yield Reading("adce_rate_limit_tokens", row["tokens"], label)
            yield Reading("adce_requests", row["requests_total"], label)
            yield Reading("adce_throttled", row["throttled_total"], label)
            yield Reading("adce_source_cooling", float(row["cooling_until"] is not None), label)
        for lane in self._parts.lanes:
            yield Reading("adce_breaker_open", float(lane.breaker.state == "open"), {"source": lane.source})

    def _lake(self) -> Iterator[Reading]:
        last = self._parts.reconciler.last
        if last is None:
            return
        sums: dict[tuple[str, str], list[int]] = {}
        for row in last.coverage:
            of = sums.setdefault((row.source, row.data_type), [0, 0, 0])
            for index, count in enumerate((row.expected, row.stored, row.verified)):
                of[index] += count
        names = ("adce_coverage_expected", "adce_coverage_stored", "adce_coverage_verified")
        for (source, data_type), counts in sums.items():
            for name, count in zip(names, counts, strict=True):
                yield Reading(name, count, {"source": source, "data_type": data_type})
        for kind, count in last.by_kind.items():
            yield Reading("adce_gaps", count, {"kind": kind})
        yield Reading("adce_last_cycle_age_seconds", asyncio.get_running_loop().time() - last.began)
        yield Reading("adce_list_operations", last.cycle.list_operations)
