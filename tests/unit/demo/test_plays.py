"""A game's plays run up to its result, and its box lines follow from them."""

from __future__ import annotations

import datetime as dt

import pytest

from adce_async.demo.league import TEAMS, Game, League
from adce_async.demo.plays import ACTIVE, ROSTER, Kind, box_of, plays_of, roster, total

LEAGUE = League(5, dt.date(2024, 11, 1), dt.date(2024, 12, 20))
GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)][::7]
OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) > 4)


@pytest.fixture(params=[*GAMES[:12], OVERTIME], ids=lambda game: game.bbref_id)
def game(request: pytest.FixtureRequest) -> Game:
    return request.param  # type: ignore[no-any-return]


def test_the_score_runs_up_to_each_periods_points(game: Game) -> None:
    plays = plays_of(game)
    ends = [play for play in plays if play.kind is Kind.END_PERIOD]
    assert [play.period for play in ends] == list(range(1, len(game.home_periods) + 1))
    for play in ends:
        assert play.home_score == sum(game.home_periods[: play.period])
        assert play.away_score == sum(game.away_periods[: play.period])
    assert plays[-1].kind is Kind.END_GAME
    assert (plays[-1].home_score, plays[-1].away_score) == (game.home_points, game.away_points)


def test_each_play_changes_the_score_by_its_own_points(game: Game) -> None:
    before = (0, 0)
    clock = (1, 720.0)
    for play in plays_of(game):
        home, away = play.home_score - before[0], play.away_score - before[1]
        assert (home, away) == ((play.points, 0) if play.is_home else (0, play.points))
        assert play.period > clock[0] or play.clock <= clock[1]
        before, clock = (play.home_score, play.away_score), (play.period, play.clock)


def test_there_are_as_many_plays_as_in_a_real_game(game: Game) -> None:
    assert 300 <= len(plays_of(game)) <= 400 + 40 * (len(game.home_periods) - 4)


def test_box_lines_sum_to_the_team(game: Game) -> None:
    for is_home, points, other in (
        (True, game.home_points, game.away_points),
        (False, game.away_points, game.home_points),
    ):
        box = box_of(game, plays_of(game), is_home=is_home)
        team = total(box.values())
        assert len(box) == ACTIVE
        assert team.pts == points
        assert team.pts == 3 * team.fg3 + 2 * (team.fg - team.fg3) + team.ft
        assert team.seconds == 5 * (2880 + 300 * (len(game.home_periods) - 4))
        assert team.plus_minus == 5 * (points - other)
        for line in box.values():
            assert line.pts == 3 * line.fg3 + 2 * (line.fg - line.fg3) + line.ft
            assert 0 <= line.fg3 <= line.fg <= line.fga
            assert line.fg3 <= line.fg3a <= line.fga
            assert line.ft <= line.fta


def test_assists_are_those_of_the_baskets(game: Game) -> None:
    plays = plays_of(game)
    helped = sum(play.kind is Kind.MAKE and play.other is not None and bool(play.is_home) for play in plays)
    team = total(box_of(game, plays, is_home=True).values())
    assert 0 < team.ast == helped < team.fg


def test_blocks_and_steals_belong_to_the_other_side(game: Game) -> None:
    plays = plays_of(game)
    blocks = sum(play.kind is Kind.MISS and play.other is not None and not play.is_home for play in plays)
    steals = sum(play.kind is Kind.TURNOVER and play.other is not None and not play.is_home for play in plays)
    team = total(box_of(game, plays, is_home=True).values())
    assert (team.blk, team.stl) == (blocks, steals)


def test_a_game_is_told_the_same_way_each_time() -> None:
    first = plays_of(GAMES[0])
    plays_of.cache_clear()
    roster.cache_clear()
    assert plays_of(GAMES[0]) == first


def test_players_have_ids_of_their_own() -> None:
    players = [player for team in TEAMS for player in roster(5, team)]
    assert len(players) == 30 * ROSTER
    assert len({player.espn_id for player in players}) == len({player.bbref_id for player in players}) == len(players)


def test_memory_is_bounded() -> None:
    for game in GAMES:
        plays_of(game)
    assert plays_of.cache_info().currsize <= 64
