from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json

import pytest
from tests.conftest import Captures

from adce_async.model import season_table
from adce_async.model.seasons import (
    FIRST_END_YEAR,
    end_year,
    is_recorded,
    season_days,
    season_months,
    season_of_day,
    season_of_end_year,
    season_range,
)

TABLES = [("NBA", season_table.NBA), ("ABA", season_table.ABA)]
AUTUMN = ("october", "november", "december")
SPRING = ("january", "february", "march", "april")


def months(season: str, league: str = "NBA") -> tuple[str, ...]:
    return tuple(name for name, _ in season_months(season, league))


@pytest.mark.parametrize(("league", "table"), TABLES)
def test_no_season_is_missing_in_between(league: str, table: dict[int, tuple[str, str]]) -> None:
    assert list(table) == list(range(min(table), max(table) + 1))
    for year, days in table.items():
        first, last = map(dt.date.fromisoformat, days)
        season = season_of_end_year(year)
        assert season_range(season, league) == (first, last)
        assert season_of_day(first) == season_of_day(last) == season
        assert dt.timedelta(days=130) < last - first < dt.timedelta(days=360)


def test_the_league_begins_with_its_first_game() -> None:
    assert min(season_table.NBA) == FIRST_END_YEAR


def test_seasons_never_overlap() -> None:
    days = list(season_table.NBA.values())
    assert all(last < first for (_, last), (first, _) in itertools.pairwise(days))


@pytest.mark.parametrize(
    ("season", "expected"),
    [
        ("1946-47", (*AUTUMN[1:], *SPRING)),
        ("1948-49", (*AUTUMN[1:], *SPRING)),
        ("1949-50", (*AUTUMN, *SPRING)),
        ("1950-51", (*AUTUMN, *SPRING)),
        ("1951-52", (*AUTUMN[1:], *SPRING)),
        ("1954-55", (*AUTUMN, *SPRING)),
        ("1955-56", (*AUTUMN[1:], *SPRING)),
        ("1970-71", (*AUTUMN, *SPRING)),
        ("1974-75", (*AUTUMN, *SPRING, "may")),
        ("1982-83", (*AUTUMN, *SPRING, "may")),
        ("1986-87", (*AUTUMN, *SPRING, "may", "june")),
        ("1990-91", (*AUTUMN[1:], *SPRING, "may", "june")),
        ("1996-97", (*AUTUMN[1:], *SPRING, "may", "june")),
        ("1997-98", (*AUTUMN, *SPRING, "may", "june")),
        ("1998-99", ("february", "march", "april", "may", "june")),
        ("1999-00", (*AUTUMN[1:], *SPRING, "may", "june")),
        ("2005-06", (*AUTUMN[1:], *SPRING, "may", "june")),
        ("2011-12", ("december", *SPRING, "may", "june")),
        ("2020-21", ("december", *SPRING, "may", "june", "july")),
        ("2025-26", (*AUTUMN, *SPRING, "may", "june")),
    ],
)
def test_months_of_seasons_that_differ(season: str, expected: tuple[str, ...]) -> None:
    assert months(season) == expected


@pytest.mark.parametrize("year", range(1988, 1998))
def test_ten_seasons_began_in_november(year: int) -> None:
    assert months(season_of_end_year(year))[0] == "november"


def test_seasons_of_the_other_league() -> None:
    for year in season_table.ABA:
        assert months(season_of_end_year(year), "ABA") == (*AUTUMN, *SPRING, "may")
    assert months("1970-71", "aba")[-1] == "may"
    assert months("1990-91", "ABA") == ()
    assert months("1948-49", "BAA") == months("1948-49")


def test_a_season_to_come_is_taken_to_last_from_october_to_june() -> None:
    season = season_of_end_year(max(season_table.NBA) + 1)
    assert not is_recorded(season)
    assert is_recorded("1946-47")
    assert months(season) == (*AUTUMN, *SPRING, "may", "june")


def test_the_pause_of_2020_has_no_days() -> None:
    days = set(season_days("2019-20"))
    assert dt.date(2020, 3, 11) in days
    assert dt.date(2020, 3, 12) not in days
    assert dt.date(2020, 7, 30) in days


def expect_days(season: str, days: list[str]) -> None:
    """All games were played on days of the season, and one of the regular season on its first."""
    known = {day.isoformat() for day in season_days(season)}
    assert set(days) <= known, sorted(set(days) - known)
    assert min(days) == min(known)
    assert {day[:7] for day in days} <= {day[:7] for day in known}


@pytest.mark.parametrize("season", ["2021-22", "2023-24"])
def test_captured_crosswalks(season: str, captures: Captures) -> None:
    rows = csv.DictReader(io.StringIO(captures.body("schedules", f"crosswalk_{season}.csv").decode()))
    expect_days(season, [row["game_date_et"] for row in rows if row["game_date_et"]])


@pytest.mark.parametrize("season", ["2012-13", "2014-15"])
def test_captured_ids_of_games(season: str, captures: Captures) -> None:
    games = json.loads(captures.body("schedules", f"nba_ids_{season}.json"))
    expect_days(season, [game["gameDateEst"][:10] for game in games if game["gameId"][2] in "24"])


def test_captured_schedule_of_the_season_under_way(captures: Captures) -> None:
    rows = csv.DictReader(io.StringIO(captures.body("schedules", "nba_2025-26_schedule.csv").decode()))
    expect_days("2025-26", [row["tip_et"][:10] for row in rows if row["game_id"][2] == "2"])


def test_captured_game_log(captures: Captures) -> None:
    for file, season in (
        ("leaguegamelog_2018-19_regular_T.json", "2018-19"),
        ("leaguegamefinder_2023-24_regular_T.json", "2023-24"),
    ):
        table = json.loads(captures.body("nba_stats", file))["resultSets"][0]
        column = table["headers"].index("GAME_DATE")
        expect_days(season, [row[column][:10] for row in table["rowSet"]])


def test_captured_months_of_basketball_reference(captures: Captures) -> None:
    """Each month page links to all months of its season."""
    body = captures.body("basketball_reference", "schedule_NBA_2018_october.html").decode()
    for name in months("2017-18"):
        assert f"/leagues/NBA_{end_year('2017-18')}_games-{name}.html" in body
    assert body.count('<a href="/leagues/NBA_2018_games-') == len(months("2017-18"))
