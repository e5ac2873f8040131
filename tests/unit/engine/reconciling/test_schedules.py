"""Passes at given times: once each, also over restarts, missed times, clocks that are set, passes that fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from adce_async.engine.reconciling.schedules import Schedules
from adce_async.errors import QueueError
from adce_async.model.coverage import Coverage
from adce_async.model.days import DAY, from_iso, iso
from adce_async.model.schedule import Schedule
from adce_async.testing.clock import FakeClock
from adce_async.testing.memory_queue import MemoryState

START = "2026-01-15T12:00:00Z"
HOURLY = Schedule("hourly", "0 * * * *", "UTC")
NIGHTLY = Schedule("nightly", "0 4 * * *", "UTC")
HOUR = 3600.0


class Desk:
    """Schedules at work in a world whose clock can be set."""

    def __init__(self, *schedules: Schedule, state: MemoryState | None = None, start: str = START) -> None:
        self.clock, self.state = FakeClock(), state or MemoryState()
        self.clock.set(start)
        self.asked: list[str] = []
        self.told: dict[str, str] = {}
        self.beats: list[float] = []
        self.schedules = Schedules(
            schedules, ask=lambda: self.asked.append(iso(self.clock.now())), state=self.state, clock=self.clock,
            beat=lambda _name, within, _detail: self.beats.append(within),
            tell=lambda name, text: self.told.update({name: text}), chance=lambda: 0.5,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self.schedules.run())
            await asyncio.sleep(0)
            yield
            work.cancel()


async def test_each_time_is_asked_for_once() -> None:
    desk = Desk(HOURLY, NIGHTLY)
    async with desk.running():
        await asyncio.sleep(DAY + 1)
    assert desk.asked[:3] == ["2026-01-15T13:00:00Z", "2026-01-15T14:00:00Z", "2026-01-15T15:00:00Z"]
    assert len(desk.asked) == 24 + 1
    assert desk.asked.count("2026-01-16T04:00:00Z") == 2


async def test_without_schedules_it_sleeps_until_there_are_some() -> None:
    desk = Desk()
    async with desk.running():
        await asyncio.sleep(10 * DAY)
        assert len(desk.beats) == 1
        assert desk.beats == [float("inf")]
        desk.schedules.apply([HOURLY])
        await asyncio.sleep(2 * HOUR + 1)
        assert len(desk.asked) == 2
        desk.schedules.apply([])
        await asyncio.sleep(DAY)
    assert len(desk.asked) == 2


@pytest.mark.parametrize(("catches_up", "times"), [(True, 1), (False, 0)])
async def test_what_was_missed_is_made_up_for_once_or_not_at_all(catches_up: bool, times: int) -> None:
    hourly = Schedule("hourly", "0 * * * *", "UTC", catches_up=catches_up)
    before = Desk(hourly)
    async with before.running():
        await asyncio.sleep(HOUR)
    later = Desk(hourly, state=before.state, start="2026-01-17T00:30:00Z")
    async with later.running():
        await asyncio.sleep(60.0)
        assert len(later.asked) == times
        await asyncio.sleep(HOUR)
    assert len(later.asked) == times + 1


async def test_a_machine_that_slept_makes_up_for_it() -> None:
    desk = Desk(HOURLY)
    async with desk.running():
        desk.clock.jump(10 * HOUR)
        await asyncio.sleep(61.0)
        assert len(desk.asked) == 1
        await asyncio.sleep(HOUR)
    assert len(desk.asked) == 2


async def test_a_restart_asks_for_nothing_twice() -> None:
    before = Desk(HOURLY)
    async with before.running():
        await asyncio.sleep(HOUR + 1)
    assert len(before.asked) == 1
    after = Desk(HOURLY, state=before.state, start=iso(before.clock.now()))
    async with after.running():
        await asyncio.sleep(60.0)
    assert after.asked == []


async def test_a_clock_that_is_set_back_repeats_nothing_and_one_that_was_years_ahead_does_not_silence_it() -> None:
    desk = Desk(HOURLY)
    async with desk.running():
        await asyncio.sleep(HOUR + 60.0)
        desk.clock.jump(-HOUR / 2)
        await asyncio.sleep(HOUR / 2)
        assert len(desk.asked) == 1
        desk.clock.jump(400 * DAY)
        await asyncio.sleep(61.0)
        assert len(desk.asked) == 2
        desk.clock.jump(-400 * DAY)
        await asyncio.sleep(2 * HOUR + 1)
    assert len(desk.asked) == 4


async def test_the_hour_that_comes_twice_has_one_pass_and_the_one_that_is_skipped_has_its_own() -> None:
    night = Schedule("night", "30 1 * * *", "America/New_York")
    desk = Desk(night, start="2026-10-31T12:00:00Z")
    async with desk.running():
        await asyncio.sleep(2 * DAY + 1)
    assert desk.asked == ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    skipped = Desk(Schedule("night", "30 2 * * *", "America/New_York"), start="2026-03-07T12:00:00Z")
    async with skipped.running():
        await asyncio.sleep(2 * DAY + 1)
    assert skipped.asked == ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]


async def test_jitter_makes_it_late_by_chance_and_no_time_is_lost_by_it() -> None:
    desk = Desk(Schedule("hourly", "0 * * * *", "UTC", jitter=600.0))
    async with desk.running():
        await asyncio.sleep(3 * HOUR + 301)
    assert desk.asked == ["2026-01-15T13:05:00Z", "2026-01-15T14:05:00Z", "2026-01-15T15:05:00Z"]


def rows(gaps: int) -> list[Coverage]:
    return [
        Coverage("espn", "schedule", None, expected=10, stored=10 - gaps, missing=gaps),
        Coverage("bee", "x", None, missing=3),
    ]


async def test_what_is_missing_after_its_time_is_told_until_it_is_there() -> None:
    desk = Desk(Schedule("night", "0 13 * * *", "UTC", frozenset({"espn"}), timeout=1800.0))
    async with desk.running():
        await asyncio.sleep(HOUR + 1)
        at = desk.clock.now()
        desk.schedules.passed(at, rows(2))
        desk.schedules.check(rows(2))
        assert desk.told == {}
        await asyncio.sleep(1800.0)
        desk.schedules.check(rows(1))
        assert desk.told["schedule night"] == "not done 30 min after 2026-01-15T13:00:00Z: 1 gaps of espn.schedule"
        desk.schedules.passed(at - HOUR, rows(0))  # it began before it was asked for
        assert desk.told["schedule night"]
        desk.schedules.passed(desk.clock.now(), rows(0))
    assert desk.told["schedule night"] == ""
    desk.schedules.check(rows(5))
    assert desk.told["schedule night"] == ""


async def test_one_that_names_nothing_is_done_with_a_pass() -> None:
    desk = Desk(Schedule("night", "0 13 * * *", "UTC", timeout=1800.0))
    async with desk.running():
        await asyncio.sleep(HOUR + 1801)
        desk.schedules.check(rows(2))
        assert desk.told["schedule night"].endswith("no pass yet")
        desk.schedules.passed(desk.clock.now(), rows(2))
    assert desk.told["schedule night"] == ""


async def test_passes_that_fail_are_told_after_as_many_tries_as_are_allowed() -> None:
    desk = Desk(Schedule("night", "0 13 * * *", "UTC", retries=1))
    async with desk.running():
        desk.schedules.failed("nobody asked for it")
        await asyncio.sleep(HOUR + 1)
        desk.schedules.failed("no lake")
        assert desk.told == {}
        desk.schedules.failed("no lake")
        assert desk.told["schedule night"] == "2 passes since 2026-01-15T13:00:00Z failed, the last: no lake"
        desk.schedules.passed(desk.clock.now(), rows(9))
    assert desk.told["schedule night"] == ""


async def test_a_state_that_is_no_state_or_can_not_be_written_stops_nothing() -> None:
    state = MemoryState()
    await state.set_text("schedules", '["what"]')
    desk = Desk(HOURLY, state=state)

    async def fails(_name: str, _text: str) -> None:
        raise QueueError("the disk is full")

    state.set_text = fails  # type: ignore[method-assign]
    async with desk.running():
        await asyncio.sleep(2 * HOUR + 1)
    assert len(desk.asked) == 2


async def test_the_next_times_are_told() -> None:
    desk = Desk(HOURLY, NIGHTLY)
    async with desk.running():
        assert desk.schedules.next_times() == {"hourly": "2026-01-15T13:00:00Z", "nightly": "2026-01-16T04:00:00Z"}
        assert from_iso(desk.schedules.next_times()["hourly"]) > desk.clock.now()
