"""Records and totals follow from the games that are over."""

from __future__ import annotations

import datetime as dt

from adce_async.demo.league import TEAMS, League
from adce_async.demo.plays import final_box, roster
from adce_async.demo.season import best, finished, records, totals

LEAGUE = League(5, dt.date(2024, 12, 9), dt.date(2024, 12, 22))
ALL = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
FOREVER = float("inf")


def test_only_games_that_are_over_count_and_no_playoffs() -> None:
    last = ALL[-1]
    assert finished(LEAGUE, 2025, FOREVER) == tuple(ALL)
    assert last not in finished(LEAGUE, 2025, last.ends_at - 1)
    assert last in finished(LEAGUE, 2025, last.ends_at)
    assert finished(LEAGUE, 2024, FOREVER) == ()
    april = League(5, dt.date(2025, 4, 17), dt.date(2025, 4, 21))
    assert {game.day.day for game in finished(april, 2025, FOREVER)} == {17, 18}


def test_each_game_is_a_win_and_a_loss() -> None:
    found = records(tuple(ALL))
    assert {one.team for one in found} == set(TEAMS)
    assert sum(one.wins for one in found) == sum(one.losses for one in found) == len(ALL)
    assert sum(one.points for one in found) == sum(one.against for one in found)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert best(found) is found[0]
    one = found[3]
    assert one.text() == f"{one.wins}-{one.losses}"
    home, road = one.tally(lambda game: game.home is one.team), one.tally(lambda game: game.away is one.team)
    assert (home[0] + road[0], home[1] + road[1]) == (one.wins, one.losses)
    assert one.behind(found[0]) == ((found[0].wins - one.wins) + (one.losses - found[0].losses)) / 2


def test_a_streak_is_what_the_last_games_say() -> None:
    for one in records(tuple(ALL)):
        results = [one.won(game) for game in one.games]
        length = abs(one.streak)
        assert results[-length:] == [one.streak > 0] * length
        assert length == len(results) or results[-length - 1] is not results[-1]
        assert all(one.opponent(game) is not one.team for game in one.games)
    assert records(())[0].streak == 0
    assert records(())[0].share == 0.0


def test_totals_are_the_sums_of_the_boxes() -> None:
    found = totals(tuple(ALL))
    assert sum(of.line.pts for of in found.values()) == sum(game.home_points + game.away_points for game in ALL)
    for team in TEAMS[:4]:
        of_team = [game for game in ALL if team in (game.home, game.away)]
        star = roster(LEAGUE.seed, team)[0]
        lines = [final_box(game, is_home=game.home is team)[star] for game in of_team]
        assert (found[star].games, found[star].starts, found[star].team) == (len(of_team), len(of_team), team)
        assert found[star].line.trb == sum(line.trb for line in lines)
        assert found[star].line.seconds == sum(line.seconds for line in lines)
    assert roster(LEAGUE.seed, TEAMS[0])[-1] not in found
