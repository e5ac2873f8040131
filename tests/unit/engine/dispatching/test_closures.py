"""Maintenance windows at work: whom they hold, when they let go, and what is said meanwhile."""

from __future__ import annotations

import asyncio
import datetime as dt

from tests.unit.engine.dispatching.desk import Desk

from adce_async.engine.dispatching.closures import Closures
from adce_async.model.coverage import Priority
from adce_async.model.days import from_iso
from adce_async.planning.maintenance import Window
from adce_async.testing.clock import FakeClock

SIX_TO_EIGHT = Window(dt.time(6), dt.time(8), "UTC", sources=frozenset({"ant"}), urgent=True)


def at(clock: FakeClock, text: str) -> None:
    clock.jump(from_iso(text) - clock.now())


def test_closed_and_open_again_as_the_clock_goes_or_is_set() -> None:
    clock, pokes = FakeClock(), []
    closures = Closures([SIX_TO_EIGHT], clock.now, lambda: pokes.append(clock.now()))
    at(clock, "2026-03-02T05:59:50Z")
    assert (closures.wait("ant", urgent=False), closures.why("ant")) == (0.0, "")
    at(clock, "2026-03-02T06:00:00Z")
    assert closures.wait("ant", urgent=False) == 7200.0
    assert closures.wait("ant", urgent=True) == closures.wait("bee", urgent=False) == 0.0
    assert closures.why("ant") == "maintenance until 2026-03-02T08:00:00Z; CRITICAL tasks are let through"
    at(clock, "2026-03-02T03:00:00Z")  # the clock was set back
    assert closures.wait("ant", urgent=False) == 0.0
    at(clock, "2026-03-02T07:00:00Z")
    assert closures.wait("ant", urgent=False) == 3600.0
    closures.apply([])
    assert (closures.wait("ant", urgent=False), closures.any, len(pokes)) == (0.0, False, 1)
    closures.apply([])
    assert len(pokes) == 1


async def test_nothing_of_a_closed_source_starts_but_what_is_critical_and_all_starts_when_it_is_over() -> None:
    desk = Desk()
    now = desk.closures._now()
    window_end = dt.datetime.fromtimestamp(now, dt.UTC) + dt.timedelta(minutes=2)
    window = Window(dt.time(0, 0), window_end.time().replace(second=0, microsecond=0), "UTC", urgent=True)
    desk.closures.apply([window])
    wait = desk.closures.wait("ant", urgent=False)
    assert 60.0 < wait <= 120.0
    await desk.add("later")
    await desk.add("first", priority=Priority.CRITICAL)
    async with desk.working(), asyncio.TaskGroup() as group:
        waking = group.create_task(desk.closures.run())
        await asyncio.sleep(30.0)
        assert [keys for _, keys in desk.tries.began] == [["first"]]
        assert 0 < desk.dispatcher.seconds_to_next() <= wait
        assert "maintenance until" in desk.dispatcher._detail()
        await asyncio.sleep(wait)
        waking.cancel()
    assert [keys for _, keys in desk.tries.began] == [["first"], ["later"]]
    began = desk.tries.began[1][0]
    assert wait <= began <= wait + 0.1


async def test_a_window_that_is_taken_away_lets_go_at_once() -> None:
    desk = Desk()
    desk.closures.apply([Window(dt.time(0), dt.time(12), "UTC"), Window(dt.time(12), dt.time(0), "UTC")])
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(1000.0)
        assert desk.tries.began == []
        desk.closures.apply([])
        await asyncio.sleep(1.0)
    assert desk.tries.began == [(1000.0, ["a"])]
