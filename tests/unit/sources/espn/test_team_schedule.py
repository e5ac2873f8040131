"""ESPN: the games of a team, of the season and the team that were asked for."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import PELICANS, PRE, as_page, event, side

from adce_async.errors import (
    RefusedError,
    ScrapeError,
    UnreadableError,
)
from adce_async.scraping.base import Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.espn"]).scrapers

NBA = "s:40~l:46"


def scraper(name: str) -> Scraper:
    return make_scraper(name, ENTRIES[name])


def want(**fields: str) -> Want:
    return Want("a/key.json", "x", fields)


def refused(name: str, body: object, error: type[ScrapeError] = RefusedError, **fields: str) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(body), want(**fields))
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


def accepted(name: str, body: object, **fields: str) -> list:
    scraper(name).check(as_page(body), want(**fields))
    found = scraper(name).discover(as_page(body), want(**fields))
    return [dict(item.fields) for item in found.items] if found else []


def team(team_id="13", code="LAL", uid=f"{NBA}~t:13", **more) -> dict:
    return {"id": team_id, "abbreviation": code, "uid": uid, "slug": "los-angeles-lakers"} | more


def schedule(*events: dict, of=None, year=2025, part=3) -> dict:
    return {"requestedSeason": {"year": year, "type": part}, "team": of or team(), "events": list(events)}


def test_a_team_schedule():
    games = [event("1") | {"seasonType": {"type": 3}}, event("2", status=PRE)]
    for name in ("espn_team_schedule", "espn_team_season_schedule"):
        accepted(name, schedule(*games), team_id="LAL", season="2024-25", season_type="3")
    accepted("espn_team_schedule", schedule(), team_id="13")
    assert "every team plays" in refused("espn_team_schedule", schedule(part=2), team_id="13")


def test_another_team_schedule_is_refused():
    name, body = "espn_team_season_schedule", schedule(event())
    assert "expected team 3" in refused(name, body, team_id="3")
    assert "requestedSeason.year" in refused(name, body, team_id="13", season="2023-24")
    assert "requestedSeason.type" in refused(name, body, team_id="13", season_type="2")
    foreign = schedule(event(sides=(side("home", "14", "MIA"), PELICANS)))
    assert "expected a game of LAL" in refused(name, foreign, team_id="LAL")
    late = schedule(event(year=2024))
    assert "event 401: season.year" in refused(name, late, team_id="13", season="2024-25")
    assert "without an id" in refused(name, schedule(event(game_id=None)), team_id="13")
    assert "no status" in refused(name, schedule(event(competitions=[], status={})), team_id="13")
    assert "events: expected a list" in refused(name, {"team": team(), "season": {"year": 2025}}, team_id="13")


def test_captured_team_schedule_of_another_team(captures):
    body = captures.body("espn", "team_schedule_LAL_2025.json")
    assert "expected team 2, found 'LAL'" in refused("espn_team_schedule", body, team_id="2")
