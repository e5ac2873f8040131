"""Captured bodies of the real sources as rows: box scores add up, plays reach the result, totals know several teams."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tests.conftest import Captures
from tests.unit.demo.fetched import scraper

from adce_async.adapters.tables.arrow_types import schema_of
from adce_async.engine.tabling.reading import rows_of
from adce_async.model.lake_tables import Rows
from adce_async.scraping.base import Page, Want

NBA, BBREF = "nba_api_", "basketball_reference_"
BOXES = [
    ("espn_summary", "espn", "summary_401772994_final.json", "401772994", (125, 108), (15, 15)),
    (NBA + "box_score", "nba_stats", "boxscoretraditionalv3_0022400561.json", "0022400561", (119, 125), (12, 13)),
    (NBA + "box_score", "nba_stats", "boxscoretraditionalv2_0022400561.json", "0022400561", (119, 125), (12, 13)),
    (NBA + "box_score", "nba_stats", "boxscoretraditionalv2_0021600270.json", "0021600270", (126, 115), (10, 9)),
    (NBA + "cdn_box_score", "nba_cdn", "boxscore_0022500776_final.json", "0022500776", (138, 113), (17, 18)),
    (BBREF + "box_score", "basketball_reference", "boxscore_201801010CHI.html", "201801010CHI", (120, 124), (13, 12)),
    (BBREF + "box_score", "basketball_reference", "boxscore_200101010MIN.html", "200101010MIN", (106, 96), (12, 12)),
]
PLAYS = [
    ("espn_summary", "espn", "summary_401772994_final.json", "401772994", (125, 108), 472, 4),
    (NBA + "play_by_play", "nba_stats", "playbyplayv3_0022400561.json", "0022400561", (119, 125), 462, 5),
    (NBA + "play_by_play", "nba_stats", "playbyplayv2_0021900001.json", "0021900001", (130, 122), 573, 5),
    (NBA + "cdn_play_by_play", "nba_cdn", "playbyplay_0022500776_final.json", "0022500776", (138, 113), 573, 4),
    (BBREF + "play_by_play", "basketball_reference", "pbp_201810160GSW.html", "201810160GSW", (108, 100), 519, 4),
    (BBREF + "play_by_play", "basketball_reference", "pbp_199911160ATL.html", "199911160ATL", (103, 98), 441, 4),
]


def rows(body: bytes, name: str, data_type: str, **fields: str) -> Rows:
    of = scraper(name)
    page = Page("u", body, fetched_at=1_800_000_000.0)
    made: Rows = {}
    for some in rows_of(of, page, Want("k", data_type, fields), of.source, fields.get("season")):
        for table, several in some.items():
            made.setdefault(table, []).extend(several)
            pa.RecordBatch.from_pylist(several, schema_of(table))  # raises where a value does not fit
    return made


@pytest.mark.parametrize(("name", "folder", "file", "game_id", "result", "listed"), BOXES, ids=str)
def test_box_scores_add_up(captures: Captures, name, folder, file, game_id, result, listed) -> None:
    made = rows(captures.body(folder, file), name, "box_score", game_id=game_id)
    for is_home, points, count in zip((True, False), result, listed, strict=True):
        (team,) = (one for one in made["team_box_scores"] if one["is_home"] is is_home)
        players = [one for one in made["player_box_scores"] if one["is_home"] is is_home]
        assert (team["points"], len(players), sum(one["starter"] for one in players)) == (points, count, 5)
        for stat in ("points", "field_goals_made", "assists", "three_pointers_attempted", "blocks"):
            assert sum(one.get(stat) or 0 for one in players) == team[stat], stat
        assert sum(one.get("minutes") or 0 for one in players) == pytest.approx(team.get("minutes") or 240, abs=1.5)


@pytest.mark.parametrize(("name", "folder", "file", "game_id", "result", "count", "periods"), PLAYS, ids=str)
def test_plays_reach_the_result(captures: Captures, name, folder, file, game_id, result, count, periods) -> None:
    plays = rows(captures.body(folder, file), name, "play_by_play", game_id=game_id)["plays"]
    assert len(plays) == count
    assert {play["period"] for play in plays} == set(range(1, periods + 1))
    last = [play for play in plays if play.get("home_score") is not None][-1]
    assert (last["home_score"], last["away_score"]) == result
    assert all(play["clock"] is not None for play in plays)


def test_who_had_several_teams_has_a_row_of_each_and_one_of_all(captures: Captures) -> None:
    body = captures.body("basketball_reference", "totals_NBA_2019.html")
    made = rows(body, BBREF + "season_totals", "season_totals", season="2018-19")["season_totals"]
    harris = [row for row in made if row["player"] == "Tobias Harris" and row["season_type"] == "regular"]
    assert {row["team"]: row["games"] for row in harris} == {None: 82, "LAC": 55, "PHI": 27}
    assert {row["season_type"] for row in made} == {"regular", "playoffs"}
