"""Members that bodies of nba.com share: what is asked, how far a game is, where a shot was."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from adce_async.demo.league import TEAMS, League
from adce_async.demo.nba_api.parts import (
    Counts,
    cdn_meta,
    clock_of,
    code_of,
    eastern,
    instant_of,
    meta,
    period_type,
    place_of,
    player_slug,
    score_of,
    share,
    status_of,
    table,
    team_of,
    team_slug,
    with_starts,
)
from adce_async.demo.plays import Kind, plays_of, roster
from adce_async.demo.site import GameState
from adce_async.model.days import from_iso

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
GAME, OVERTIME = GAMES[0], next(game for game in GAMES if len(game.home_periods) == 5)
NOON = from_iso("2024-12-15T17:00:00Z")


def test_one_host_says_utc_and_the_other_eastern_time() -> None:
    assert meta("x", NOON)["time"] == "2024-12-15T17:00:00.0Z"
    assert cdn_meta("x", NOON)["time"] == "2024-12-15 12:00:00.000000"
    assert eastern(NOON) == "2024-12-15T12:00:00Z"  # with a Z that is not true


def test_a_status_tells_overtimes_but_no_date() -> None:
    assert status_of(GAME, GameState.OVER) == {"gameStatus": 3, "gameStatusText": "Final"}
    assert status_of(OVERTIME, GameState.OVER)["gameStatusText"] == "Final/OT"
    assert status_of(GAME, GameState.LIVE)["gameStatus"] == 2
    before = status_of(GAME, GameState.BEFORE)
    assert before["gameStatus"] == 1
    assert before["gameStatusText"].endswith(" pm ET")


def test_a_score_is_as_far_as_it_is_known() -> None:
    assert score_of(GAME, GameState.BEFORE, is_home=True) == {"score": 0, "periods": []}
    live = score_of(GAME, GameState.LIVE, is_home=False)
    assert (live["score"], len(live["periods"])) == (sum(GAME.away_periods[:2]), 2)
    over = score_of(OVERTIME, GameState.OVER, is_home=True)
    assert over["score"] == sum(period["score"] for period in over["periods"]) == OVERTIME.home_points
    assert [period["periodType"] for period in over["periods"]] == ["REGULAR"] * 4 + ["OVERTIME"]
    assert period_type(5) == "OVERTIME"


def test_codes_and_clocks() -> None:
    assert code_of(GAME) == f"20241209/{GAME.away.nba}{GAME.home.nba}"
    assert clock_of(0).startswith("PT00M00")
    assert clock_of(723.0).startswith("PT12M03")
    assert (share(1, 3), share(1, 0)) == (0.333, 0.0)


def test_plays_happen_within_their_game_in_order() -> None:
    times = [from_iso(instant_of(GAME, play)) for play in plays_of(GAME)]
    assert times == sorted(times)
    assert GAME.tip_off <= times[0]
    assert times[-1] <= GAME.ends_at


def test_a_shot_is_as_far_from_the_basket_as_its_play_says() -> None:
    shots = [play for play in plays_of(GAME) if play.distance]
    assert len(shots) > 50
    for number, play in enumerate(shots):
        assert math.hypot(*place_of(play, number)) == pytest.approx(10 * play.distance, abs=1)


def test_each_period_has_a_line_where_it_begins() -> None:
    told = list(with_starts(plays_of(OVERTIME)))
    starts = [play.period for play, is_start in told if is_start]
    assert starts == [1, 2, 3, 4, 5]
    assert [play for play, is_start in told if not is_start] == list(plays_of(OVERTIME))
    assert list(with_starts(())) == []
    assert told[-1][0].kind is Kind.END_GAME


def test_counts_are_of_each_player_and_thing() -> None:
    counts = Counts()
    assert [counts.add("pts", "a", 2), counts.add("pts", "a", 3), counts.add("ast", "a"), counts.add("pts", "b")] == [
        2, 5, 1, 1,
    ]  # fmt: skip
    assert (counts.of("pts", "a"), counts.of("pts", "c")) == (5, 0)


def test_a_table_repeats_what_was_asked_and_keeps_the_order_of_its_columns() -> None:
    body = table("Log", "leaguegamelog", {"Season": "2024-25"}, ("B", "A"), [{"A": 1, "B": 2}])
    assert body["parameters"] == {"Season": "2024-25"}
    assert body["resultSets"] == [{"name": "Log", "headers": ["B", "A"], "rowSet": [[2, 1]]}]


def test_slugs_of_teams_and_players() -> None:
    by_code = {team.nba: team for team in TEAMS}
    assert [team_slug(by_code[code]) for code in ("GSW", "PHI", "POR", "BOS")] == [
        "warriors",
        "sixers",
        "blazers",
        "celtics",
    ]
    assert team_of(by_code["BOS"])["teamTricode"] == "BOS"
    player = roster(LEAGUE.seed, by_code["BOS"])[0]
    assert player_slug(player) == f"{player.first}-{player.last}".lower()
