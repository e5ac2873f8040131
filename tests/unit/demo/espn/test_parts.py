"""ESPN, simulated: what its bodies say of how far a game has got."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from adce_async.demo.espn.parts import minutes, slug_of, team_of
from adce_async.demo.espn.site import Espn
from adce_async.demo.league import TEAMS, Game, League
from adce_async.demo.site import Request, Response
from adce_async.model.days import from_iso

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


def scoreboard(day: dt.date = DAY, **changes: Any) -> dict[str, Any]:
    answer = ask(f"{BASE}/scoreboard?dates={day:%Y%m%d}&limit=1000", **changes)
    assert answer.status == 200
    return orjson.loads(answer.body)  # type: ignore[no-any-return]


def summary(game: Game, **changes: Any) -> dict[str, Any]:
    answer = ask(f"{BASE}/summary?event={game.event_id}", **changes)
    assert answer.status == 200
    return orjson.loads(answer.body)  # type: ignore[no-any-return]


def score_of(competition: dict[str, Any]) -> dict[str, int]:
    return {one["homeAway"]: int(one["score"]) for one in competition["competitors"]}


def test_a_game_under_way_and_one_to_come() -> None:
    game = GAMES[-1]
    live = summary(game, now=game.tip_off + 60)
    assert live["header"]["competitions"][0]["status"]["type"]["name"] == "STATUS_IN_PROGRESS"
    assert {play["period"]["number"] for play in live["plays"]} == {1, 2}
    assert live["plays"][-1]["type"]["text"] == "End Period"
    assert score_of(live["header"]["competitions"][0]) == {
        "home": sum(game.home_periods[:2]),
        "away": sum(game.away_periods[:2]),
    }
    assert "winner" not in live["header"]["competitions"][0]["competitors"][0]
    before = summary(game, now=game.tip_off - 60)
    assert "plays" not in before
    assert "predictor" in before
    assert before["header"]["competitions"][0]["status"]["type"]["name"] == "STATUS_SCHEDULED"
    assert summary(game, now=game.ends_at)["plays"][-1]["type"]["text"] == "End Game"


def test_an_overtime_says_so() -> None:
    game = next(g for day in LEAGUE.days() for g in LEAGUE.games(day) if len(g.home_periods) == 5)
    event = next(e for e in scoreboard(game.day)["events"] if e["id"] == game.event_id)
    assert event["status"]["type"]["detail"] == "Final/OT"
    assert event["status"]["period"] == 5
    assert summary(game)["plays"][-1]["period"]["number"] == 5


def test_dates_have_no_seconds_and_slugs_no_spaces() -> None:
    assert minutes(from_iso("2024-12-15T22:00:59Z")) == "2024-12-15T22:00Z"
    warriors = next(team for team in TEAMS if team.espn == "GS")
    assert slug_of(warriors) == "golden-state-warriors"
    assert team_of(warriors)["uid"] == f"s:40~l:46~t:{warriors.espn_id}"
