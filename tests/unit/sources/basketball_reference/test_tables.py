"""Basketball-Reference's pages as rows."""

from __future__ import annotations

from tests.unit.sources.tabled import GAMES, OVERTIME, SOURCES, box_is_right, rows

from adce_async.sources.basketball_reference.pages import table
from adce_async.sources.basketball_reference.tables import plays_of


async def test_a_box_score_adds_up() -> None:
    made = await rows("basketball_reference_box_score", "box_score", game_id=OVERTIME.bbref_id)
    box_is_right(made, OVERTIME)
    assert {team["minutes"] for team in made["team_box_scores"]} == {265.0}
    assert all("'" not in player["player_id"] and player["player_id"] for player in made["player_box_scores"])


async def test_each_row_that_is_no_heading_is_a_play() -> None:
    _, page, _ = await SOURCES.fetch(
        "basketball_reference_play_by_play", "play_by_play", game_id=OVERTIME.bbref_id, season="2024-25"
    )
    found = table(page, "pbp")
    assert found is not None
    made = await rows("basketball_reference_play_by_play", "play_by_play", game_id=OVERTIME.bbref_id)
    plays = made["plays"]
    assert len(plays) == len(plays_of(found)) > 300
    assert {play["period"] for play in plays} == {1, 2, 3, 4, 5}
    assert all(play["clock"] is not None and play["description"] for play in plays)
    last = [play for play in plays if play.get("home_score") is not None][-1]
    assert (last["home_score"], last["away_score"]) == (sum(OVERTIME.home_periods), sum(OVERTIME.away_periods))
    assert {play.get("team") for play in plays} == {None, OVERTIME.home.nba, OVERTIME.away.nba}


async def test_a_month_lists_its_games() -> None:
    made = await rows("basketball_reference_schedule", "schedule", month="december")
    assert {row["game_id"] for row in made["schedules"]} == {game.bbref_id for game in GAMES}
    assert {row["home"] for row in made["schedules"]} == {game.home.nba for game in GAMES}


async def test_totals_of_a_season_name_players_and_teams() -> None:
    made = await rows("basketball_reference_season_totals", "season_totals")
    totals = made["season_totals"]
    assert len(totals) > 250
    assert sum(row["points"] for row in totals) == sum(sum(game.home_periods + game.away_periods) for game in GAMES)
    assert {row["season_type"] for row in totals} == {"regular"}
    assert all(row["games"] and row["player_id"] for row in totals)
