"""ESPN's bodies: the members of the captured ones, and facts that agree with each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest

from adce_async.demo.espn.site import Espn, _summary_body
from adce_async.demo.league import Game, League
from adce_async.demo.site import Request, Response
from adce_async.model.days import eastern_day, from_iso

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


def test_a_scoreboard_lists_the_games_of_its_eastern_day() -> None:
    body = scoreboard()
    assert [event["id"] for event in body["events"]] == [game.event_id for game in GAMES]
    for event, game in zip(body["events"], GAMES, strict=True):
        assert eastern_day(from_iso(event["date"])) == DAY
        assert event["uid"] == f"s:40~l:46~e:{game.event_id}"
        assert event["season"] == {"year": 2025, "type": 2, "slug": "regular-season"}
        competition = event["competitions"][0]
        assert score_of(competition) == {"home": game.home_points, "away": game.away_points}
        for side in competition["competitors"]:
            assert sum(line["value"] for line in side["linescores"]) == int(side["score"])
        status = event["status"]["type"]
        assert (status["name"], status["state"], status["completed"]) == ("STATUS_FINAL", "post", True)


def test_a_day_without_games_is_an_empty_list() -> None:
    body = scoreboard(dt.date(2024, 10, 21))
    assert body["events"] == []
    assert body["leagues"][0]["id"] == "46"


def test_dates_may_be_a_range_and_limit_limits() -> None:
    both = ask(f"{BASE}/scoreboard?dates=20241215-20241216")
    assert len(orjson.loads(both.body)["events"]) == 12
    assert len(orjson.loads(ask(f"{BASE}/scoreboard?dates=20241215&limit=2").body)["events"]) == 2
    assert [e["id"] for e in orjson.loads(ask(f"{BASE}/scoreboard").body)["events"]] == [
        game.event_id for game in LEAGUE.games(LEAGUE.last_day)
    ]


@pytest.mark.parametrize("query", ["dates=2024-12-15", "dates=20241399", "dates=20241215-20241214", "dates=x&limit=y"])
def test_a_wrong_question_is_a_400_in_json(query: str) -> None:
    answer = ask(f"{BASE}/scoreboard?{query}")
    assert answer.status == 400
    assert orjson.loads(answer.body)["code"] == 400


def test_the_playoffs_are_season_type_3() -> None:
    body = scoreboard(dt.date(2025, 5, 1))
    assert body["events"][0]["season"] == {"year": 2025, "type": 3, "slug": "post-season"}
    assert body["leagues"][0]["season"]["type"]["abbreviation"] == "post"
    game = LEAGUE.games(dt.date(2025, 5, 1))[0]
    assert summary(game)["header"]["season"] == {"year": 2025, "type": 3}


def test_a_held_day_shows_its_last_game_as_under_way() -> None:
    states = [event["status"]["type"]["state"] for event in scoreboard(held=True)["events"]]
    assert states == ["post"] * 5 + ["in"]
    assert scoreboard(dt.date(2024, 10, 21), held=True)["events"] == []


def test_a_scoreboard_knows_what_time_it_is() -> None:
    states = [event["status"]["type"]["state"] for event in scoreboard(now=GAMES[2].tip_off + 1)["events"]]
    assert states[0] in ("in", "post")
    assert states[-1] == "pre"
    assert all("linescores" not in side for side in scoreboard(now=0)["events"][0]["competitions"][0]["competitors"])


@pytest.mark.parametrize("event", ["", "1", "401705066", "999999999", "x"])
def test_an_unknown_event_is_a_404_in_json(event: str) -> None:
    answer = ask(f"{BASE}/summary?event={event}")
    assert answer.status == 404
    assert orjson.loads(answer.body)["code"] == 404


def test_both_forms_of_an_error_and_rules_for_others_only() -> None:
    assert ask("/apis/x").status == 404
    core = ESPN.answer(Request("sports.core.api.espn.com", "/v2/x"))
    assert (core.status, orjson.loads(core.body)["error"]["code"]) == (404, 404)
    robots = ask("/robots.txt")
    assert (robots.status, robots.body.splitlines()[0]) == (200, b"User-agent: anthropic-ai")


def test_sizes_and_memory_are_bounded() -> None:
    for game in [game for day in list(LEAGUE.days())[:9] for game in LEAGUE.games(day)]:
        assert 80_000 < len(ask(f"{BASE}/summary?event={game.event_id}").body) < 260_000
    assert _summary_body.cache_info().currsize <= 32


def members(document: Any, path: str = "") -> set[str]:
    """The paths of all members of a document, list indices left out."""
    if isinstance(document, dict):
        return {f"{path}.{name}" for name in document}.union(
            *(members(value, f"{path}.{name}") for name, value in document.items())
        )
    if isinstance(document, list):
        return set().union(*(members(value, path) for value in document))
    return set()


def test_no_member_is_made_up(captures: Any) -> None:
    """Everything generated is there in captured bodies, too, under the same path."""
    real = set().union(
        *(members(orjson.loads(captures.body("espn", name))) for name in (
            "scoreboard_20241215_final.json", "scoreboard_20250529_playoff_final.json",
            "scoreboard_20260502_live_playoff.json",
        ))
    )  # fmt: skip
    assert members(scoreboard()) | members(scoreboard(held=True)) <= real
    real = members(orjson.loads(captures.body("espn", "summary_401772994_final.json")))
    real |= members(orjson.loads(captures.body("espn", "summary_401772994_pre.json")))
    live = {".header.competitions.status.clock", ".header.competitions.status.displayClock"}
    live |= {".header.competitions.status.period"}
    made = members(summary(GAMES[0])) | members(summary(GAMES[0], now=0)) | members(summary(GAMES[0], held=True))
    assert made - real == live  # no summary of a live game was captured; its scoreboard has these members
