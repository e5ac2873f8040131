"""The loop that asks for passes at the times of a clock. It carries no work: what is missed costs an interval.

Which times have been seen to is kept in the state, so that a restart neither asks twice nor forgets what it missed.
The wall clock may be set, and a machine may sleep: it is looked at once a minute.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
import structlog

from adce_async.engine.ticks import set_within, until_tick
from adce_async.errors import QueueError
from adce_async.model.coverage import Coverage
from adce_async.model.days import DAY, iso
from adce_async.model.schedule import Schedule
from adce_async.ports import Clock, StateStore

log = structlog.get_logger("adce.schedules")

LOOK_SECONDS = 60.0
LATE_SECONDS = 120.0
"""A time that is longer ago than this (beside the jitter) was missed."""

Beat = Callable[[str, float, str], None]


@dataclass(slots=True)
class _Run:
    """A pass that a schedule has asked for. Times: seconds since the epoch."""

    schedule: Schedule
    asked_at: float
    failures: int = 0


class Schedules:
    """Asks for passes."""

    def __init__(
        self,
        schedules: Sequence[Schedule],
        *,
        ask: Callable[[], None],
        state: StateStore,
        clock: Clock,
        beat: Beat,
        tell: Callable[[str, str], object],
        chance: Callable[[], float],
        name: str = "schedules",
        wakes: str = "a pass",
    ) -> None:
        """`ask()`: a pass, please; `chance()`: uniform in [0, 1), for jitter; `wakes`: what follows, for the log.

        `name`: under which it beats, and of the text that keeps, by schedule, the last time that was seen to.
        """
        self._name = name
        self._wakes = wakes
        self._schedules = tuple(schedules)
        self._ask = ask
        self._state = state
        self._clock = clock
        self._beat = beat
        self._tell = tell
        self._chance = chance
        self._changed = asyncio.Event()
        self._seen: dict[str, float] = {}
        self._late: dict[tuple[str, float], float] = {}
        """Jitter of the times to come."""
        self._runs: dict[str, _Run] = {}

    def apply(self, schedules: Sequence[Schedule]) -> None:
        """Ask at these times from now on; what is no schedule any more is forgotten."""
        names = {each.name for each in schedules}
        for name in [name for name in self._runs if name not in names]:
            self._over(name)
        self._schedules = tuple(schedules)
        self._changed.set()

    def next_times(self) -> Mapping[str, str]:
        """When each is due next (ISO 8601, UTC), its jitter not counted."""
        now = self._clock.now()
        found = ((each.name, self._upcoming(each, now)) for each in self._schedules)
        return {name: iso(at) for name, at in found if at is not None}

    def _upcoming(self, schedule: Schedule, now: float) -> float | None:
        """The first time after `now` that was not seen to; mostly the one after the last, which is known already."""
        seen = self._seen.get(schedule.name, now)
        due = schedule.next_after(seen)
        return due if due is None or due > now else schedule.next_after(max(now, seen))

    async def run(self) -> None:
        """(A loop.)"""
        await self._load()
        while True:
            wait = await self._look()
            self._beat(self._name, wait + 60.0 if self._schedules else float("inf"), self._detail())
            await set_within(self._changed, wait if self._schedules else math.inf)
            self._changed.clear()

    def passed(self, started_at: float, rows: Iterable[Coverage]) -> None:
        """A pass that began at `started_at` is done, and this is what it found."""
        found = list(rows)
        for name, run in list(self._runs.items()):
            if started_at >= run.asked_at and (run.schedule.timeout is None or not _open(run.schedule, found)):
                self._over(name)

    def failed(self, why: str) -> None:
        """A pass has failed; it is tried again by who runs it."""
        for name, run in self._runs.items():
            run.failures += 1
            if run.failures > run.schedule.retries:
                self._tell(
                    f"schedule {name}", f"{run.failures} passes since {iso(run.asked_at)} failed, the last: {why}"
                )

    def check(self, rows: Iterable[Coverage]) -> None:
        """Whose time is over is told of, with what is missing still. `rows`: as the last pass has found them."""
        now = self._clock.now()
        found: list[Coverage] | None = None
        for name, run in list(self._runs.items()):
            if run.schedule.timeout is not None and now - run.asked_at > run.schedule.timeout:
                found = list(rows) if found is None else found
                gaps = _open(run.schedule, found)
                self._tell(
                    f"schedule {name}",
                    f"not done {run.schedule.timeout / 60:g} min after {iso(run.asked_at)}: {gaps or 'no pass yet'}",
                )

    def _over(self, name: str) -> None:
        self._runs.pop(name, None)
        self._tell(f"schedule {name}", "")

    async def _look(self) -> float:
        """See to what is due; seconds until something may be."""
        now = self._clock.now()
        soonest, changed = until_tick(LOOK_SECONDS), False
        for schedule in self._schedules:
            seen = self._seen.get(schedule.name)
            if seen is None or seen > now + DAY:  # new; or the clock was far ahead once
                self._seen[schedule.name] = seen = now
                changed = True
            due = schedule.next_after(seen)
            if due is None:
                continue
            at = due + self._jitter(schedule, due)
            if at > now:
                soonest = min(soonest, at - now)
                continue
            self._late.pop((schedule.name, due), None)
            self._seen[schedule.name] = max(due, schedule.last_until(now) or due)
            changed = True
            self._see_to(schedule, due, missed=now - at > LATE_SECONDS)
            soonest = 0.001  # the next time may be due already
        if changed:
            await self._save()
        return soonest

    def _see_to(self, schedule: Schedule, due: float, *, missed: bool) -> None:
        if missed and not schedule.catches_up:
            log.info("schedule missed", schedule=schedule.name, due=iso(due), next="it is not caught up")
            return
        log.info("schedule due", schedule=schedule.name, due=iso(due), late=missed, next=self._wakes)
        self._runs[schedule.name] = _Run(schedule, self._clock.now())
        self._ask()

    def _jitter(self, schedule: Schedule, due: float) -> float:
        if not schedule.jitter:
            return 0.0
        return self._late.setdefault((schedule.name, due), schedule.jitter * self._chance())

    def _detail(self) -> str:
        times = self.next_times()
        if not times:
            return "no schedules"
        name = min(times, key=times.__getitem__)
        return f"next: {name} at {times[name]}"

    async def _load(self) -> None:
        try:
            text = await self._state.get_text(self._name)
            found = orjson.loads(text) if text else {}
            self._seen = {str(name): float(at) for name, at in found.items()}
        except (QueueError, ValueError, TypeError, AttributeError) as error:
            log.warning("what was scheduled is not known any more", why=str(error), next="counted from now on")
            self._seen = {}

    async def _save(self) -> None:
        names = {each.name for each in self._schedules}
        self._seen = {name: at for name, at in self._seen.items() if name in names}
        try:
            await self._state.set_text(self._name, orjson.dumps(self._seen).decode())
        except QueueError as error:  # told by others; a restart may ask once more
            log.warning("schedules are not written down", why=str(error))


def _open(schedule: Schedule, rows: Iterable[Coverage]) -> str:
    """What is not (well) there of what it names; '' if nothing is missing, or it names nothing."""
    if not schedule.data_types:  # it wanted a pass
        return ""
    gaps: dict[str, int] = {}
    for row in rows:
        if row.gaps and schedule.concerns(row.source, row.data_type):
            name = f"{row.source}.{row.data_type}"
            gaps[name] = gaps.get(name, 0) + row.gaps
    return ", ".join(f"{count} gaps of {name}" for name, count in sorted(gaps.items()))
