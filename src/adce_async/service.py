"""What the parts do together: the 24/7 service, one run until nothing is left to fill, one run of the queue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from adce_async import __version__
from adce_async.app import Parts, fingerprints, rate_limits
from adce_async.config.settings import Settings
from adce_async.engine.dispatching.lanes import Lane
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.fetching.accounts import welcome_back
from adce_async.engine.reconciling.reconciler import PassReport, coverage_document
from adce_async.engine.reconciling.triggers import GapFileWatch, Timer
from adce_async.engine.summary import Summary
from adce_async.errors import AdceError, QueueError, StoreError
from adce_async.model.days import DAY, iso
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.policies import plan_rules
from adce_async.supervisor import Stop, supervise
from adce_async.web.server import serving

log = structlog.get_logger("adce.service")

RATE_HALF_LIFE = 3 * DAY
"""Success rates forget: an attempt counts half after so many seconds."""
SOON_SECONDS, LONGEST_TRICKLE_SECONDS = 5.0, 60.0
"""The queue has run dry if nothing becomes ready so soon; but it is looked at again after so long in any case."""
STORAGE_SECONDS = 10.0
"""Between attempts to write something to the lake and to the database."""
STARTING_SECONDS = 3600.0
"""A first pass over a large lake may take this long before the service counts as stuck."""


def log_outcome(task: Task, outcome: Outcome) -> None:
    """One line a finished attempt: which source, which key, what happened, what happens next."""
    match outcome.verdict:
        case Verdict.STORED:
            log.info("stored", source=task.source, key=task.key)
        case Verdict.UNCHANGED:
            log.info("unchanged", source=task.source, key=task.key)
        case Verdict.PARKED:
            nxt = "parked: `adce parked retry KEY` brings it back"
            log.warning("gave up", source=task.source, key=task.key, why=outcome.reason, next=nxt)
        case _:
            nxt = f"again from {iso(outcome.not_before)}" if outcome.not_before else "again as soon as it can"
            log.info("not stored", source=task.source, key=task.key, why=outcome.reason, next=nxt)


def trouble_of(lane: Lane) -> str:
    """What is wrong with a source; a cool-down in its last second is as good as over."""
    over = lane.breaker.state != "open" and lane.limiter.cooling_until is not None and lane.limiter.delay() < 1
    return "" if over else lane.trouble()


def url_file(settings: Settings) -> Path:
    """Where a running service says under which URL it answers."""
    return settings.paths.state_db.with_suffix(".url")


class Service:
    """The running service; what it shows on the web is `web.routes.View`."""

    def __init__(self, parts: Parts, stop: Stop) -> None:
        self._parts = parts
        self._stop = stop
        self._alerts: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(maxsize=1000)
        self._cycles = 0
        service = parts.settings.service
        self._timer = Timer(
            self._pass, lambda: service.reconciliation_interval_seconds, parts.health.beat, self.trouble
        )
        self._watch = GapFileWatch(
            parts.settings.paths.gaps_file,
            lambda: service.task_queue_check_seconds,
            self._read_gap_file,
            parts.health.beat,
        )
        for name, said in parts.recovered.items():
            self.trouble(name, said)
        parts.pool.on_outcome = log_outcome
        parts.pool.on_trouble = self.trouble
        parts.http.tell_trouble(self.trouble)
        parts.reconciler.on_trouble = self.trouble

    async def run(self) -> None:
        """Until the stop is asked. Raises LoopDiedError if a loop keeps dying, FixMeError if it can't start."""
        loops = {"queue watcher": self._watch.run, "alerts": self._alerting, "health watch": self._watching}
        loops["storage watch"] = self._trying_to_store
        if self._reconciles:
            loops |= {"reconciler": self._timer.run, "dry queue": self._ask_when_dry}
        scopes: list[Callable[[], contextlib.AbstractAsyncContextManager[object]]] = []
        if self._parts.settings.service.health_check.enabled:
            scopes.append(self._serving)
        scopes.append(self._working)
        await supervise(stop=self._stop, scopes=scopes, loops=loops, on_trouble=self.trouble)

    @property
    def _reconciles(self) -> bool:
        service = self._parts.settings.service
        return service.enabled and not service.test_mode.enabled

    def trouble(self, name: str, text: str) -> None:
        """Note trouble (or '' for recovery) and alert on the transition."""
        if self._parts.health.trouble(name, text):
            with contextlib.suppress(asyncio.QueueFull):
                self._alerts.put_nowait((name, "raised" if text else "recovered", text or f"{name} works again"))

    # -- scopes and loops --------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        check = self._parts.settings.service.health_check
        place = url_file(self._parts.settings)
        async with serving(self, check.host, check.port) as url:
            self._stop.last_words = partial(place.unlink, missing_ok=True)
            try:
                await asyncio.to_thread(place.write_text, url)  # so that other commands find us, whatever the port
            except OSError as error:
                log.warning("our address is not written down", path=str(place), why=error.strerror, url=url)
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(place.unlink, missing_ok=True)

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator[WorkerPool]:
        pool = self._parts.pool
        pool.paused = not self._parts.settings.service.enabled or self._parts.settings.service.dry_run
        if self._reconciles:
            self._parts.health.beat("reconciler", STARTING_SECONDS, "first pass not begun")
        async with pool.running():
            await pool.refresh(await self._success_rates())
            yield pool

    async def _pass(self) -> None:
        parts = self._parts
        parts.reconciler.rules = plan_rules(parts.settings, parts.clock)
        known = await asyncio.to_thread(fingerprints, parts.catalog)
        await welcome_back(parts.state.queue, parts.state.texts, known)
        report = await parts.reconciler.run(dry_run=parts.settings.service.dry_run)
        self._cycles += 1
        log.info(
            "pass done",
            gaps=report.gaps,
            tasks=report.tasks,
            parked=report.parked,
            listed=report.listed,
            seconds=round(report.seconds, 2),
        )
        broken = "; ".join(str(problem) for problem in report.problems)
        self.trouble("gaps.json", broken)
        for name in parts.recovered:  # what was set aside is replaced by now
            self.trouble(name, "")
        await parts.pool.refresh(await self._success_rates())
        if parts.reconciler.wants_pass:  # a file that came while this one was under way
            self._timer.ask()

    async def _read_gap_file(self) -> None:
        if await self._parts.reconciler.read_gap_file():
            await self._parts.pool.refresh()
            if self._parts.reconciler.wants_pass:
                self._timer.ask()

    async def _ask_when_dry(self) -> None:
        """New games may have come to light: look again as soon as the queue has run dry after something was stored.

        And nothing becomes ready in a moment: tasks that come back one by one are no reason for a pass each.
        """
        pool = self._parts.pool
        while True:
            await pool.busy()
            stored = pool.tally.by_verdict.get("stored", 0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_TRICKLE_SECONDS):
                    await pool.drained(SOON_SECONDS)
            await pool.dry()
            if pool.tally.by_verdict.get("stored", 0) != stored:
                self._timer.ask()

    async def _watching(self) -> None:
        """Cooling sources, open breakers and silent loops are troubles, until they are over."""
        seconds = self._parts.settings.service.health_check.check_interval_seconds
        while True:
            for lane in self._parts.lanes:
                said = trouble_of(lane) or self._parts.doubts.trouble(lane.source)
                self.trouble(f"source {lane.source}", said)
            self.trouble("loops", "; ".join(self._parts.health.broken()))
            self._parts.health.beat("health_watch", seconds + 60.0, "")
            await asyncio.sleep(seconds)

    async def _trying_to_store(self) -> None:
        """A full disk is trouble also while there is nothing to store; once there is room again, it is over."""
        parts = self._parts
        while True:
            try:
                await parts.store.probe()
                await parts.state.texts.set_text("storage last tried", iso(parts.clock.now()))
            except (StoreError, QueueError) as error:
                self.trouble("storage", f"{error}; next try in {STORAGE_SECONDS:g} s")
            else:
                self.trouble("storage", "")
                if not (parts.pool.waiting or parts.pool.running_tasks):  # nobody else would find out
                    self.trouble("lake", "")
            parts.health.beat("storage_watch", STORAGE_SECONDS + 60.0, "")
            await asyncio.sleep(STORAGE_SECONDS)

    async def _alerting(self) -> None:
        while True:
            name, kind, text = await self._alerts.get()
            for alerts in self._parts.alerts:  # (the log has it already)
                if kind == "raised":
                    await alerts.raised(name, text)
                else:
                    await alerts.recovered(name, text)

    async def _success_rates(self) -> dict[str, float]:
        return dict(await self._parts.state.history.success_rates(self._parts.clock.now(), RATE_HALF_LIFE))

    # -- web.routes.View -----------------------------------------------------------------------------------------

    def health(self) -> dict[str, object]:
        """`/health`."""
        health = self._parts.health
        return {
            "status": health.status,
            "version": __version__,
            "uptime_seconds": round(health.uptime, 1),
            "components": health.components(),
            "orchestrator": self._orchestrator(),
        }

    def broken(self) -> list[str]:
        """Loops that broke their promise."""
        return self._parts.health.broken()

    def ready(self) -> list[str]:
        """Why not ready."""
        reasons = self._parts.health.troubles("storage", "lake", "queue")
        if self._parts.reconciler.last is None and self._reconciles:
            reasons.append("reconciler: the first pass is not done yet")
        return reasons

    def rate_limits(self) -> dict[str, object]:
        """`/rate-limits`."""
        return dict(rate_limits(self._parts))

    def status(self) -> dict[str, object]:
        """`/status`."""
        parts = self._parts
        last = parts.reconciler.last
        now = parts.clock.now()
        return {
            **self.health(),
            "reconciliation_cycles": self._cycles,
            "last_reconciliation": last.as_dict() if last else None,
            "next_reconciliation_in_seconds": self._timer.seconds_to_next(),
            "queue": {"waiting": parts.pool.waiting, "running": len(parts.pool.running_tasks)},
            "running": [
                {"request": request, "keys": [task.key for task in tasks], "source": tasks[0].source}
                for request, tasks in parts.pool.running_tasks.items()
            ],
            "paused": parts.pool.paused,
            "at": iso(now),
        }

    def coverage(self) -> dict[str, object]:
        """`/coverage`: rows and totals of the last pass."""
        last = self._parts.reconciler.last
        return coverage_document(last.coverage, last.never_final) if last else coverage_document([])

    def _orchestrator(self) -> dict[str, object]:
        counts = self._parts.pool.tally.by_verdict
        good = counts.get("stored", 0) + counts.get("unchanged", 0)
        finished = good + counts.get("parked", 0) + counts.get("retry", 0)
        return {
            "success_rate": round(good / finished, 4) if finished else None,
            "tasks_executed": finished,
            "outcomes": dict(counts),
        }


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
        found = await reconciler.run()
        await pool.refresh()
        on_pass(found)
        return found

    report = await look()
    async with pool.running():
        # each round can bring to light what the one before stored; the depth of derivation bounds the rounds
        for _ in range(len(parts.catalog.declared) + 3):
            if pool.seconds_to_next() > max_wait:
                break
            stalled = await _work_off(pool, stop, max_wait)
            if stop.asked:
                break
            report = await look()
            if stalled:
                break
    left = (await parts.state.queue.counts()).queued
    summary = Summary.of(pool.tally, left, loop.time() - began, rate_limits(parts))
    return RunResult(report, summary, stop.asked)


