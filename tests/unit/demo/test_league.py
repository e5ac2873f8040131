"""The generated league: deterministic, consistent, with ids that lead back to the game."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from adce_async.demo.league import TEAMS, League
from adce_async.model.days import eastern_day

WEEK = League(3, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
YEARS = League(3, dt.date(2023, 10, 24), dt.date(2025, 6, 20), 10)


def test_the_same_seed_gives_the_same_games_and_another_other_ones() -> None:
    day = dt.date(2024, 12, 10)
    again = League(3, dt.date(2024, 10, 1), dt.date(2025, 1, 1))
    assert WEEK.games(day) == again.games(day)
    assert WEEK.games(day) != League(4, WEEK.first_day, WEEK.last_day).games(day)
    assert len(WEEK.games(day)) == 6


def test_no_games_outside_the_range() -> None:
    assert WEEK.games(dt.date(2024, 12, 8)) == ()
    assert WEEK.games(dt.date(2024, 12, 16)) == ()
    assert [day.day for day in WEEK.days()] == [9, 10, 11, 12, 13, 14, 15]
    assert list(League(3, WEEK.first_day, WEEK.last_day, 0).days()) == []


def test_no_team_plays_twice_a_day_even_when_all_play() -> None:
    games = League(3, WEEK.first_day, WEEK.last_day, 99).games(WEEK.first_day)
    assert len(games) == 15
    assert {team for game in games for team in (game.home, game.away)} == set(TEAMS)


def test_ids_are_unique_and_lead_back() -> None:
    games = [game for day in YEARS.days() for game in YEARS.games(day)]
    assert len({game.event_id for game in games}) == len({game.bbref_id for game in games}) == len(games)
    for game in games[::37]:
        assert len(game.event_id) == 9
        assert YEARS.game_of_event(game.event_id) == game
        assert YEARS.game_of_bbref(game.bbref_id) == game


@pytest.mark.parametrize("event_id", ["", "x", "999999999", "401000000", "40146131", "-01461312", "٤٠١٤٦١٣١٢"])
def test_foreign_event_ids_are_nobodys(event_id: str) -> None:
    assert WEEK.game_of_event(event_id) is None


@pytest.mark.parametrize("game_id", ["", "202412090XXX", "209913990BOS", "202412080BOS", "abc"])
def test_foreign_bbref_ids_are_nobodys(game_id: str) -> None:
    assert WEEK.game_of_bbref(game_id) is None


def test_a_game_is_filed_under_its_eastern_day_and_has_a_winner() -> None:
    games = [game for day in YEARS.days() for game in YEARS.games(day)]
    for game in games:
        assert eastern_day(game.tip_off) == game.day
        assert game.home_points != game.away_points
        assert len(game.home_periods) == len(game.away_periods) >= 4
        if len(game.home_periods) > 4:
            assert sum(game.home_periods[:4]) == sum(game.away_periods[:4])
    share = sum(len(game.home_periods) > 4 for game in games) / len(games)
    assert 0.03 < share < 0.12


def test_games_of_a_day_come_by_tip_off() -> None:
    for day in WEEK.days():
        times = [game.tip_off for game in WEEK.games(day)]
        assert times == sorted(times)


def test_season_and_playoffs() -> None:
    kinds = {(day, game.season_end, game.is_playoff) for day in YEARS.days() for game in YEARS.games(day)[:1]}
    assert (dt.date(2023, 12, 1), 2024, False) in kinds
    assert (dt.date(2024, 4, 18), 2024, False) in kinds
    assert (dt.date(2024, 4, 19), 2024, True) in kinds
    assert (dt.date(2024, 10, 25), 2025, False) in kinds


def test_spellings_of_the_teams() -> None:
    odd = {team.nba: (team.espn, team.bbref) for team in TEAMS if not team.nba == team.espn == team.bbref}
    assert odd == {
        "GSW": ("GS", "GSW"),
        "NOP": ("NO", "NOP"),
        "NYK": ("NY", "NYK"),
        "SAS": ("SA", "SAS"),
        "UTA": ("UTAH", "UTA"),
        "WAS": ("WSH", "WAS"),
        "PHX": ("PHX", "PHO"),
        "BKN": ("BKN", "BRK"),
        "CHA": ("CHA", "CHO"),
    }
    assert len(TEAMS) == len({team.espn_id for team in TEAMS}) == 30
    for one, other in itertools.combinations(TEAMS, 2):
        assert one.full_name != other.full_name


def test_ids_of_nba_com_say_type_and_season_and_lead_back() -> None:
    games = [game for day in YEARS.days() for game in YEARS.games(day)]
    assert len({game.nba_id for game in games}) == len(games)
    for game in games[::31]:
        assert len(game.nba_id) == 10
        assert game.nba_id[:3] == ("004" if game.is_playoff else "002")
        assert int(game.nba_id[3:5]) == (game.season_end - 1) % 100
        assert YEARS.game_of_nba(game.nba_id) == game
        other = "002" if game.is_playoff else "004"
        assert YEARS.game_of_nba(other + game.nba_id[3:]) is None
    old = League(3, dt.date(1999, 11, 2), dt.date(1999, 11, 2)).games(dt.date(1999, 11, 2))[0]
    assert League(3, old.day, old.day).game_of_nba(old.nba_id) == old


@pytest.mark.parametrize("game_id", ["", "x", "0022400000", "0022499999", "22400561", "0012400561", "٠٠٢٢٤٠٠٥٦١"])
def test_foreign_nba_ids_are_nobodys(game_id: str) -> None:
    assert WEEK.game_of_nba(game_id) is None


def test_each_team_has_an_id_a_division_and_a_conference() -> None:
    assert len({team.nba_id for team in TEAMS}) == 30
    divisions = [(team.conference, team.division) for team in TEAMS]
    assert {divisions.count(one) for one in divisions} == {5}
    assert len(set(divisions)) == 6


def test_a_season_is_the_games_of_its_days() -> None:
    first = [game for day in YEARS.days() if day < dt.date(2024, 10, 1) for game in YEARS.games(day)]
    assert list(YEARS.season(2024)) == first
    assert list(YEARS.season(2023)) == []
