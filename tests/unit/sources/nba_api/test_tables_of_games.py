"""nba.com's bodies as rows, in each of their shapes."""

from __future__ import annotations

import pytest
from tests.unit.sources.tabled import GAMES, OVERTIME, SOURCES, box_is_right, rows

from adce_async.scraping.base import Page, Want
from adce_async.sources.nba_api import tables_of_games as module


@pytest.mark.parametrize("name", ["box_score", "cdn_box_score"])
async def test_a_box_score_adds_up(name: str) -> None:
    made = await rows(f"nba_api_{name}", name, game_id=OVERTIME.nba_id)
    box_is_right(made, OVERTIME)
    assert {team["minutes"] for team in made["team_box_scores"]} == {265.0}


@pytest.mark.parametrize("name", ["play_by_play", "cdn_play_by_play"])
async def test_plays_are_those_of_the_body(name: str) -> None:
    _, page, _ = await SOURCES.fetch(f"nba_api_{name}", name, game_id=OVERTIME.nba_id, season="2024-25")
    plays = (await rows(f"nba_api_{name}", name, game_id=OVERTIME.nba_id))["plays"]
    assert [play["description"] for play in plays] == [one["description"] for one in page.json()["game"]["actions"]]
    assert plays[-1]["period"] == 5
    assert max(play["home_score"] or 0 for play in plays) == sum(OVERTIME.home_periods)


@pytest.mark.parametrize(("name", "fields"), [("schedule", {}), ("cdn_schedule", {})])
async def test_a_schedule_lists_all_games(name: str, fields: dict[str, str]) -> None:
    made = await rows(f"nba_api_{name}", name, **fields)
    assert {row["game_id"] for row in made["schedules"]} >= {game.nba_id for game in GAMES}
    assert {row["season_type"] for row in made["schedules"]} == {"regular"}


V2 = """{"parameters": {"GameID": "0022400561"}, "resultSets": [
 {"name": "PlayerStats", "headers": ["GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "PLAYER_ID", "PLAYER_NAME",
   "START_POSITION", "MIN", "PTS", "TO", "PLUS_MINUS"],
  "rowSet": [["0022400561", 1, "NYK", 7, "Josh Hart", "F", "49:30", 125, 3, 6.0],
             ["0022400561", 2, "PHI", 8, "Paul George", "", "43:27", 119, 1, -6],
             ["0022400561", 2, "PHI", 9, "Pete Nance", "", null, null, null, null]]},
 {"name": "TeamStats", "headers": ["GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "MIN", "PTS", "TO"],
  "rowSet": [["0022400561", 2, "PHI", "265:00", 119, 12], ["0022400561", 1, "NYK", "265:00", 125, 11]]}]}"""


def test_the_old_shape_of_box_scores_is_read_too() -> None:
    from tests.unit.demo.fetched import scraper

    want = Want("k", "box_score", {"game_id": "0022400561"})
    made = module.box_score(scraper("nba_api_box_score"), Page("u", V2.encode()), want)
    first, _, last = made["player_box_scores"]
    assert (first["player"], first["minutes"], first["points"], first["starter"]) == ("Josh Hart", 49.5, 125, True)
    assert (first["turnovers"], first["plus_minus"], first["is_home"]) == (3, 6, False)
    assert (last["played"], last.get("points")) == (False, None)
    assert [(team["team"], team["is_home"], team["points"]) for team in made["team_box_scores"]] == [
        ("PHI", True, 119),
        ("NYK", False, 125),
    ]
