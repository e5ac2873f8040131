"""What a plan can't foresee."""

from __future__ import annotations

import datetime as dt

import pytest

from adce_async.model.coverage import Coverage, DataType
from adce_async.model.days import start_of_eastern_day
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    Dimension,
    ListDimension,
)
from adce_async.model.keys import PathPattern
from adce_async.planning.unforeseen import Unforeseen, unforeseen

PAST = start_of_eastern_day(dt.date(2026, 8, 1))
SEASON = "2023-24"
DAYS = (CalendarDimension("date", Calendar.SEASON_DAYS),)


def declared(
    name: str, pattern: str, *dimensions: Dimension, scraper: str = "", seasons: tuple[str, ...] = (SEASON,)
) -> Declared:
    return Declared(DataType("espn", name, scraper or name, PathPattern(pattern)), seasons, dimensions)


def games(name: str, scraper: str = "", **changes: tuple[str, ...]) -> Declared:
    return declared(
        name, f"{name}/{{game_id}}", DerivedDimension("game_id", "espn.schedule", "game_id"), scraper=scraper, **changes
    )


def row(expected: int, missing: int, *, season: str | None = SEASON, name: str = "schedule") -> Coverage:
    return Coverage("espn", name, season, expected=expected, stored=expected - missing, missing=missing)


SCHEDULE = declared("schedule", "schedule/{season}/{date}", *DAYS)
BOX, PLAYS, SHOTS = games("box", "summary"), games("plays", "summary"), games("shots")


def test_games_of_a_season_without_its_schedule_are_those_that_were_played() -> None:
    (found,) = unforeseen([SCHEDULE, BOX, PLAYS, SHOTS], [row(244, 244)], now=PAST)
    assert found.parent == "espn.schedule"
    assert (found.listings, found.seasons) == (244, (SEASON,))
    assert found.data_types == ("espn.box", "espn.plays", "espn.shots")
    assert found.games == pytest.approx(1230, abs=30)
    assert found.requests == pytest.approx(2 * 1230, abs=60)  # box and plays come with one request


def test_what_is_stored_holds_nothing_back() -> None:
    assert unforeseen([SCHEDULE, BOX], [row(244, 0)], now=PAST) == []
    assert unforeseen([SCHEDULE, BOX], [], now=PAST) == []
    assert unforeseen([BOX], [row(244, 244, name="box")], now=PAST) == []


def test_a_day_that_is_missing_is_a_few_games() -> None:
    few = declared("schedule", "schedule/{season}/{date}", ListDimension("date", ("2023-12-01",)))
    (found,) = unforeseen([few, BOX], [row(1, 1)], now=PAST)
    assert found.games is not None
    assert 3 <= found.games <= 8


def test_a_listing_that_is_wrong_names_nothing_either() -> None:
    wrong = Coverage("espn", "schedule", SEASON, expected=244, stored=244, invalid=244)
    (found,) = unforeseen([SCHEDULE, BOX], [wrong], now=PAST)
    assert found.listings == 244
    assert found.games == pytest.approx(1230, abs=30)


def test_of_a_season_under_way_only_what_is_over_counts() -> None:
    whole = declared("schedule", "schedule/{season}", seasons=("2025-26",))
    of_it = games("box", seasons=("2025-26",))
    first = dt.date(2025, 10, 21)
    for day, least, most in ((first, 0, 30), (dt.date(2026, 2, 15), 500, 800), (dt.date(2026, 8, 1), 1230, 1230)):
        (found,) = unforeseen([whole, of_it], [row(1, 1, season="2025-26")], now=start_of_eastern_day(day))
        assert found.games is not None
        assert least <= found.games <= most, day


def test_data_types_of_fewer_seasons_than_their_schedule_lack_nothing_before() -> None:
    both = ("2022-23", SEASON)
    schedule = declared("schedule", "schedule/{season}/{date}", *DAYS, seasons=both)
    rows = [row(244, 244, season="2022-23"), row(244, 0)]
    assert unforeseen([schedule, BOX], rows, now=PAST) == []
    (found,) = unforeseen([schedule, BOX, games("plays", seasons=both)], rows, now=PAST)
    assert found.requests == found.games


def test_players_and_other_leagues_are_not_counted_as_games() -> None:
    roster = declared("roster", "roster/{team_id}", DerivedDimension("team_id", "espn.schedule", "team_id"))
    (found,) = unforeseen([SCHEDULE, roster], [row(244, 10)], now=PAST)
    assert (found.games, found.requests, found.listings) == (None, None, 10)
    aba = declared("schedule", "schedule/{season}/{date}", *DAYS, ListDimension("league", ("ABA",)))
    (found,) = unforeseen([aba, BOX], [row(244, 10)], now=PAST)
    assert found.games is None


def test_a_schedule_that_knows_no_season_is_of_the_last_one() -> None:
    (found,) = unforeseen([SCHEDULE, BOX], [row(7, 7, season=None)], now=PAST)
    assert found.seasons == ()
    assert found.games is not None
    assert 20 <= found.games <= 60


def test_it_is_told_to_programs() -> None:
    one = Unforeseen("espn.schedule", 2, (SEASON,), ("espn.box",), 10, 20)
    assert one.as_dict() == {
        "listed_by": "espn.schedule",
        "listings_missing": 2,
        "seasons": [SEASON],
        "data_types": ["espn.box"],
        "games": 10,
        "requests": 20,
    }
