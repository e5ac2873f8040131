"""What waits, runs, is parked and was attempted: the lists of the web, a page at a time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping, Sequence

from adce_async.app import Parts
from adce_async.model.coverage import Priority
from adce_async.model.days import iso
from adce_async.model.task import AttemptRecord, Parked, Task
from adce_async.planning.key_lookup import data_type_of_key
from adce_async.planning.score import factors
from adce_async.service.rate_limits import rate_limits
from adce_async.service.task_filters import fitting_tasks
from adce_async.web.lists import Listing
from adce_async.web.paging import Page

Row = Mapping[str, object]


_FEW = 1000
"""So many tasks are put in order while the loop waits."""
_AT_ONCE = 100
"""Rows of tasks that are made in one turn of the loop."""


class Lists:
    """`web.lists.Lists` of running parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def tasks(self, page: Page) -> Listing:
        """What runs, then what is next, best score first; delayed ones last, by time."""
        pool, now = self._parts.pool, self._parts.ports.clock.now()
        running = [task for tasks in pool.running_tasks.values() for task in tasks]
        queued = await self._queued(page, now, page.end - len(running))
        more = {"queued": pool.waiting, "running": len(running)}
        states = [(task, "running") for task in running]
        states += [(task, "delayed" if task.not_before > now else "queued") for task in queued]
        if not page.filters:  # a row costs 30 us: no other ones than those that are shown
            return Listing(await self._tasks(states[page.offset : page.end], now), more)
        return Listing(_fitting(await self._tasks(states, now), page)[page.offset : page.end], more)

    async def _tasks(self, states: Sequence[tuple[Task, str]], now: float) -> list[Row]:
        rows = []
        for number, (task, state) in enumerate(states):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)  # thousands of them would hold whatever else the loop has to do
            rows.append(self._task(task, now, state))
        return rows

    async def _queued(self, page: Page, now: float, count: int) -> Sequence[Task]:
        """The first `count` that wait; without filters as the dispatcher would take them, which is quick."""
        pool = self._parts.pool
        if not page.filters and count <= _FEW:
            ready = pool.next_tasks(max(0, count))
            if len(ready) >= count or len(ready) == pool.waiting:
                return ready
        score, rates = pool.rules.score, pool.success_rates

        def rank(task: Task) -> tuple[float, float]:
            late = max(0.0, task.not_before - now)
            return late, -factors(task, now, score, rates).score

        def first(tasks: list[Task]) -> list[Task]:
            of_tasks = {name: value for name, value in page.filters.items() if name != "state"}  # that is its row's
            return heapq.nsmallest(count, fitting_tasks(tasks, of_tasks), key=rank)

        return await asyncio.to_thread(first, pool.all_tasks())

    async def gaps(self, page: Page) -> Listing:
        """Each gap that is known by key: those that wait, run or are parked. Beyond the caps only counts are known."""
        ports, pool = self._parts.ports, self._parts.pool
        tasks = [*(task for tasks in pool.running_tasks.values() for task in tasks), *pool.all_tasks()]
        parked = await ports.queue.parked()
        rows, fitting = await asyncio.to_thread(_gaps, tasks, parked, page, self._place)
        last = self._parts.reconciler.last
        more = {"total": last.gaps if last else None, "by_kind": dict(last.by_kind) if last else {}}
        return Listing(rows, {**more, "fitting": fitting})

    async def parked(self, page: Page) -> Listing:
        """The dead-letter list, oldest first."""
        parked = await self._parts.ports.queue.parked()
        rows = await asyncio.to_thread(lambda: _fitting([_parked(each, self._place) for each in parked], page))
        return Listing(rows[page.offset : page.end], {"total": len(rows)})

    async def history(self, page: Page) -> Listing:
        """The last attempts, newest first."""
        given = {name: page.filters.get(name) for name in ("source", "scraper", "key")}
        found = await self._parts.ports.history.recent(page.end, **given)
        return Listing([_attempt(each) for each in found[page.offset :]], {})

    async def notes(self, page: Page) -> Listing:
        """What was done and decided, newest first."""
        found = await self._parts.ports.history.notes(page.end, kind=page.filters.get("kind"))
        rows = [{"at": iso(each.at), "kind": each.kind, "text": each.text} for each in found[page.offset :]]
        return Listing(rows, {})

    async def sources(self, page: Page) -> Listing:
        """The sources, their hosts, what they are allowed and how they are."""
        parts = self._parts
        states = rate_limits(parts)
        rows: list[Row] = []
        for lane in parts.lanes:
            known = parts.catalog.sources.get(lane.source)
            rows.append(
                {
                    "source": lane.source, "hosts": sorted(known.config.hosts) if known else [], "width": lane.width,
                    "running": lane.running, "held": lane.held.why or None,
                    "trouble": parts.doubts.trouble(lane.source) or lane.trouble() or None,
                    "queued": parts.pool.requests_of.get(lane.source, 0), **states[lane.source],
                }
            )  # fmt: skip
        return Listing(_fitting(rows, page)[page.offset : page.end], {"total": len(rows)})

    def _place(self, key: str) -> tuple[str | None, str | None]:
        """Data type and season that `key` belongs to, where that can be told."""
        found = data_type_of_key(self._parts.catalog.declared, key)
        return (None, None) if found is None else (found[0].data_type.name, found[1].get("season"))

    def _task(self, task: Task, now: float, state: str) -> Row:
        parts = self._parts
        scored = factors(task, now, parts.pool.rules.score, parts.pool.success_rates)
        lane = next((each for each in parts.lanes if each.source == task.source), None)
        waits = {
            "running": "",
            "delayed": f"not before {iso(task.not_before)}",
            "queued": (lane.why_waiting() if lane else "its source is not known any more"),
        }[state]
        if state == "queued" and lane and not task.is_ahead:
            waits = parts.live.room.why(task.source) or waits
        if state == "queued":
            closed = parts.pool.closures.wait(task.source, task.priority is Priority.CRITICAL)
            waits = parts.pool.held.why or (parts.pool.closures.why(task.source) if closed else waits)
        return {
            "key": task.key, "state": state, "source": task.source, "scraper": task.scraper,
            "data_type": task.data_type, "season": task.season, "kind": task.kind.value,
            "priority": task.priority.name, "score": round(scored.score, 3), "attempts": task.attempts,
            "not_before": iso(task.not_before) if task.not_before else None, "waits_for": waits or None,
            "detected_at": iso(task.detected_at), "reason": task.reason,
        }  # fmt: skip


