"""What nba.com lists, simulated: it agrees with the league."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))

REFERER = {"referer": "https://www.nba.com/"}

SEASON = {"LeagueID": "00", "Season": "2024-25"}


def stats(endpoint: str, **query: str) -> Any:
    answer = stats_answer(endpoint, **query)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def stats_answer(endpoint: str, **changes: Any) -> Response:
    options = {name: changes.pop(name) for name in ("now", "held") if name in changes}
    return SITE.answer(Request("stats.nba.com", f"/stats/{endpoint}", changes, REFERER, **options))


def cdn(path: str, headers: dict[str, str] = REFERER, **options: Any) -> Response:
    return SITE.answer(Request("cdn.nba.com", f"/static/json/{path}", {}, headers, **options))


def live(kind: str, game: Game, **options: Any) -> Any:
    answer = cdn(f"liveData/{kind}/{kind}_{game.nba_id}.json", **options)
    assert answer.status == 200
    return orjson.loads(answer.body)


def test_listings_agree_with_the_league() -> None:
    schedule = stats("scheduleleaguev2", **SEASON)["leagueSchedule"]
    assert (schedule["seasonYear"], schedule["leagueId"]) == ("2024-25", "00")
    listed = {one["gameId"]: one for day in schedule["gameDates"] for one in day["games"]}
    games = [game for day in LEAGUE.days() for game in LEAGUE.games(day)]
    assert list(listed) == [game.nba_id for game in games]
    for game in games:
        one = listed[game.nba_id]
        assert one["gameCode"] == f"{game.day:%Y%m%d}/{game.away.nba}{game.home.nba}"
        assert (one["homeTeam"]["score"], one["awayTeam"]["score"]) == (game.home_points, game.away_points)
    board = stats("scoreboardv3", GameDate="2024-12-15", LeagueID="00")["scoreboard"]
    assert board["gameDate"] == "2024-12-15"
    assert [one["gameId"] for one in board["games"]] == [game.nba_id for game in GAMES]
    top = board["games"][0]["gameLeaders"]["homeLeaders"]
    line = next(
        one for one in live("boxscore", GAMES[0])["game"]["homeTeam"]["players"] if one["personId"] == top["personId"]
    )
    assert line["statistics"]["points"] == top["points"]
    assert cdn("staticData/scheduleLeagueV2.json").body == stats_answer("scheduleleaguev2", **SEASON).body
    assert cdn("staticData/scheduleLeagueV2_1.json").status == 200
    assert stats("scheduleleaguev2", LeagueID="00", Season="2022-23")["leagueSchedule"]["gameDates"] == []


def test_todays_scoreboard_is_that_of_yesterday_until_noon() -> None:
    def day(hour: int) -> str:
        now = dt.datetime(2024, 12, 16, hour + 5, tzinfo=dt.UTC).timestamp()
        body = orjson.loads(cdn("liveData/scoreboard/todaysScoreboard_00.json", now=now).body)
        return str(body["scoreboard"]["gameDate"])

    assert [day(hour) for hour in (9, 11, 12, 18)] == ["2024-12-15", "2024-12-15", "2024-12-16", "2024-12-16"]
