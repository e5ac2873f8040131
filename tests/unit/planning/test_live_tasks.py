"""Which tasks come of a game that is on, and of one that is over."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from adce_async.model.coverage import DataType, GapKind, Item, ItemState, Priority
from adce_async.model.days import HOUR, end_of_eastern_day, start_of_eastern_day
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import LOOK_TIER, Origin
from adce_async.planning.live import listings_of
from adce_async.planning.live_tasks import all_of, look_at

DAY = dt.date(2025, 1, 15)
NOW = start_of_eastern_day(DAY) + 22 * HOUR
SCHEDULE = Declared(
    DataType("espn", "schedule", "espn_scoreboard", PathPattern("s/{date}.json"), freshness_seconds=60.0),
    ("2024-25",),
    (CalendarDimension("date", Calendar.SEASON_DAYS),),
)
GAMES = [Item({"game_id": name, "date": "2025-01-15", "season": "2024-25"}, ItemState.FINAL) for name in ("1", "2")]


def child(*parents: str, seasons: tuple[str, ...] = ("2024-25",), pattern: str = "b/{game_id}.json") -> Declared:
    dimensions = tuple(
        DerivedDimension(f"game_id{'_' * n}" if n else "game_id", parent, "game_id", "final")
        for n, parent in enumerate(parents)
    )
    return Declared(DataType("espn", "box", "espn_summary", PathPattern(pattern)), seasons, dimensions)


def keys(*children: Declared, listing: DataType = SCHEDULE.data_type, season: str | None = "2024-25") -> list[str]:
    found = all_of(children, listing, season, GAMES, now=NOW)
    return [gap.expectation.key for each in found for gap in each.gaps]


@pytest.mark.parametrize(("stored", "kind"), [(True, GapKind.STALE), (False, GapKind.MISSING)])
def test_a_look_is_urgent_and_asks_with_a_condition_where_there_is_something(stored, kind) -> None:
    ((expectation,), _more) = listings_of(SCHEDULE, DAY, now=NOW)
    look = look_at(SCHEDULE.data_type, expectation, stored=stored, now=NOW)
    assert (look.key, look.kind, look.priority, look.tier) == ("s/2025-01-15.json", kind, Priority.CRITICAL, LOOK_TIER)
    assert (look.origin, look.force, look.detected_at, look.due) == (Origin.LIVE, False, NOW, expectation.closes)
    assert (look.fields["date"], look.season, look.freshness_seconds) == ("2025-01-15", "2024-25", 60.0)


def test_what_comes_of_games_that_are_over() -> None:
    assert keys(child("espn.schedule")) == ["b/1.json", "b/2.json"]
    assert keys(child("espn.other")) == []
    (found,) = all_of([child("espn.schedule")], SCHEDULE.data_type, "2024-25", GAMES, now=NOW)
    assert found.gaps[0].expectation.closes == end_of_eastern_day(DAY)
    assert found.coverage.expected == 2


def test_only_of_the_season_of_its_listing() -> None:
    several = child("espn.schedule", seasons=("2023-24", "2024-25"), pattern="b/{season}/{game_id}.json")
    assert keys(several) == ["b/2024-25/1.json", "b/2024-25/2.json"]
    assert keys(child("espn.schedule", seasons=("2023-24",), pattern="b/{season}/{game_id}.json")) == []


def test_by_a_listing_that_is_live_for_another() -> None:
    board = replace(SCHEDULE.data_type, name="board", live_for="espn.season_schedule")
    assert keys(child("espn.season_schedule"), listing=board) == ["b/1.json", "b/2.json"]
    assert keys(child("espn.board"), listing=board) == []


def test_what_comes_of_another_listing_as_well_is_left_to_a_pass() -> None:
    both = child("espn.schedule", "espn.other", pattern="b/{game_id}/{game_id_}.json")
    assert keys(both) == []
