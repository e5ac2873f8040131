"""Tables of stats.nba.com, simulated: counted from the games."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from adce_async.demo.league import League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

REFERER = {"referer": "https://www.nba.com/"}

SEASON = {"LeagueID": "00", "Season": "2024-25"}

LOG = {"SeasonType": "Regular Season", "Counter": "0", "Sorter": "DATE", "DateFrom": "", "DateTo": ""}


def stats(endpoint: str, **query: str) -> Any:
    answer = stats_answer(endpoint, **query)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def stats_answer(endpoint: str, **changes: Any) -> Response:
    options = {name: changes.pop(name) for name in ("now", "held") if name in changes}
    return SITE.answer(Request("stats.nba.com", f"/stats/{endpoint}", changes, REFERER, **options))


def rows(body: Any) -> list[dict[str, Any]]:
    (result,) = body["resultSets"]
    return [dict(zip(result["headers"], row, strict=True)) for row in result["rowSet"]]


def test_the_log_has_a_row_for_each_side_or_player() -> None:
    teams = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="ASC", PlayerOrTeam="T"))
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    assert len(teams) == 2 * len(games)
    points = {(row["GAME_ID"], row["MATCHUP"]): (row["PTS"], row["WL"]) for row in teams}
    for game in games:
        home = points[game.nba_id, f"{game.home.nba} vs. {game.away.nba}"]
        away = points[game.nba_id, f"{game.away.nba} @ {game.home.nba}"]
        assert (home[0], away[0]) == (game.home_points, game.away_points)
        assert {home[1], away[1]} == {"W", "L"}
    players = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="DESC", PlayerOrTeam="P"))
    assert len(players) == 20 * len(games)
    assert players[0]["GAME_DATE"] == "2024-12-29"
    assert sum(row["PTS"] for row in players) == sum(row["PTS"] for row in teams)


def test_standings_and_players_are_counted_from_the_games() -> None:
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    table = rows(stats("leaguestandingsv3", **SEASON, SeasonType="Regular Season", SeasonYear=""))
    assert len(table) == 30
    assert sum(row["WINS"] for row in table) == sum(row["LOSSES"] for row in table) == len(games)
    assert sum(row["TotalPoints"] for row in table) == sum(game.home_points + game.away_points for game in games)
    for row in table:
        parts = [tuple(map(int, row[name].split("-"))) for name in ("HOME", "ROAD")]
        assert [sum(part) for part in zip(*parts, strict=True)] == [row["WINS"], row["LOSSES"]]
        assert row["Dec"] == row["Record"]
    index = rows(stats("playerindex", **SEASON))
    assert len(index) == len(rows(stats("commonallplayers", **SEASON))) == 390
    best = max(index, key=lambda row: row["PTS"] or 0)
    log = rows(stats("leaguegamelog", **SEASON, **LOG, Direction="ASC", PlayerOrTeam="P"))
    own = [row["PTS"] for row in log if row["PLAYER_ID"] == best["PERSON_ID"]]
    assert best["PTS"] == round(sum(own) / len(own), 1)


@pytest.mark.parametrize(
    ("file", "endpoint", "query"),
    [
        ("leaguegamelog_2025-26_partial_T.json", "leaguegamelog", {**LOG, "Direction": "ASC", "PlayerOrTeam": "T"}),
        ("commonallplayers_2025-26.json", "commonallplayers", {}),
        ("playerindex_2025-26.json", "playerindex", {}),
        ("leaguestandingsv3_2025-26.json", "leaguestandingsv3", {"SeasonType": "Regular Season", "SeasonYear": ""}),
    ],
)
def test_tables_have_the_columns_of_the_captured_ones(captures: Any, file: str, endpoint: str, query: Any) -> None:
    real, ours = orjson.loads(captures.body("nba_stats", file)), stats(endpoint, **SEASON, **query)
    assert (ours["resource"], set(ours["parameters"])) == (real["resource"], set(real["parameters"]))
    (theirs,), (result,) = real["resultSets"], ours["resultSets"]
    assert (result["name"], result["headers"]) == (theirs["name"], theirs["headers"])
    for number, header in enumerate(theirs["headers"]):
        kinds = {type(row[number]) for row in theirs["rowSet"]} | {type(None)}  # drafts, which this league has none of
        assert {type(row[number]) for row in result["rowSet"]} <= kinds, header
