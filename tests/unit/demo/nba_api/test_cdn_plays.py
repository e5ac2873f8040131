"""cdn.nba.com's play-by-play, simulated: built like the captured ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)

REFERER = {"referer": "https://www.nba.com/"}


def cdn(path: str, headers: dict[str, str] = REFERER, **options: Any) -> Response:
    return SITE.answer(Request("cdn.nba.com", f"/static/json/{path}", {}, headers, **options))


def live(kind: str, game: Game, **options: Any) -> Any:
    answer = cdn(f"liveData/{kind}/{kind}_{game.nba_id}.json", **options)
    assert answer.status == 200
    return orjson.loads(answer.body)


def test_live_actions_are_built_like_the_captured_ones(captures: Any) -> None:
    real = orjson.loads(captures.body("nba_cdn", "playbyplay_0022500776_final.json"))["game"]["actions"]
    ours = live("playbyplay", OVERTIME)["game"]["actions"]
    members: dict[tuple[str, str], set[str]] = {}
    for action in real:
        members.setdefault((action["actionType"], action["subType"]), set()).update(action)
    rare = {"descriptor", "area", "areaDetail", "officialId", "foulDrawnPlayerName", "foulDrawnPersonId"}
    for action in ours:
        kind = (action["actionType"], action["subType"])
        assert kind in members, kind
        assert set(action) <= members[kind], kind
        always = set.intersection(*(set(one) for one in real if (one["actionType"], one["subType"]) == kind))
        assert always - rare <= set(action), kind
