"""ESPN's bodies as rows: each athlete, each play, each game once."""

from __future__ import annotations

import pytest
from tests.unit.sources.tabled import GAMES, LEAGUE, OVERTIME, SOURCES, box_is_right, rows

from adce_async.demo.league import Game
from adce_async.sources.espn.tables import tables_of


@pytest.mark.parametrize("game", [GAMES[0], OVERTIME], ids=lambda game: game.event_id)
async def test_a_box_score_adds_up(game: Game) -> None:
    made = await rows("espn_summary", "box_score", game_id=game.event_id)
    box_is_right(made, game)
    assert set(made) == {"team_box_scores", "player_box_scores", "results"}
    (result,) = made["results"]
    assert (result["date"], result["home_points"], result["away_points"]) == (
        game.day,
        sum(game.home_periods),
        sum(game.away_periods),
    )


async def test_plays_are_those_of_the_body_in_its_order() -> None:
    _, page, _ = await SOURCES.fetch("espn_summary", "play_by_play", game_id=OVERTIME.event_id, season="2024-25")
    said = page.json()["plays"]
    plays = (await rows("espn_summary", "play_by_play", game_id=OVERTIME.event_id))["plays"]
    assert [play["play_id"] for play in plays] == [play["id"] for play in said]
    assert [play["number"] for play in plays] == list(range(1, len(said) + 1))
    assert (plays[-1]["home_score"], plays[-1]["away_score"]) == (
        sum(OVERTIME.home_periods),
        sum(OVERTIME.away_periods),
    )
    assert {play["period"] for play in plays} == {1, 2, 3, 4, 5}
    assert plays[0]["clock"] == 720.0
    assert {play["team"] for play in plays} == {None, OVERTIME.home.nba, OVERTIME.away.nba}


async def test_a_scoreboard_lists_its_games() -> None:
    day = GAMES[-1].day
    made = await rows("espn_scoreboard", "schedule", date=day.isoformat())
    listed = {row["game_id"]: row for row in made["schedules"]}
    assert set(listed) == {game.event_id for game in LEAGUE.games(day)}
    row = listed[GAMES[-1].event_id]
    assert (row["home"], row["state"], row["season_type"]) == (GAMES[-1].home.nba, "final", "regular")
    assert row["home_points"] == sum(GAMES[-1].home_periods)


def test_a_data_type_fills_what_its_name_says() -> None:
    assert tables_of("box_score") == ("team_box_scores", "player_box_scores")
    assert tables_of("team_stats") == ("team_box_scores",)
    assert tables_of("win_probability") == ()
