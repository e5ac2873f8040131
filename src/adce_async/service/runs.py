"""Runs that end: until nothing is left to fill, or once through the queue."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adce_async.app import Parts
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.engine.summary import Summary
from adce_async.errors import AdceError
from adce_async.model.coverage import Coverage
from adce_async.service.rate_limits import rate_limits
from adce_async.service.since_look import SinceLook
from adce_async.supervisor import Stop

log = structlog.get_logger("adce.service")

SLACK_SECONDS = 0.5
"""A wait that is so little longer than the longest that is wanted is worth it: another start takes longer."""
PASS_SECONDS = 3600.0
"""A pass over tens of millions of objects takes minutes; of more than this it is said that it hangs."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What `run --once` or `execute` came to."""

    report: PassReport | None
    summary: Summary
    stopped: bool


async def run_once(
    parts: Parts,
    stop: Stop,
    *,
    max_wait: float,
    on_pass: Callable[[PassReport], None] = lambda _report: None,
) -> RunResult:
    """Reconcile, execute, and again, until no gap can be filled: no task becomes ready within `max_wait` seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    pool, reconciler = parts.pool, parts.reconciler

    async def look() -> PassReport:
        parts.health.beat("reconciler", PASS_SECONDS, "pass under way")
        found = await reconciler.run()
        parts.health.beat("reconciler", math.inf, "the next pass follows once the queue is dry")
        await pool.refresh()
        on_pass(found)
        return found

    since = SinceLook()
    async with since.feeding(parts.events), contextlib.AsyncExitStack() as stack:
        report = await look()
        await stack.enter_async_context(pool.running())
        # each round can bring to light what the one before stored; the depth of derivation bounds the rounds
        for _ in range(len(parts.catalog.declared) + 3):
            if pool.seconds_to_next() > with_slack(max_wait):
                break
            stalled = await _work_off(pool, stop, max_wait)
            if stop.asked:
                break
            report = await look()
            if stalled:
                break
    if stop.asked:  # nobody has looked since: what was stored is there all the same
        rows = list(since.now(report.coverage))
        report = replace(report, coverage=rows, gaps=Coverage.total(rows).gaps)
    left = (await parts.ports.queue.counts()).queued
    summary = Summary.of(pool.tally, left, loop.time() - began, rate_limits(parts))
    return RunResult(report, summary, stop.asked)


async def execute(parts: Parts, stop: Stop, *, max_wait: float, reconcile: bool) -> RunResult:
    """Run the queue once, as it is, for as long as the rules allow; with `reconcile`, one pass afterwards."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with parts.pool.running():
        await parts.pool.refresh()
        await _work_off(parts.pool, stop, max_wait, parts.rules.service.execute_seconds)
    report = None
    if reconcile and not stop.asked:
        with contextlib.suppress(AdceError):
            report = await parts.reconciler.run()
    left = (await parts.ports.queue.counts()).queued
    summary = Summary.of(parts.pool.tally, left, loop.time() - began, rate_limits(parts))
    return RunResult(report, summary, stop.asked)


def with_slack(seconds: float) -> float:
    """How long is waited where a person says `seconds`.

    >>> with_slack(0.0), with_slack(1.0), with_slack(120.0)
    (0.0, 1.5, 120.5)
    """
    return seconds + min(SLACK_SECONDS, seconds / 2)


async def _work_off(pool: WorkerPool, stop: Stop, max_wait: float, longest: float | None = None) -> bool:
    """Until nothing becomes ready within `max_wait` seconds, or a stop is asked; True if nothing came of it any more.

    Or until `longest` seconds are over: then nothing new starts, and what runs gets the grace.

    A source that refuses everything may say each time that it will be better soon.
    """
    stalled = False

    async def stall() -> None:
        nonlocal stalled
        await pool.stalled(with_slack(max_wait))
        stalled = True
        log.warning("nothing but refusals", seconds=max_wait, next="ends here; what is left stays a gap")

    async def time_is_up(seconds: float) -> None:
        await asyncio.sleep(seconds)
        log.warning("time is up", minutes=round(seconds / 60, 1), next="takes no further tasks; what is left is queued")

    ends = [pool.drained(with_slack(max_wait)), stall(), stop.wait()]
    await _first(*ends, *([time_is_up(longest)] if longest is not None else []))
    return stalled


async def _first(*waits: Coroutine[Any, Any, None]) -> None:
    """Return when the first of `waits` (coroutines) is done; the others are cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait, name=f"wait {n}") for n, wait in enumerate(waits)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
