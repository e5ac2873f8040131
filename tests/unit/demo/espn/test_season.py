"""What ESPN has of a season, simulated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from adce_async.demo.espn import season
from adce_async.demo.espn.site import Espn
from adce_async.demo.league import TEAMS, League
from adce_async.demo.plays import roster
from adce_async.demo.season import finished
from adce_async.demo.site import Request, Response

HOST = "site.api.espn.com"

BASE = "/apis/site/v2/sports/basketball/nba"

LEAGUE = League(11, dt.date(2024, 10, 22), dt.date(2025, 5, 20))

ESPN = Espn(LEAGUE)

DAY = dt.date(2024, 12, 15)


def ask(path: str, /, **changes: Any) -> Response:
    path, _, query = path.partition("?")
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    return ESPN.answer(Request(HOST, path, pairs, **changes))


def scoreboard(day: dt.date = DAY, **changes: Any) -> dict[str, Any]:
    answer = ask(f"{BASE}/scoreboard?dates={day:%Y%m%d}&limit=1000", **changes)
    assert answer.status == 200
    return orjson.loads(answer.body)  # type: ignore[no-any-return]


def test_the_calendar_lists_the_days_with_games_as_pacific_midnights() -> None:
    league = scoreboard()["leagues"][0]
    assert (league["id"], league["uid"], league["slug"], league["calendarIsWhitelist"]) == (
        "46",
        "s:40~l:46",
        "nba",
        True,
    )
    assert league["season"]["year"] == 2025
    assert league["calendar"][0] == "2024-10-22T07:00Z"
    assert "2024-12-15T08:00Z" in league["calendar"]
    assert len(league["calendar"]) == len(list(LEAGUE.days()))


def test_teams() -> None:
    teams = orjson.loads(ask(f"{BASE}/teams").body)["sports"][0]["leagues"][0]["teams"]
    assert len(teams) == 30
    assert teams[9]["team"]["abbreviation"] == "GS"
    assert teams[9]["team"]["slug"] == "golden-state-warriors"


def test_standings_are_counted_from_the_games() -> None:
    body = season.standings(LEAGUE, 2025, float("inf"))
    played = finished(LEAGUE, 2025, float("inf"))
    entries = [entry for group in body["children"] for entry in group["standings"]["entries"]]
    assert sorted(entry["team"]["id"] for entry in entries) == sorted(team.espn_id for team in TEAMS)
    stats = [{stat["name"]: stat.get("value") for stat in entry["stats"]} for entry in entries]
    assert sum(one["wins"] for one in stats) == sum(one["losses"] for one in stats) == len(played)
    assert {one["wins"] for one in stats} != {0}


def test_a_team_goes_by_any_of_its_names() -> None:
    warriors = next(team for team in TEAMS if team.espn == "GS")
    for name in (warriors.espn_id, "GS", "gs"):
        assert season.team_named(name) is warriors, name
    assert season.team_named("curling") is None
    assert season.team(warriors, 2025)["team"]["id"] == warriors.espn_id


def test_a_roster_is_that_of_its_team_and_season() -> None:
    body = season.athletes(LEAGUE, TEAMS[0], 2025, float("inf"))
    assert (body["team"]["id"], body["season"]["year"]) == (TEAMS[0].espn_id, 2025)
    assert [one["id"] for one in body["athletes"]] == [player.espn_id for player in roster(LEAGUE.seed, TEAMS[0])]


def test_the_calendar_of_the_core_api_has_days_with_regular_games_once() -> None:
    found = season.calendar(LEAGUE, 2025)["eventDate"]["dates"]
    days = {game.day for game in LEAGUE.season(2025) if not game.is_playoff}
    assert found == sorted(map(season.morning, days))
    assert found[0] == "2024-10-22T07:00Z"
