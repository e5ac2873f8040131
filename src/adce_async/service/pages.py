"""What each page shows of the running parts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence

from adce_async.app import Parts
from adce_async.errors import InvalidKeyError
from adce_async.model.coverage import Coverage
from adce_async.model.days import DAY
from adce_async.planning.score import factors
from adce_async.service.last_look import LastLook, Look
from adce_async.service.lists import Lists
from adce_async.service.overview import Overviews
from adce_async.service.plans import Plans
from adce_async.service.since_look import SinceLook
from adce_async.web.page.curves import Curve, curve
from adce_async.web.page.heat_map import HeatMap, heat_map
from adce_async.web.page.routes import Values
from adce_async.web.paging import Page

Line = tuple[str, str, list[tuple[float, float]]]
"""Name, unit, and points: seconds since the epoch, value."""
CURVE_SECONDS = 3 * DAY
CURVE_POINTS = 36
_FRESH_SECONDS = 60.0
"""Curves are drawn anew after so long."""
_MOST_ROWS = 500


class ServicePages:
    """`web.page.routes.Pages` of running parts."""

    def __init__(
        self,
        parts: Parts,
        next_pass: Callable[[], float | None],
        since: SinceLook | None = None,
        *,
        plans: Plans | None = None,
        look: LastLook | None = None,
        acts: bool = True,
    ) -> None:
        """`next_pass()`: seconds until the next one; None during the first one. `since`: what was stored after
        the last one. `plans`: when it is done. `look`: at the lake. `acts`: whether somebody may do something there.
        """
        self.acts = acts
        self._parts = parts
        self._next_pass = next_pass
        self._lists = Lists(parts)
        self._since = since or SinceLook()
        self._look = look or LastLook(parts)
        self._overviews = Overviews(parts, self._since, plans, self._look)
        self._points: tuple[float, list[Line]] | None = None
        self._drawing = asyncio.Lock()
        self._map: tuple[Look | None, int, HeatMap] | None = None

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._parts.ports.clock.now()

    async def overview(self, *, every_season: bool = False) -> Values:
        """`/`; `every_season`: however long that page gets."""
        seen = await self._overviews.look(self._next_pass())
        return {
            "o": seen,
            "map": heat_map(seen.coverage, sys.maxsize) if every_season else self._map_of(seen.coverage),
            "every_season": every_season,
            "waiting": self._parts.pool.waiting,
            "curves": await self._drawn(seen.total.completeness_pct if seen.gaps is not None else None),
        }

    def _map_of(self, coverage: Sequence[Coverage]) -> HeatMap:
        """The same one until there are other rows: a pass makes a list of its own, and what is stored changes it."""
        last, version = self._look.last, self._since.version
        if self._map is None or self._map[0] is not last or self._map[1] != version:
            self._map = last, version, heat_map(coverage)
        return self._map[2]

    async def data(self, source: str, data_type: str, season: str) -> Values | None:
        """One data type in one season; `all`: it has none."""
        last = self._look.last
        rows = self._since.now(last.coverage) if last else []
        row = next((r for r in rows if (r.source, r.data_type, r.season or "all") == (source, data_type, season)), None)
        if row is None:
            return None
        filters = {"source": source, "data_type": data_type, "season": str(row.season)}
        gaps = await self._lists.gaps(Page(limit=_MOST_ROWS, filters=filters))
        return {
            "source": source, "data_type": data_type, "season": season, "row": row, "rows": gaps.rows,
            "looked_at": last.at if last else None,
            "more": row.gaps - len(gaps.rows) if row.gaps > len(gaps.rows) > 0 else 0,
        }  # fmt: skip

    async def key(self, key: str) -> Values | None:
        """One key: what is stored, what is planned, what was tried, and the answer that was refused."""
        ports = self._parts.ports
        try:
            stored = await ports.store.head(key)
        except InvalidKeyError:
            return None
        parked = next((each for each in await ports.queue.parked() if each.key == key), None)
        attempts = await ports.history.recent(50, key=key)
        task = await self._task(key)
        if stored is None and parked is None and task is None and not attempts:
            return None
        provenance = await ports.store.provenance(key) if stored is not None else None
        found = {
            "key": key, "stored": stored, "parked": parked, "attempts": attempts, "provenance": provenance or {},
            "task": task, "factors": self._factors(key),
        }  # fmt: skip
        return {"k": found}

    async def source(self, source: str) -> Values | None:
        """One source."""
        rows = (await self._lists.sources(Page(filters={"source": source}))).rows
        if not rows:
            return None
        attempts = await self._lists.history(Page(limit=50, filters={"source": source}))
        parked = sum(each.source == source for each in await self._parts.ports.queue.parked())
        return {"s": {**rows[0], "parked": parked}, "attempts": attempts.rows}

    async def _task(self, key: str) -> Mapping[str, object] | None:
        found = await self._lists.tasks(Page(limit=1, filters={"key": key}))
        return next(iter(found.rows), None)

    def _factors(self, key: str) -> Mapping[str, float]:
        pool = self._parts.pool
        task = pool.find(key)
        if task is None:
            return {}
        return factors(task, self.now(), pool.rules.score, pool.success_rates).as_dict()

    async def _drawn(self, percent: float | None) -> list[Curve]:
        """`percent`: what is complete now, which the curve must not contradict."""
        async with self._drawing:
            now = self.now()
            if self._points is None or not 0 <= now - self._points[0] < _FRESH_SECONDS:
                self._points = now, await self._read(now)
            (name, unit, complete), *rest = self._points[1]
            lines = [(name, unit, [*complete, *([(now, percent)] if percent is not None else [])]), *rest]
            return [curve(name, unit, points, since=now - CURVE_SECONDS, until=now) for name, unit, points in lines]

    async def _read(self, now: float) -> list[Line]:
        ports, since = self._parts.ports, now - CURVE_SECONDS
        hours = await ports.history.hourly(since)
        stored = [(at + 3600, float(of.get("stored", 0))) for at, of in hours.items() if at + 3600 <= now]
        failed = [
            (at + 3600, float(of.get("retry", 0) + of.get("parked", 0))) for at, of in hours.items() if at + 3600 <= now
        ]
        complete: list[tuple[float, float]] = []
        if ports.coverage is not None:
            for step in range(CURVE_POINTS + 1):
                at = since + step * CURVE_SECONDS / CURVE_POINTS
                past = await ports.coverage.as_of(at)
                if past is None or past.since > at:
                    continue
                percent = Coverage.total(past.rows.values()).completeness_pct
                if percent is not None:
                    complete.append((at, percent))
        return [("complete", " %", complete), ("stored an hour", "", stored), ("failed an hour", "", failed)]
