from __future__ import annotations

import csv
import io
import json

import pytest
from tests.conftest import Captures

from adce_async.model import team_table
from adce_async.model.teams import NBA_TEAM_IDS, canonical_team, team_of


def eras_of(year: int) -> list[team_table.Era]:
    return [era for era in team_table.ERAS if era.first <= year and (era.last is None or year <= era.last)]


@pytest.mark.parametrize(
    ("source", "code", "season", "team"),
    [
        ("basketball_reference", "CHH", "2001-02", "CHH"),
        ("basketball_reference", "CHA", "2004-05", "CHA"),
        ("basketball_reference", "CHO", "2014-15", "CHA"),
        ("espn", "CHA", "2001-02", "CHH"),
        ("basketball_reference", "NOK", "2006-07", "NOK"),
        ("espn", "NO", "2006-07", "NOK"),
        ("espn", "NO", "2012-13", "NOH"),
        ("nba_api", "NOP", "2013-14", "NOP"),
        ("espn", "NJ", "2011-12", "NJN"),
        ("espn", "WSH", "2024-25", "WAS"),
        ("basketball_reference", "WSB", "1996-97", "WAS"),
        ("basketball_reference", "WSC", "1950-51", "WAS"),
        ("basketball_reference", "BLB", "1949-50", "BAL"),
        ("basketball_reference", "BAL", "1970-71", "BAL"),
        ("basketball_reference", "KCO", "1973-74", "KCK"),
        ("basketball_reference", "TRI", "1949-50", "TCB"),
        ("basketball_reference", "PHO", "1975-76", "PHX"),
        ("nba_api", "GOS", "1984-85", "GSW"),
        ("nba_api", "gos", "1984-85", "GSW"),
        ("nba_api", "SEA", "2007-08", "SEA"),
        ("basketball_reference", "KEN", "1970-71", "KEN"),
        ("espn", "QQQ", "2024-25", "QQQ"),
    ],
)
def test_codes_over_time(source: str, code: str, season: str, team: str) -> None:
    assert canonical_team(source, code, season) == team


def test_without_a_season_only_the_spelling_is_undone() -> None:
    assert canonical_team("basketball_reference", "NOK") == canonical_team("nba_api", "NOK") == "NOK"
    assert canonical_team("basketball_reference", "NOH") == canonical_team("nba_api", "NOH") == "NOH"
    assert canonical_team("hoopr", "UTAH") == canonical_team("nba_api", "UTH") == "UTA"


@pytest.mark.parametrize(
    ("code", "season"), [("SEA", "2008-09"), ("VAN", "2001-02"), ("CHH", "2002-03"), ("", "2024-25")]
)
def test_a_team_that_was_not_called_so_is_unknown(code: str, season: str) -> None:
    assert team_of(code, season) is None


def test_a_season_that_is_none_is_said() -> None:
    with pytest.raises(ValueError, match="is no season"):
        team_of("BOS", "2024")


@pytest.mark.parametrize("season", ["2021-22", "2023-24"])
def test_captured_crosswalks_agree_on_each_home_team(season: str, captures: Captures) -> None:
    rows = csv.DictReader(io.StringIO(captures.body("schedules", f"crosswalk_{season}.csv").decode()))
    joined = [row for row in rows if row["nba_game_id"] and row["bbref_game_id"]]
    assert len(joined) > 1100
    for row in joined:
        home = canonical_team("basketball_reference", row["bbref_game_id"][9:], season)
        assert home == canonical_team("nba_api", row["home_tricode"], season)


def test_captured_codes_of_hoopr(captures: Captures) -> None:
    rows = csv.DictReader(io.StringIO(captures.body("hoopr", "team_box_2022.csv").decode()))
    codes = {row["team_abbreviation"] for row in rows if row["season_type"] in ("2", "3")}
    known = {canonical_team("hoopr", code, "2021-22") for code in codes if team_of(code, "2021-22")}
    assert known == set(NBA_TEAM_IDS.values())


@pytest.mark.parametrize(("season", "new_orleans"), [("2012-13", "NOH"), ("2014-15", "NOP")])
def test_captured_codes_of_nba_com(season: str, new_orleans: str, captures: Captures) -> None:
    games = json.loads(captures.body("schedules", f"nba_ids_{season}.json"))
    codes = {game["gamecode"][-6:][start : start + 3] for game in games if game["gameId"][2] == "2" for start in (0, 3)}
    assert {team_of(code, season) for code in codes} == {era.code for era in eras_of(int(season[:4]) + 1)}
    assert new_orleans in codes
