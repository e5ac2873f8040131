"""ESPN: which teams, rosters, schedules, standings, injuries, transactions and news are accepted."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import FINAL, as_page, summary

from adce_async.errors import (
    BlockedError,
    NotFoundError,
    NotYetError,
    RefusedError,
    ScrapeError,
    TransientError,
    UnreadableError,
)
from adce_async.scraping.base import Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.espn"]).scrapers

NBA = "s:40~l:46"

NFL = "s:20~l:28"


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


def teams(*members: dict, uid=NBA, year=2025) -> dict:
    league = {"uid": uid, "slug": "nba", "season": {"year": year}, "teams": [{"team": one} for one in members]}
    return {"sports": [{"leagues": [league]}]}


def roster(*athletes: dict, of=None, year=2025) -> dict:
    return {"season": {"year": year}, "athletes": list(athletes), "team": of or team()}


def standings(*entries: dict, season=2025, uid=NBA) -> dict:
    table = {"id": "0", "season": season, "entries": list(entries)}
    return {"uid": uid, "children": [{"name": "Eastern Conference", "standings": table}]}


ROW = {"team": team(), "stats": [{"name": "wins", "value": 50.0}]}

AYTON = {"id": "4278129", "uid": f"{NBA}~a:4278129", "fullName": "Deandre Ayton"}

WAIVER = {"date": "2026-10-06T07:00Z", "description": "Waived G Terrell Brown Jr.", "team": {"displayName": "Jazz"}}


def test_teams():
    assert accepted("espn_teams", teams(team(), team("3", "NO", f"{NBA}~t:3")), season="2024-25") == [
        {"team_id": "13", "team": "LAL"},
        {"team_id": "3", "team": "NO"},
    ]
    assert accepted("espn_teams", teams(team(uid=None)))
    assert "expected rows" in refused("espn_teams", teams())
    assert "without an id" in refused("espn_teams", teams(team(None)))
    assert NFL in refused("espn_teams", teams(team(), team("1", "ATL", f"{NFL}~t:1")))
    assert NFL in refused("espn_teams", teams(team(), uid=NFL))
    assert "expected 2026 for 2025-26" in refused("espn_teams", teams(team()), season="2025-26")


@pytest.mark.parametrize("team_id", ["13", "LAL", "lal", "los-angeles-lakers"])
def test_a_team_by_any_of_its_names(team_id):
    accepted("espn_team", {"team": team()}, team_id=team_id)
    accepted("espn_roster", roster(AYTON), team_id=team_id)


def test_another_team_is_refused():
    assert "expected team 3, found 'LAL'" in refused("espn_team", {"team": team()}, team_id="3")
    assert "expected team 3" in refused("espn_roster", roster(AYTON), team_id="3")
    assert "expected team 3" in refused("espn_team", {}, team_id="3")
    assert "team.uid" in refused("espn_team", roster(AYTON, of=team(uid=None)), team_id="13")
    assert NFL in refused("espn_team", {"team": team(uid=f"{NFL}~t:13")}, team_id="13")


def test_a_roster_names_its_players():
    found = accepted("espn_roster", roster(AYTON), team_id="LAL", season="2024-25")
    assert found == [{"player_id": "4278129", "team_id": "13"}]
    assert "athletes: expected rows" in refused("espn_roster", roster(), team_id="13")
    grouped = roster({"position": "offense", "items": [AYTON]})  # as those of the NFL are
    assert "without an id" in refused("espn_roster", grouped, team_id="13")
    other = roster(AYTON | {"uid": f"{NFL}~a:1"})
    assert NFL in refused("espn_roster", other, team_id="13")
    assert "season.year" in refused("espn_roster", roster(AYTON, year=2026), team_id="13", season="2024-25")


def test_standings():
    accepted("espn_standings", standings(ROW), season="2024-25")
    accepted("espn_season_standings", standings(ROW, season=None), season="2024-25")
    divisions = {"uid": NBA, "children": [{"children": standings(ROW)["children"]}]}
    accepted("espn_standings", divisions, season="2024-25")
    accepted("espn_standings", {"uid": NBA, "standings": {"season": 1950, "entries": [ROW]}}, season="1949-50")


def test_what_is_no_standings():
    stub = {"fullViewLink": {"text": "Full Standings", "href": "https://www.espn.com/nba/standings"}}
    assert "only a stub" in refused("espn_standings", stub)
    assert "no standings" in refused("espn_standings", {"uid": NBA, "children": []})
    assert "entries: expected rows" in refused("espn_standings", standings())
    assert "stats: expected rows" in refused("espn_standings", standings({"team": team(), "stats": []}))
    assert "expected 2024 for 2023-24, found 2025" in refused("espn_standings", standings(ROW), season="2023-24")
    assert NFL in refused("espn_standings", standings(ROW, uid=f"{NFL}~g:9"))
    assert NFL in refused("espn_standings", standings(ROW | {"team": team(uid=f"{NFL}~t:1")}))


def test_injuries():
    hurt = {"id": "1", "athlete": {"displayName": "A", "team": {"uid": f"{NBA}~t:1"}}}
    body = {"season": {"year": 2026}, "injuries": [{"displayName": "Atlanta Hawks", "injuries": [hurt]}]}
    accepted("espn_injuries", body, season="2025-26")
    accepted("espn_injuries", body | {"injuries": []}, season="2025-26")
    assert "season.year" in refused("espn_injuries", body, season="2024-25")
    assert "expected a list" in refused("espn_injuries", body | {"injuries": None})
    assert "expected a list" in refused("espn_injuries", {"injuries": []})
    assert "Atlanta Hawks" in refused("espn_injuries", body | {"injuries": [{"displayName": "Atlanta Hawks"}]})
    hurt["athlete"]["team"]["uid"] = f"{NFL}~t:1"
    assert NFL in refused("espn_injuries", body)


def test_transactions():
    body = {"season": {"year": 2027}, "pageCount": 1, "transactions": [WAIVER]}
    accepted("espn_transactions", body, season="2026-27")
    assert "page" in refused("espn_transactions", body | {"pageCount": 2, "pageIndex": 1})
    assert "expected rows" in refused("espn_transactions", body | {"transactions": []})
    assert "without a date" in refused("espn_transactions", body | {"transactions": [{"date": "x"}]})
    assert "season.year" in refused("espn_transactions", body, season="2025-26")
    here, there = (
        {"displayName": "Jets", "links": [{"href": f"https://www.espn.com/{x}/team"}]} for x in ("nba", "nfl")
    )
    accepted("espn_transactions", body | {"transactions": [WAIVER | {"team": here}]})
    assert "'Jets'" in refused("espn_transactions", body | {"transactions": [WAIVER | {"team": there}]})


def test_news():
    body = {"header": "NBA News", "articles": [{"headline": "Somebody signs"}]}
    accepted("espn_news", body)
    for header in ("WNBA News", "NFL News", None):
        assert "NBA News" in refused("espn_news", body | {"header": header})
    assert "expected rows" in refused("espn_news", body | {"articles": []})
    assert "headline" in refused("espn_news", body | {"articles": [{}]})


def test_the_content_network():
    fields = {"game_id": "401"}
    wrapped = {"gameId": "401", "gamepackageJSON": summary()}
    accepted("espn_cdn_box_score", wrapped, **fields)
    assert "header.id" in refused("espn_cdn_box_score", wrapped, game_id="402")
    assert "gamepackageJSON" in refused("espn_cdn_box_score", summary(), **fields)
    live = {"gamepackageJSON": summary(status=FINAL | {"completed": False})}
    refused("espn_cdn_box_score", live, NotYetError, **fields)


SITE = [name for name, entry in ENTRIES.items() if entry.source == "espn"]

FIELDS = {"game_id": "401", "date": "2024-12-15", "season": "2024-25", "season_type": "3"} | {
    "team_id": "13",
    "player_id": "4239",
    "coach_id": "3343",
    "days": "202301",
    "franchise_id": "13",
    "venue_id": "1",
    "position_id": "1",
}


@pytest.mark.parametrize("name", SITE)
def test_what_no_scraper_accepts(name):
    for body, error in (
        ({"code": 404, "message": "x"}, NotFoundError),
        ({"error": {"code": 404, "message": "x"}}, NotFoundError),
        ({"code": 429}, BlockedError),
        ({"error": {"code": 500, "message": "x"}}, TransientError),
        ({"code": 400, "message": "x"}, RefusedError),
        ({}, RefusedError),
        ([], RefusedError),
        (b"", RefusedError),
        (b"<html><head><title>Access Denied</title>", BlockedError),
        (b"<html><head><title>ESPN</title>", RefusedError),
    ):
        refused(name, body, error, **FIELDS)


CAPTURED = {
    "teams.json": ("espn_teams", {"season": "2024-25"}),
    "standings_2025.json": ("espn_standings", {"season": "2024-25"}),
    "team_schedule_LAL_2025.json": ("espn_team_schedule", {"season": "2024-25", "team_id": "LAL"}),
    "team_schedule_LAL_2026_post.json": ("espn_team_schedule", {"season": "2025-26", "team_id": "13"}),
}


@pytest.mark.parametrize("file", CAPTURED)
def test_captures(captures, file):
    name, fields = CAPTURED[file]
    body = captures.body("espn", file)
    found = accepted(name, body, **fields)
    if name == "espn_teams":
        assert len(found) == 30
        assert {"team_id": "13", "team": "LAL"} in found
    year = int(fields["season"][:4])
    assert "expected" in refused(name, body, **(fields | {"season": f"{year - 1}-{year % 100:02d}"}))
    for part in range(1, 8):
        refused(name, body[: len(body.rstrip()) * part // 8], **fields)
    refused(name, body.rstrip()[:-1], **fields)


def test_the_captured_box_score_of_a_football_game_is_refused(captures):
    body = captures.body("espn", "cdn_core_nfl_boxscore_401547602_SHAPE_PROXY.json")
    assert "header.league.uid" in refused("espn_cdn_box_score", body, game_id="401547602")
    refused("espn_summary", body, game_id="401547602")


def test_no_captured_body_passes_for_another_endpoint(captures):
    """Nor an older season's schedule for a newer one's: the fields are those of each capture's own key."""
    tried = 0
    for entry in captures.manifest("espn"):
        body = captures.body("espn", entry["file"])
        for name in SITE:
            own = CAPTURED.get(entry["file"], ("", {}))
            fields = FIELDS | {"season": "2024-25", "date": "2023-01-01", "team_id": "13"} | own[1]
            relative = {
                "espn_team_season_schedule",
                "espn_team_year_schedule",
                "espn_season_standings",
            }  # the same body at another address
            if name == own[0] or (own[0] and name in relative and own[0].split("_")[-1] in name):
                continue
            if name in ("espn_scoreboard", "espn_scoreboard_span") and "no_games" in entry["file"]:
                continue  # empty, of no day of its own
            if name == "espn_core_events" and entry["file"].startswith("core_events"):
                continue
            tried += 1
            with pytest.raises(ScrapeError):
                scraper(name).check(as_page(body), want(**fields))
    assert tried > 300
