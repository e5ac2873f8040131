"""`/plan`: what is fetched next and when, played through with what the running limiters know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from adce_async.app import Parts
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.model.coverage import Priority
from adce_async.model.days import iso
from adce_async.model.limits import Pacing
from adce_async.planning.attempt_times import usual_seconds
from adce_async.planning.forecast import Forecast, Planned, Ranking, forecast
from adce_async.planning.simulation import GLOBAL, SLOTS, Conditions, Upstream
from adce_async.planning.throttle import Throttle
from adce_async.service.last_look import LastLook
from adce_async.service.lists import Lists
from adce_async.service.outlooks import Outlooks
from adce_async.web.lists import Listing
from adce_async.web.paging import Page

FRESH_SECONDS = 5.0
"""A plan is good for so long: it is played through at most so often, whoever asks."""
MOST_PLAYED = 30_000
"""More tasks than these are not played through: it would take a core for seconds. They are listed without times."""
FEW_PLAYED = 2000
"""So few are played through while somebody waits for the page; more in the background, for the next look."""
SHOWN_SECONDS, OLD_SECONDS = 15.0, 300.0
"""A plan that is shown to people is played through at most so often, and is shown no longer than this."""
_ATTEMPTS = 2000


@dataclass(frozen=True, slots=True)
class Played:
    """A queue played through at loop time `time`, seconds `at` since the epoch."""

    forecast: Forecast
    time: float
    at: float
    by_priority: Mapping[Priority, float]
    """Seconds from then until the last request of each goes."""

    @classmethod
    def of(cls, found: Forecast, time: float, at: float) -> Played:
        """With what takes a while, to be made in a thread."""
        return cls(found, time, at, found.planned.last_by_priority() if isinstance(found.planned, Ranking) else {})

    @property
    def eta_seconds(self) -> float:
        """From then until the last request goes."""
        return self.forecast.eta_seconds

    @property
    def source(self) -> str | None:
        """Which one decides; None: what holds over all of them."""
        bound = self.forecast.bound_by
        return None if bound in (GLOBAL, SLOTS) else bound


class Plans:
    """Plays the queue of running parts through, in a thread, one at a time."""

    def __init__(self, parts: Parts, look: LastLook | None = None) -> None:
        """`look`: at the lake."""
        self._parts = parts
        self._outlooks = Outlooks(parts, look)
        self._lists = Lists(parts)
        self._known: Played | None = None
        self._playing = asyncio.Lock()
        self._ahead: asyncio.Task[Played] | None = None

    async def close(self) -> None:
        """Nobody looks any more."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait([self._ahead])

    async def plan(self, page: Page) -> Listing:
        """Tasks in the order in which they are wanted, with the seconds until their requests go."""
        if self._parts.pool.waiting > MOST_PLAYED:
            return await self._unplayed(page)
        played = await self._played()
        found = played.forecast
        planned = found.planned if not page.filters else [each for each in found.planned if _fits(each, page.filters)]
        rows = [_row(each) for each in planned[page.offset : page.end]]
        return Listing(
            rows,
            {
                "total": len(planned), "eta_seconds": round(found.eta_seconds, 3), "bound_by": found.bound_by,
                "at": iso(played.at), "unforeseen": self._unforeseen(),
            },
        )  # fmt: skip

    async def soon(self) -> Played | None:
        """One that is good enough for people, without making them wait; None where there is none (yet)."""
        parts, time = self._parts, asyncio.get_running_loop().time()
        if not 0 < parts.pool.waiting <= MOST_PLAYED or parts.pool.held or any(lane.held for lane in parts.lanes):
            return None  # nobody knows when what is held goes on
        known = self._known
        if known is not None and time - known.time < SHOWN_SECONDS:
            return known
        if parts.pool.waiting <= FEW_PLAYED:
            return await self._played()
        if self._ahead is None or self._ahead.done():
            self._ahead = asyncio.get_running_loop().create_task(self._played(), name="plan ahead")
        return known if known is not None and time - known.time < OLD_SECONDS else None

    def _unforeseen(self) -> list[Mapping[str, object]]:
        return [each.as_dict() for each in self._outlooks.unforeseen()]

    async def _played(self) -> Played:
        """As of now, or of a moment ago."""
        async with self._playing:
            time = asyncio.get_running_loop().time()
            if self._known is None or time - self._known.time >= FRESH_SECONDS:
                parts, now = self._parts, self._parts.ports.clock.now()
                seconds = usual_seconds(await parts.ports.history.recent(_ATTEMPTS))
                tasks, conditions = list(parts.pool.all_tasks()), self._conditions(now, seconds)
                score, rates = parts.pool.rules.score, dict(parts.pool.success_rates)
                play = partial(forecast, tasks, score, conditions, now=now, success_rates=rates)
                self._known = await asyncio.to_thread(lambda: Played.of(play(), time, now))
            return self._known

    async def _unplayed(self, page: Page) -> Listing:
        """Too many: their order, and when the last one goes by arithmetic."""
        seen = self._outlooks.queue()
        found = await self._lists.tasks(page)
        names = ("key", "source", "scraper", "priority", "score")
        rows = [{**{name: row[name] for name in names}, "factors": {}, "eta": None} for row in found.rows]
        return Listing(
            rows,
            {
                "total": self._parts.pool.waiting, "eta_seconds": round(seen.seconds, 3), "bound_by": seen.source,
                "at": iso(self._parts.ports.clock.now()), "unforeseen": self._unforeseen(),
            },
        )  # fmt: skip

    def _conditions(self, now: float, seconds: Mapping[str, float]) -> Conditions:
        parts = self._parts

        def upstream(limiter: RateLimiter, pacing: Pacing | None = None, most: int | None = None) -> Upstream:
            throttle, known = None, limiter.throttle_state()
            if known is not None:
                throttle = Throttle()
                throttle.restore(known, now=0.0, wall=now)
            return Upstream(limiter.limits, pacing, [min(0.0, at - now) for at in limiter.export()], throttle, most)

        sources = parts.rules.sources
        upstreams = {
            name: upstream(limiter, sources[name].pacing, sources[name].most)
            for name, limiter in parts.limiters.items()
            if name in sources
        }
        pool = parts.pool.rules
        return Conditions(
            upstreams, upstream(parts.overall), pool.size, pool.strict, seconds, windows=pool.windows
        )  # fmt: skip


def _fits(planned: Planned, filters: Mapping[str, str]) -> bool:
    task = planned.task
    known = {
        "source": task.source, "scraper": task.scraper, "data_type": task.data_type, "season": str(task.season),
        "kind": task.kind.value, "priority": task.priority.name, "key": task.key,
    }  # fmt: skip
    return all(known[name].casefold() == value.casefold() for name, value in filters.items())


def _row(planned: Planned) -> Mapping[str, object]:
    task = planned.task
    return {
        "key": task.key, "source": task.source, "scraper": task.scraper, "priority": task.priority.name,
        "score": round(planned.score, 3), "factors": planned.factors.as_dict(),
        "eta": round(planned.eta, 3) if planned.eta != float("inf") else None,
    }  # fmt: skip