async def execute(parts: Parts, stop: Stop, *, max_wait: float, reconcile: bool) -> RunResult:
    """Run the queue once, as it is; with `reconcile`, one pass afterwards."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with parts.pool.running():
        await parts.pool.refresh()
        await _work_off(parts.pool, stop, max_wait)
    report = None
    if reconcile and not stop.asked:
        with contextlib.suppress(AdceError):
            report = await parts.reconciler.run()
    left = (await parts.state.queue.counts()).queued
    summary = Summary.of(parts.pool.tally, left, loop.time() - began, rate_limits(parts))
    return RunResult(report, summary, stop.asked)


async def _work_off(pool: WorkerPool, stop: Stop, max_wait: float) -> bool:
    """Until nothing becomes ready within `max_wait` seconds, or a stop is asked; True if nothing came of it any more.

    A source that refuses everything may say each time that it will be better soon.
    """
    stalled = False

    async def stall() -> None:
        nonlocal stalled
        await pool.stalled(max_wait)
        stalled = True
        log.warning("nothing but refusals", seconds=max_wait, next="ends here; what is left stays a gap")

    await _first(pool.drained(max_wait), stall(), stop.wait())
    return stalled


async def _first(*waits: Coroutine[Any, Any, None]) -> None:
    """Return when the first of `waits` (coroutines) is done; the others are cancelled."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait, name=f"wait {n}") for n, wait in enumerate(waits)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
