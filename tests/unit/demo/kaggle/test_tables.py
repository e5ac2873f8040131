"""Rows of Kaggle's data sets: the league's, with the defects of the real files."""

from __future__ import annotations

import datetime as dt

from adce_async.demo.kaggle import tables
from adce_async.demo.league import TEAMS, League
from adce_async.demo.plays import ROSTER

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAMES = tuple(game for day in LEAGUE.days() for game in LEAGUE.games(day))


def test_ids_of_games_have_lost_their_zeros() -> None:
    rows = tables.schedule(LEAGUE, ())
    assert [f"00{row['gameId']}" for row in rows] == [game.nba_id for game in GAMES]
    assert {type(row["gameId"]) for row in tables.games(LEAGUE, GAMES)} == {int}


def test_only_games_that_were_played_have_results() -> None:
    rows = tables.games(LEAGUE, GAMES[:3])
    assert [(row["homeScore"], row["awayScore"]) for row in rows] == [
        (game.home_points, game.away_points) for game in GAMES[:3]
    ]
    for row in rows:
        assert row["winner"] == row["hometeamId" if row["homeScore"] > row["awayScore"] else "awayteamId"]


def test_teams_and_players_are_those_of_the_league() -> None:
    teams, players = tables.teams(LEAGUE, ()), tables.players(LEAGUE, ())
    assert [row["id"] for row in teams] == [team.nba_id for team in TEAMS]
    assert len({row["person_id"] for row in players}) == len(players) == ROSTER * len(TEAMS)
    assert {row["team_id"] for row in players} == {row["id"] for row in teams}


def test_summaries_are_counted_from_the_games() -> None:
    rows = tables.team_summaries(LEAGUE, GAMES)
    assert sum(row["w"] for row in rows) == sum(row["l"] for row in rows) == len(GAMES)
    assert {row["season"] for row in rows} == {2025}
    assert {row["mov"] for row in tables.team_summaries(LEAGUE, ())} == {0.0}


def test_totals_sum_to_the_points_of_all_games() -> None:
    rows = tables.player_totals(LEAGUE, GAMES)
    assert sum(row["pts"] for row in rows) == sum(game.home_points + game.away_points for game in GAMES)
    assert all(row["gs"] <= row["g"] for row in rows)
    assert all(row["trb"] == row["orb"] + row["drb"] for row in rows)
