"""The queue of running parts, played through."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.scenario.world import World, items_of, per

from adce_async.service import plans
from adce_async.service.plans import FRESH_SECONDS, Plans
from adce_async.web.paging import Page


def world(folder: Path) -> World:
    return World(folder, [items_of("ant", 21), items_of("bee", 2)], {"ant": per(2, 10.0), "bee": per(2, 10.0)})


async def test_it_says_when_each_request_goes_and_is_kept_for_a_while(tmp_path: Path) -> None:
    made = world(tmp_path)
    await made.look()
    played = Plans(made.parts)
    found = await played.plan(Page(limit=5))
    times = [row["eta"] for row in found.rows if row["source"] == "ant"]
    assert times == sorted(times)
    assert times[0] == 0.0
    seconds = found.more["eta_seconds"]
    assert (found.more["total"], found.more["bound_by"]) == (23, "ant")
    assert seconds == pytest.approx(100.0, rel=0.02)
    assert (await played.plan(Page(filters={"source": "BEE"}))).more["total"] == 2
    made.limiters["bee"].throttled(600.0, "HTTP 429")
    assert (await played.plan(Page())).more["eta_seconds"] == seconds
    await asyncio.sleep(FRESH_SECONDS)
    seen = await played.plan(Page(limit=30))
    assert seen.more["bound_by"] == "bee"
    assert seen.more["eta_seconds"] == pytest.approx(600.0, abs=6.0)  # its rate is lower now


async def test_too_many_are_listed_and_not_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_PLAYED", 20)
    made = world(tmp_path)
    await made.look()
    found = await Plans(made.parts).plan(Page(limit=3))
    assert [row["eta"] for row in found.rows] == [None, None, None]
    assert (found.more["total"], found.more["eta_seconds"], found.more["bound_by"]) == (23, 100.0, "ant")


async def test_for_people_a_plan_is_played_at_once_or_in_the_background_and_never_of_what_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(tmp_path)
    played = Plans(made.parts)
    assert await played.soon() is None  # nothing waits
    await made.look()
    found = await played.soon()
    assert found is not None
    assert (found.source, [*found.by_priority.values()]) == ("ant", [found.eta_seconds])
    assert await played.soon() is found
    monkeypatch.setattr(plans, "FEW_PLAYED", 5)
    other = Plans(made.parts)
    assert await other.soon() is None
    assert other._ahead is not None
    await other._ahead
    later = await other.soon()
    assert later is not None
    assert later.eta_seconds == pytest.approx(found.eta_seconds, rel=0.1)
    await other.close()
    made.lanes["ant"].held.hold("operator", "paused")
    assert await other.soon() is None
