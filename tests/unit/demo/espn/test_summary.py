"""ESPN's summaries, simulated: header, players and plays tell the same game."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import orjson
import pytest

from adce_async.demo.espn.site import Espn
from adce_async.demo.league import Game, League
from adce_async.demo.site import Request, Response

HOST = "site.api.espn.com"

BASE = "/apis/site/v2/sports/basketball/nba"

LEAGUE = League(11, dt.date(2024, 10, 22), dt.date(2025, 5, 20))

ESPN = Espn(LEAGUE)

DAY = dt.date(2024, 12, 15)

GAMES = LEAGUE.games(DAY)


def ask(path: str, /, **changes: Any) -> Response:
    path, _, query = path.partition("?")
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    return ESPN.answer(Request(HOST, path, pairs, **changes))


def summary(game: Game, **changes: Any) -> dict[str, Any]:
    answer = ask(f"{BASE}/summary?event={game.event_id}", **changes)
    assert answer.status == 200
    return orjson.loads(answer.body)  # type: ignore[no-any-return]


def score_of(competition: dict[str, Any]) -> dict[str, int]:
    return {one["homeAway"]: int(one["score"]) for one in competition["competitors"]}


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.event_id)
def test_a_summary_agrees_with_itself(game: Game) -> None:
    body = summary(game)
    header = body["header"]
    competition = header["competitions"][0]
    scores = score_of(competition)
    assert header["id"] == competition["id"] == game.event_id
    assert scores == {"home": game.home_points, "away": game.away_points}
    for side in competition["competitors"]:
        assert sum(int(line["displayValue"]) for line in side["linescores"]) == int(side["score"])
        assert side["winner"] is (int(side["score"]) == max(scores.values()))
    last = body["plays"][-1]
    assert last["type"]["text"] == "End Game"
    assert (last["homeScore"], last["awayScore"]) == (scores["home"], scores["away"])
    assert body["winprobability"][-1]["playId"] == last["id"]
    assert len(body["winprobability"]) == len(body["plays"])
    assert [int(play["sequenceNumber"]) for play in body["plays"]] == list(range(4, 4 + len(body["plays"])))
    assert all(re.fullmatch(r"\d+:\d\d|\d+\.\d", play["clock"]["displayValue"]) for play in body["plays"])


@pytest.mark.parametrize("game", GAMES[:2], ids=lambda game: game.event_id)
def test_the_players_of_a_summary_sum_to_the_score(game: Game) -> None:
    body = summary(game)
    scores = score_of(body["header"]["competitions"][0])
    for number, points in enumerate((scores["away"], scores["home"])):
        team = body["boxscore"]["players"][number]
        table = team["statistics"][0]
        played = [athlete for athlete in table["athletes"] if not athlete["didNotPlay"]]
        at = table["names"].index("PTS")
        assert sum(int(athlete["stats"][at]) for athlete in played) == points == int(table["totals"][at])
        assert all(len(athlete["stats"]) == len(table["keys"]) == len(table["totals"]) == 14 for athlete in played)
        assert [athlete["stats"] for athlete in table["athletes"] if athlete["didNotPlay"]] == [[], [], []]
        assert sum(athlete["starter"] for athlete in played) == 5
        assert body["boxscore"]["teams"][number]["team"]["id"] == team["team"]["id"]
