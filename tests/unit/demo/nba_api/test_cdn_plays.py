"""cdn.nba.com's play-by-play, simulated: each play as what it is, built like the captured ones."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import orjson
import pytest

from adce_async.demo.league import Game, League
from adce_async.demo.nba_api.cdn_plays import play_by_play
from adce_async.demo.nba_api.site import Nba
from adce_async.demo.plays import Kind, plays_of
from adce_async.demo.site import GameState, Request, Response

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


def told(kind: str = "") -> list[dict[str, Any]]:
    actions = play_by_play(OVERTIME, GameState.OVER, OVERTIME.ends_at)["game"]["actions"]
    return [action for action in actions if kind in ("", action["actionType"])]


PLAYS = Counter(play.kind for play in plays_of(OVERTIME))


def test_each_play_is_told_as_what_it_is() -> None:
    kinds = Counter(action["actionType"] for action in told())
    assert kinds["2pt"] + kinds["3pt"] == PLAYS[Kind.MAKE] + PLAYS[Kind.MISS]
    assert kinds["rebound"] == PLAYS[Kind.OFFENSIVE_REBOUND] + PLAYS[Kind.DEFENSIVE_REBOUND]
    assert kinds["substitution"] == 2 * PLAYS[Kind.SUBSTITUTION]  # one goes out, one comes in
    assert (kinds["freethrow"], kinds["foul"]) == (PLAYS[Kind.FREE_THROW], PLAYS[Kind.FOUL])
    assert (kinds["turnover"], kinds["timeout"]) == (PLAYS[Kind.TURNOVER], PLAYS[Kind.TIMEOUT])
    assert kinds["jumpball"] == PLAYS[Kind.JUMP_BALL]
    assert (kinds["period"], kinds["game"]) == (2 * 5, 1)
    assert [action["actionNumber"] for action in told()] == list(range(1, len(told()) + 1))


@pytest.mark.parametrize(
    ("kind", "member", "name"),
    [("turnover", "turnoverTotal", "TO"), ("foul", "foulPersonalTotal", "PF"), ("freethrow", "pointsTotal", "PTS")],
)
def test_counts_of_a_player_grow_by_one_and_are_in_the_description(kind: str, member: str, name: str) -> None:
    last: dict[int, int] = {}
    for action in told():
        if action["actionType"] == kind and member in action:
            assert f"({action[member]} {name})" in action["description"]
            if kind != "freethrow":  # points come of shots, too
                assert action[member] == last.get(action["personId"], 0) + 1
            last[action["personId"]] = action[member]
    assert last


def test_rebounds_are_of_both_kinds_and_refer_to_a_missed_shot() -> None:
    by_number = {action["actionNumber"]: action for action in told()}
    for rebound in told("rebound"):
        assert rebound["reboundTotal"] == rebound["reboundOffensiveTotal"] + rebound["reboundDefensiveTotal"]
        assert by_number[rebound["shotActionNumber"]]["shotResult"] == "Missed"
    assert {rebound["subType"] for rebound in told("rebound")} == {"offensive", "defensive"}


def test_a_steal_is_of_the_team_that_did_not_have_the_ball() -> None:
    actions = told()
    steals = [(actions[n - 1], action) for n, action in enumerate(actions) if action["actionType"] == "steal"]
    assert steals
    for turnover, steal in steals:
        assert turnover["stealPersonId"] == steal["personId"]
        assert turnover["teamId"] != steal["teamId"]


def test_made_shots_say_who_helped_and_where_they_were_taken() -> None:
    shots = [*told("2pt"), *told("3pt")]
    assert any("assistPersonId" in shot for shot in shots)
    for shot in shots:
        assert (shot["shotResult"] == "Made") is ("pointsTotal" in shot)
        assert (shot["area"] == "Above the Break 3") is (shot["actionType"] == "3pt")
        assert 0 <= shot["x"] <= 100
        assert 0 <= shot["y"] <= 100
