"""nba.com's box scores, simulated: they add up to the result."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.site import Request, Response

LEAGUE = League(7, dt.date(2024, 12, 9), dt.date(2024, 12, 29))

SITE = Nba(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))

OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)

REFERER = {"referer": "https://www.nba.com/"}

SOME = [*GAMES[:2], OVERTIME]


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


@pytest.mark.parametrize("game", SOME, ids=lambda game: game.nba_id)
def test_a_box_score_adds_up_to_the_result(game: Game) -> None:
    v3 = stats("boxscoretraditionalv3", GameID=game.nba_id)["boxScoreTraditional"]
    cdn_box = live("boxscore", game)["game"]
    assert v3["gameId"] == cdn_box["gameId"] == game.nba_id
    assert (cdn_box["gameStatus"], cdn_box["gameStatusText"]) == (3, "Final/OT" if game is OVERTIME else "Final")
    for side, team, periods in (
        ("homeTeam", game.home, game.home_periods),
        ("awayTeam", game.away, game.away_periods),
    ):
        points = sum(periods)
        assert (v3[side]["teamId"], v3[side]["teamTricode"]) == (team.nba_id, team.nba)
        assert cdn_box[side]["score"] == v3[side]["statistics"]["points"] == points
        assert [one["score"] for one in cdn_box[side]["periods"]] == list(periods)
        lines = [one["statistics"] for one in v3[side]["players"]]
        for name in ("points", "assists", "reboundsTotal", "threePointersMade", "freeThrowsAttempted"):
            assert sum(one[name] for one in lines) == v3[side]["statistics"][name]
            assert v3[side]["starters"][name] + v3[side]["bench"][name] == v3[side]["statistics"][name]
            of_cdn = [one["statistics"][name] for one in cdn_box[side]["players"]]
            assert of_cdn == [one[name] for one in lines]
        minutes = 240 + 25 * (len(periods) - 4)
        assert v3[side]["statistics"]["minutes"] == f"{minutes}:00"
        assert cdn_box[side]["statistics"]["minutes"] == f"PT{minutes}M00.00S"
        assert [one["comment"] for one in v3[side]["players"]].count("DNP - Coach's Decision") == 3
    margin = max(play - other for play, other in margins(game))
    assert cdn_box["homeTeam"]["statistics"]["biggestLead"] == max(0, margin)


def margins(game: Game) -> list[tuple[int, int]]:
    actions = live("playbyplay", game)["game"]["actions"]
    return [(int(one["scoreHome"]), int(one["scoreAway"])) for one in actions]
