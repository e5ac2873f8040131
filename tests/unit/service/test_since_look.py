"""Between two looks: what was stored counts, and nothing counts twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from adce_async.engine.events import Events, PassDone, TaskSettled
from adce_async.model.coverage import Coverage, GapKind
from adce_async.model.task import Outcome, Verdict
from adce_async.service.since_look import SinceLook
from adce_async.testing.example_tasks import task

ROW = Coverage("ant", "items", None, expected=9, stored=5, missing=4, stale=2, verified=3)


def settled(verdict: Verdict, kind: GapKind = GapKind.MISSING) -> TaskSettled:
    asked = replace(task("a", source="ant"), data_type="items", season=None, kind=kind)
    return TaskSettled(asked, Outcome("a", verdict), 0.1, 10)


async def test_what_is_stored_fills_gaps_of_its_kind_until_the_next_pass() -> None:
    events, since = Events(), SinceLook()
    async with since.feeding(events):
        for event in (
            settled(Verdict.STORED), settled(Verdict.UNCHANGED, GapKind.STALE), settled(Verdict.PARKED),
            settled(Verdict.RETRY), settled(Verdict.RELEASED),
        ):  # fmt: skip
            events.publish(event)
        await asyncio.sleep(1)
        (row,) = since.now([ROW])
        assert (row.stored, row.missing, row.stale, row.verified, row.expected) == (6, 3, 1, 4, 9)
        assert (since.stored, since.lately) == (1, 4)
        other = replace(ROW, season="2024-25")
        assert since.now([other]) == [other]
        before = since.version
        events.publish(PassDone(0, 0, 0, 0, 1.0))
        await asyncio.sleep(1)
        assert since.version != before
        assert (since.now([ROW]), since.stored, since.lately) == ([ROW], 0, 4)


async def test_what_was_no_gap_fills_none() -> None:
    events, since = Events(), SinceLook()
    async with since.feeding(events):
        for _ in range(9):
            events.publish(settled(Verdict.STORED))
        await asyncio.sleep(1)
    (row,) = since.now([ROW])
    assert (row.stored, row.missing, row.completeness_pct) == (9, 0, 77.78)


async def test_only_the_last_minute_is_lately() -> None:
    events, since = Events(), SinceLook()
    async with since.feeding(events):
        for _ in range(3):
            events.publish(settled(Verdict.STORED))
            await asyncio.sleep(25)
        assert since.lately == 2
        await asyncio.sleep(100)
        assert since.lately == 0
