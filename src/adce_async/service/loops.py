"""The 24/7 service: which loops run, and what each does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial

import structlog

from adce_async.app import Parts, fingerprints
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.events import TaskSettled
from adce_async.engine.fetching.accounts import welcome_back
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.reconciling.triggers import GapFileWatch, Timer
from adce_async.errors import QueueError, StoreError
from adce_async.model.days import DAY, iso
from adce_async.planning.lanes import Lane
from adce_async.policies import WebRules
from adce_async.service.documents import Documents
from adce_async.service.outcome_log import log_settled
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


def trouble_of(lane: Lane, limiter: RateLimiter) -> str:
    """What is wrong with a source; a cool-down in its last second is as good as over."""
    over = lane.breaker.state != "open" and limiter.cooling_until is not None and limiter.delay() < 1
    return "" if over else lane.trouble()


class Service:
    """The running service."""

    def __init__(self, parts: Parts, stop: Stop) -> None:
        self._parts = parts
        self._stop = stop
        self._cycles = 0
        self._tell = parts.health.trouble
        beat = parts.health.beat
        self._timer = Timer(self._pass, lambda: parts.rules.service.pass_seconds, beat, self._tell)
        self._watch = GapFileWatch(
            parts.rules.files.gaps, lambda: parts.rules.service.gaps_check_seconds, self._read_gap_file, beat
        )
        self.documents = Documents(parts, lambda: self._cycles, self._timer.seconds_to_next)
        """What it shows on the web."""
        for name, said in parts.recovered.items():
            self._tell(name, said)

    async def run(self) -> None:
        """Until the stop is asked. Raises LoopDiedError if a loop keeps dying, FixMeError if it can't start."""
        rules = self._parts.rules.service
        loops = {
            "queue watcher": self._watch.run,
            "health watch": self._watching,
            "storage watch": self._trying_to_store,
        }
        if rules.reconciles:
            loops |= {"reconciler": self._timer.run, "dry queue": self._ask_when_dry}
        scopes: list[Callable[[], contextlib.AbstractAsyncContextManager[object]]] = [self._logging]
        if rules.web is not None:
            scopes.append(partial(self._serving, rules.web))
        scopes.append(self._working)
        await supervise(stop=self._stop, scopes=scopes, loops=loops, tell=self._tell)

    # -- scopes ------------------------------------------------------------------------------------------------

    def _logging(self) -> contextlib.AbstractAsyncContextManager[None]:
        return self._parts.events.feeding("log", log_settled, TaskSettled)

    @contextlib.asynccontextmanager
    async def _serving(self, web: WebRules) -> AsyncIterator[None]:
        place = web.url_file
        async with serving(self.documents, web.host, web.port) as url:
            with self._stop.last_words(partial(place.unlink, missing_ok=True)):
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
        pool, rules = self._parts.pool, self._parts.rules.service
        pool.pause(paused=not rules.works)
        if rules.reconciles:
            self._parts.health.beat("reconciler", STARTING_SECONDS, "first pass not begun")
        async with pool.running():
            await pool.refresh(await self._success_rates())
            yield pool

    # -- loops -------------------------------------------------------------------------------------------------

    async def _pass(self) -> None:
        parts, ports = self._parts, self._parts.ports
        known = await asyncio.to_thread(fingerprints, parts.catalog)
        await welcome_back(ports.queue, ports.texts, known)
        report = await parts.reconciler.run(dry_run=parts.rules.service.dry_run)
        self._cycles += 1
        log.info(
            "pass done",
            gaps=report.gaps,
            tasks=report.tasks,
            parked=report.parked,
            listed=report.listed,
            seconds=round(report.seconds, 2),
        )
        self._tell("gaps.json", "; ".join(str(problem) for problem in report.problems))
        for name in parts.recovered:  # what was set aside is replaced by now
            self._tell(name, "")
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
        parts = self._parts
        while True:
            for lane in parts.lanes:
                said = trouble_of(lane, parts.limiters[lane.source]) or parts.doubts.trouble(lane.source)
                self._tell(f"source {lane.source}", said)
            self._tell("loops", "; ".join(parts.health.broken()))
            seconds = parts.rules.service.health_check_seconds
            parts.health.beat("health_watch", seconds + 60.0, "")
            await asyncio.sleep(seconds)

    async def _trying_to_store(self) -> None:
        """A full disk is trouble also while there is nothing to store; once there is room again, it is over."""
        parts, ports = self._parts, self._parts.ports
        while True:
            try:
                await ports.store.probe()
                await ports.texts.set_text("storage last tried", iso(ports.clock.now()))
            except (StoreError, QueueError) as error:
                self._tell("storage", f"{error}; next try in {STORAGE_SECONDS:g} s")
            else:
                self._tell("storage", "")
                if not (parts.pool.waiting or parts.pool.running_tasks):  # nobody else would find out
                    self._tell("lake", "")
            parts.health.beat("storage_watch", STORAGE_SECONDS + 60.0, "")
            await asyncio.sleep(STORAGE_SECONDS)

    async def _success_rates(self) -> dict[str, float]:
        ports = self._parts.ports
        return dict(await ports.history.success_rates(ports.clock.now(), RATE_HALF_LIFE))
