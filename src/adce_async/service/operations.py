"""What lets the service be left alone: schedules, conditions that people are told of, the digest of the day.

`Service` runs the loops and tells of each pass; everything else happens here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from adce_async.app import Parts
from adce_async.engine.conditions import Conditions, Figures
from adce_async.engine.events import PassDone, TaskSettled
from adce_async.engine.guardrails import KINDS, Guardrails
from adce_async.engine.loop_watch import LoopWatch
from adce_async.engine.pressure import Pressure
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.engine.reconciling.schedules import Schedules
from adce_async.model.coverage import Priority
from adce_async.model.schedule import Schedule
from adce_async.planning.pressure import Level
from adce_async.service.digest import Digest

REST_SECONDS = 15.0
"""Between looks while nothing runs and nothing is ready: the figures can't change by much."""
IDLE_SECONDS = 5.0
"""The queue has run dry if nothing becomes ready so soon."""


class Operations:
    """The loops that watch, and what they have to be told."""

    def __init__(
        self,
        parts: Parts,
        ask_pass: Callable[[], None],
        rearm: Callable[[], None] = lambda: None,
        measured: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        """`ask_pass()`: a pass, as soon as may be; `rearm()`: the interval of passes may be another one.

        `measured(seconds)`: how long the event loop took to answer; called in a thread.
        """
        self._rearm = rearm
        self._parts = parts
        self._digest = Digest(parts)
        self.schedules = self._clock(parts.rules.service.schedules, ask_pass)
        self._digests = self._clock(self._digest_times(), self._tell_digest, name="digests", wakes="it is told")
        self._conditions = Conditions(parts.rules.service.thresholds, parts.ports.clock.now, parts.health.trouble)
        self._oldest: float | None = None
        self._looked_at = float("-inf")
        self._pressure = Pressure(
            parts.rules.service.pressure, parts.ports.measures, hold=parts.pool.hold, tell=parts.health.trouble,
            relieved=ask_pass,
        )  # fmt: skip
        self.guardrails = Guardrails(
            parts.rules.service.guardrails, clock=parts.ports.clock, state=parts.ports.texts,
            history=parts.ports.history, be_safe=self._be_safe, tell=parts.health.trouble,
            node=parts.ports.membership.node if parts.ports.membership else "",
        )  # fmt: skip
        self._loop_watch = LoopWatch(self._pressure.lag_longest, self._pressure.held, measured=measured)

    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """By name."""
        return {"schedules": self.schedules.run, "digests": self._digests.run}

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """(A scope.) Within it the conditions hear of what happens, and somebody looks whether the loop is held."""
        events = self._parts.events
        await self.guardrails.begin()
        self._loop_watch.start()
        try:
            async with (
                events.feeding("conditions", self._conditions.handle, TaskSettled, PassDone),
                events.feeding("guardrails", self.guardrails.handle, *KINDS),
                self._digest.feeding(),
            ):
                yield
        finally:
            self._loop_watch.stop()
        await self.guardrails.end()  # where a loop has died this is not reached: that counts as a crash

    @property
    def shed(self) -> str:
        """Why no pass may run now; '' if one may."""
        return self._pressure.shed

    def apply(self) -> None:
        """The rules of the parts are others."""
        rules = self._parts.rules.service
        self.schedules.apply(rules.schedules)
        self._digests.apply(self._digest_times())
        self._conditions.apply(rules.thresholds)
        self._pressure.apply(rules.pressure)
        self.guardrails.apply(rules.guardrails)

    def began(self) -> None:
        """A pass is under way."""
        self._conditions.pass_began()

    def ended(self) -> None:
        """However it went."""
        self._conditions.pass_ended()

    def passed(self, report: PassReport) -> None:
        """A pass is done, and the pool works on what it found."""
        self._oldest = self._parts.pool.oldest(Priority.CRITICAL)
        self.schedules.passed(report.started_at, report.coverage)

    def failed(self, why: str) -> None:
        """A pass has failed."""
        self.schedules.failed(why)

    async def look(self) -> None:
        """Now and then; with nothing to do, less often."""
        parts, now = self._parts, asyncio.get_running_loop().time()
        if parts.pool.at_rest and now - self._looked_at < REST_SECONDS:
            return
        self._looked_at = now
        last = parts.reconciler.last
        self.schedules.check(last.coverage if last else ())
        waiting = parts.pool.waiting
        self._conditions.look(
            Figures(
                silent_for=parts.health.late("reconciler"),
                waiting=waiting,
                held=parts.pool.held.why or self._closed(),
                oldest_critical=self._oldest if waiting else None,
                used=self._used(),
            )
        )
        await self._pressure.look()
        idle = self.guardrails.drains and self._is_idle()
        await self.guardrails.look(idle=idle, memory=self._pressure.memory is Level.LIMIT)
        await parts.alerts.look()

    def _closed(self) -> str:
        """Which sources are closed for maintenance, and until when."""
        closures = self._parts.pool.closures
        return "; ".join(filter(None, map(closures.why, self._parts.limiters))) if closures.any else ""

    def _is_idle(self) -> bool:
        """Whether nothing runs, and nothing could for a while."""
        pool = self._parts.pool
        return not pool.running_tasks and pool.seconds_to_next() > IDLE_SECONDS

    def _used(self) -> dict[str, float]:
        """Of the longest windows; where nobody wants to hear of it, it is no trouble: a backlog does that."""
        if "limit_near" not in self._parts.rules.alerts.on:
            return {}
        return {name: limiter.used_of_longest() for name, limiter in self._parts.limiters.items()}

    async def _be_safe(self, why: str) -> None:
        parts = self._parts
        parts.be_safe(why)
        await parts.pool.refresh()  # in the other order
        self._rearm()

    def _tell_digest(self) -> None:
        membership = self._parts.ports.membership
        if membership is not None and not membership.leads:  # of several machines one tells
            return
        self._parts.alerts.digest("Daily digest", self._digest.text())

    def _digest_times(self) -> tuple[Schedule, ...]:
        at = self._parts.rules.service.digest
        return () if at is None else (at,)

    def _clock(
        self, schedules: tuple[Schedule, ...], ask: Callable[[], None], name: str = "schedules", wakes: str = "a pass"
    ) -> Schedules:
        ports, health = self._parts.ports, self._parts.health
        return Schedules(
            schedules, ask=ask, state=ports.texts, clock=ports.clock, beat=health.beat, tell=health.trouble,
            chance=ports.chance, name=name, wakes=wakes,
        )  # fmt: skip
