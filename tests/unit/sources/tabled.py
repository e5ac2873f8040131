"""What readers make of the simulated sources' bodies: rows of tables, as `adce tables` gets them."""

from __future__ import annotations

import datetime as dt

from tests.unit.demo.fetched import Sources

from adce_async.demo.league import Game, League
from adce_async.engine.tabling.reading import rows_of
from adce_async.model.lake_tables import Row, Rows

LEAGUE = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15))
GAMES = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
OVERTIME = next(game for game in GAMES if len(game.home_periods) > 4)
SOURCES = Sources(LEAGUE)


async def rows(name: str, data_type: str, **fields: str) -> Rows:
    """What scraper `name` fetches for a key of these fields, as rows."""
    scraper, page, want = await SOURCES.fetch(name, data_type, season="2024-25", **fields)
    made: Rows = {}
    for some in rows_of(scraper, page, want, scraper.source, "2024-25"):
        for table, several in some.items():
            made.setdefault(table, []).extend(several)
    return made


def points(lines: list[Row], *, is_home: bool) -> int:
    return sum(line.get("points") or 0 for line in lines if line["is_home"] is is_home)


def box_is_right(made: Rows, game: Game) -> None:
    """Lines of both teams and all players, which add up to the result."""
    result = {True: sum(game.home_periods), False: sum(game.away_periods)}
    teams, players = made["team_box_scores"], made["player_box_scores"]
    assert {team["is_home"]: team["points"] for team in teams} == result
    assert {team["is_home"]: team["team"] for team in teams} == {True: game.home.nba, False: game.away.nba}
    for is_home, total in result.items():
        assert points(players, is_home=is_home) == total
    assert len(players) == 26
    assert sum(player["starter"] for player in players) == 10
    assert sum(player["played"] for player in players) == 20
    assert all(player.get("points") is None for player in players if not player["played"])
    for name in ("field_goals_made", "three_pointers_attempted", "assists", "fouls"):
        for team in teams:
            of = [one[name] for one in players if one["is_home"] is team["is_home"] and one["played"]]
            assert sum(of) == team[name], name
