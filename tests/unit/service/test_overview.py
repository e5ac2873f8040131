"""The first screen: is it well, is it complete, what is it doing, when will it be done."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenario.world import World, items_of, per

from adce_async.model.coverage import Coverage
from adce_async.planning.outlook import Outlook
from adce_async.service.advice import SILENT
from adce_async.service.overview import Overviews, headline


def world(folder: Path, **more: object) -> World:
    declared = [items_of("ant", 21), items_of("bee", 2)]
    return World(folder, declared, {"ant": per(2, 10.0), "bee": per(2, 10.0)}, **more)  # type: ignore[arg-type]


SOME = Coverage("", "", None, expected=1000, stored=987, missing=13)
ALL = Coverage("", "", None, expected=1000, stored=1000)


@pytest.mark.parametrize(
    ("health", "troubles", "total", "waiting", "paused", "parked", "said"),
    [
        ("healthy", [], None, 0, "", 0, "Well. The first look at the lake is under way."),
        ("healthy", [], Coverage("", "", None), 0, "", 0, "Well. Nothing is expected yet. Nothing to do."),
        ("healthy", [], ALL, 0, "", 0, "Well. Complete: all 1,000 objects are there. Nothing to do."),
        ("healthy", [], SOME, 13, "", 0, "Well. 98.7 % of 1,000 complete, 13 gaps. 13 to fetch, done at 00:02 UTC at the earliest, bound by ant (2 in 10 s)."),
        ("healthy", [], SOME, 13, "for lunch", 0, "Well. 98.7 % of 1,000 complete, 13 gaps. Paused: for lunch."),
        ("healthy", [], SOME, 0, "", 13, "Well. 98.7 % of 1,000 complete, 13 gaps. 13 parked: they need a person."),
        ("degraded", [("lake", "x"), ("source ant", "x")], ALL, 0, "", 0, "At work, with trouble: lake, source ant. Complete: all 1,000 objects are there. Nothing to do."),
        ("degraded", [("lake", "x")], SOME, 13, "", 0, "At work, with trouble: lake. 98.7 % of 1,000 complete, 13 gaps. 13 to fetch, once something can be stored again."),
        ("unhealthy", [("reconciler", "x")], ALL, 0, "", 0, "Not well: reconciler. Complete: all 1,000 objects are there. Nothing to do."),
    ],
)  # fmt: skip
def test_the_headline_answers_the_four_questions(health, troubles, total, waiting, paused, parked, said) -> None:
    seen = Outlook(120.0, "ant", "2 in 10 s") if waiting else Outlook(0.0)
    made = headline(health, troubles, total, seen, 0.0, waiting=waiting, paused=paused, parked=parked)
    assert made == said


def test_what_follows_from_what_was_stored_is_not_known_before_the_next_look() -> None:
    said = headline("healthy", [], ALL, Outlook(0.0), 0.0, waiting=0, paused="", parked=0, stored_since=3)
    assert said.startswith("Well. All 1,000 objects of the last look are there; the next one finds what follows.")


async def test_each_trouble_says_what_to_do(tmp_path) -> None:
    made = world(tmp_path)
    made.parts.health.trouble("disk of the lake", "1 GB is free")
    made.parts.health.beat("settler", -1.0, "")
    seen = await Overviews(made.parts).look(None)
    told = {each.name: each.advice for each in seen.troubles}
    assert told == {"disk of the lake": "make room; it goes on by itself", "settler": SILENT}


async def test_what_is_seen_is_what_the_parts_do(tmp_path) -> None:
    made = world(tmp_path)
    overviews = Overviews(made.parts)
    before = await overviews.look(None)
    assert (before.gaps, before.coverage, before.next_pass_seconds) == (None, [], None)
    await made.reconciler.run()
    await made.pool.refresh()
    seen = await overviews.look(12.0)
    assert (seen.gaps, sum(seen.queued.values()), seen.next_pass_seconds) == (23, 23, 12.0)
    assert seen.outlook == Outlook(100.0, "ant", "2 in 10 s")
    assert {row["source"]: row["queued"] for row in seen.sources} == {"ant": 21, "bee": 2}


async def test_what_is_delayed_counts_and_each_priority_has_its_time(tmp_path) -> None:
    made = world(tmp_path)
    await made.look()
    made.limiters["bee"].throttled(600.0, "HTTP 429")
    seen = await Overviews(made.parts).look(None)
    assert seen.outlook.source == "bee"
    assert 600 <= seen.outlook.seconds <= 610
    (at,) = seen.done_by.values()
    assert at == pytest.approx(seen.now + seen.outlook.seconds, abs=10.0)
    assert "bound by bee (closed until then)" in seen.headline


def test_where_nobody_is_to_look_no_look_is_promised() -> None:
    said = headline("healthy", [], None, Outlook(0.0), 0.0, waiting=0, paused="", parked=0, passes=False)
    assert said == "Well. Nobody looks at the lake: the settings say so."


def test_what_is_not_listed_yet_is_said() -> None:
    seen = Outlook(120.0, "ant", "2 in 10 s")
    said = headline("healthy", [], SOME, seen, 0.0, waiting=13, paused="", parked=0, unforeseen=3566)
    assert "13 to fetch and about 3,566 not listed yet, done at 00:02 UTC" in said