Place = Callable[[str], tuple[str | None, str | None]]


def _gaps(tasks: Sequence[Task], parked: Sequence[Parked], page: Page, place: Place) -> tuple[list[Row], int]:
    """The rows of the page, and how many there are in all. Of a million tasks a thousand rows are made."""
    rest = {name: value for name, value in page.filters.items() if name != "state"}
    state = page.filters.get("state", "").casefold()
    fitting = fitting_tasks(tasks, rest) if state in ("", "queued") else []
    out = _fitting([_parked_gap(each, place) for each in parked], page) if state in ("", "parked") else []
    rows: list[Row] = [_queued_gap(task) for task in fitting[page.offset : page.end]]
    left = page.limit - len(rows)
    first = max(0, page.offset - len(fitting))
    return [*rows, *out[first : first + left]], len(fitting) + len(out)


def _queued_gap(task: Task) -> Row:
    return {
        "key": task.key, "source": task.source, "data_type": task.data_type, "season": task.season,
        "kind": task.kind.value, "priority": task.priority.name, "reason": task.reason, "state": "queued",
        "detected_at": iso(task.detected_at),
    }  # fmt: skip


def _parked_gap(each: Parked, place: Place) -> Row:
    return {
        "key": each.key, "source": each.source, **_named(place(each.key)), "kind": each.kind.value,
        "priority": None, "reason": each.reason, "state": "parked", "detected_at": None,
    }  # fmt: skip


def _fitting(rows: Sequence[Row], page: Page) -> list[Row]:
    if not page.filters:
        return list(rows)
    wanted = {name: value.casefold() for name, value in page.filters.items()}
    return [row for row in rows if all(str(row.get(name)).casefold() == value for name, value in wanted.items())]


def _named(place: tuple[str | None, str | None]) -> Row:
    return dict(zip(("data_type", "season"), place, strict=True))


def _parked(each: Parked, place: Place) -> Row:
    return {
        "key": each.key, "source": each.source, "scraper": each.scraper, **_named(place(each.key)),
        "kind": each.kind.value,
        "reason": each.reason, "attempts": each.attempts, "parked_at": iso(each.parked_at),
        "last_status": each.last_status,
    }  # fmt: skip


def _attempt(each: AttemptRecord) -> Row:
    return {
        "at": iso(each.at), "key": each.key, "source": each.source, "scraper": each.scraper,
        "verdict": each.verdict, "reason": each.reason, "seconds": round(each.seconds, 3), "bytes": each.bytes,
    }  # fmt: skip
