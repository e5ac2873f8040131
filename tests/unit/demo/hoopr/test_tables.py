"""Rows of hoopR's tables: each game, each side, each player, each play of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from adce_async.demo.hoopr.tables import player_box, plays, schedule, schedule_crosswalk, team_box
from adce_async.demo.league import League
from adce_async.demo.plays import ACTIVE, ROSTER, plays_of

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 10))
GAMES = tuple(game for day in LEAGUE.days() for game in LEAGUE.games(day))


def test_the_schedule_has_a_row_for_each_game_with_its_result() -> None:
    rows = schedule(GAMES)
    assert [(row["game_id"], row["home_score"], row["away_score"]) for row in rows] == [
        (int(game.event_id), game.home_points, game.away_points) for game in GAMES
    ]
    assert all(row["home_winner"] is not row["away_winner"] for row in rows)
    assert {row["season"] for row in rows} == {2025}


def test_each_team_box_is_the_others_from_the_other_side() -> None:
    rows = team_box(GAMES)
    assert Counter(row["game_id"] for row in rows) == {int(game.event_id): 2 for game in GAMES}
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        assert (one["team_score"], one["opponent_team_score"]) == (other["opponent_team_score"], other["team_score"])


def test_players_sum_to_their_team_and_the_idle_have_no_numbers() -> None:
    rows = player_box(GAMES)
    assert len(rows) == 2 * ROSTER * len(GAMES)
    points: Counter[tuple[int, str]] = Counter()
    for row in rows:
        assert (row["points"] is None) is row["did_not_play"]
        points[row["game_id"], row["team_abbreviation"]] += row["points"] or 0
    assert sum(not row["did_not_play"] for row in rows) == 2 * ACTIVE * len(GAMES)
    assert points == {(row["game_id"], row["team_abbreviation"]): row["team_score"] for row in team_box(GAMES)}


def test_plays_are_those_of_the_games_in_order_and_end_with_the_score() -> None:
    rows = plays(GAMES)
    assert Counter(row["game_id"] for row in rows) == {int(game.event_id): len(plays_of(game)) for game in GAMES}
    last = {row["game_id"]: row for row in rows}
    for game in GAMES:
        row = last[int(game.event_id)]
        assert (row["home_score"], row["away_score"]) == (game.home_points, game.away_points)


def test_the_crosswalk_names_each_game_once() -> None:
    rows = schedule_crosswalk(GAMES)
    text = {str(value) for row in rows for value in row.values()}
    assert len(rows) == len(GAMES)
    assert {game.event_id for game in GAMES} <= text
