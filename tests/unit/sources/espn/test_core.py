"""ESPN: which collections and things of its core API are accepted, and what they name."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import FINAL, LIVE, POSTPONED, as_page

from adce_async.errors import NotFoundError, NotYetError, RefusedError, ScrapeError, UnreadableError
from adce_async.model.coverage import Discovery
from adce_async.scraping.base import Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

ENTRIES = load_builtins(["adce_async.sources.espn"]).scrapers
LEAGUE = "http://sports.core.api.espn.com/v2/sports/basketball/leagues/nba"
GAME = "/events/401584793/competitions/401584793"
FIELDS = {
    "game_id": "401584793",
    "season": "2023-24",
    "date": "2024-01-15",
    "player_id": "4239",
    "coach_id": "3343",
} | {"team_id": "13"}


def scraper(name: str) -> Scraper:
    return make_scraper(name, ENTRIES[name])


def want(**fields: str) -> Want:
    return Want("a/key.json", "x", FIELDS | fields)


def collection(*paths: str, **more: object) -> dict:
    items = [{"$ref": f"{LEAGUE}{path}?lang=en&region=us"} for path in paths]
    return {"count": len(items), "pageIndex": 1, "pageSize": 25, "pageCount": 1, "items": items} | more


def refused(name: str, body: object, error: type[ScrapeError] = RefusedError, **fields: str) -> str:
    with pytest.raises(error) as caught:
        scraper(name).check(as_page(body), want(**fields))
    assert type(caught.value) in (error, UnreadableError)
    return caught.value.reason


def accepted(name: str, body: object, **fields: str) -> Discovery | None:
    scraper(name).check(as_page(body), want(**fields))
    return scraper(name).discover(as_page(body), want(**fields))


COLLECTIONS = {
    "espn_core_odds": f"{GAME}/odds/50",
    "espn_core_officials": f"{GAME}/officials/1",
    "espn_core_seasons": "/seasons/2027",
    "espn_core_season_teams": "/seasons/2024/teams/13",
    "espn_core_season_coaches": "/seasons/2024/coaches/3024",
    "espn_core_athletes": "/athletes/4431679",
    "espn_core_events": "/events/401584793",
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_is_of_what_was_asked_for(name):
    path = COLLECTIONS[name]
    accepted(name, collection(path, path.replace("50", "51")))
    internal = collection(path)
    internal["items"][0]["$ref"] = internal["items"][0]["$ref"].replace(".com", ".pvt")
    accepted(name, internal)
    for other in COLLECTIONS.values():
        if other != path:
            assert "expected members of" in refused(name, collection(path, other))
    wnba = collection(path)
    wnba["items"][0]["$ref"] = wnba["items"][0]["$ref"].replace("/nba/", "/wnba/")
    assert "expected members of" in refused(name, wnba)
    assert "expected members of" in refused(name, collection(path) | {"items": [{}]})


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_first_of_several_pages_is_not_the_collection(name):
    assert "page 1 of 7" in refused(name, collection(COLLECTIONS[name], pageCount=7, count=610))
    for items in (None, {}, "x"):
        assert "expected a list" in refused(name, collection() | {"items": items})


def test_an_empty_collection_means_what_it_is_of():
    empty = collection(pageCount=0)
    accepted("espn_core_events", empty)
    for name in ("espn_core_odds", "espn_core_officials"):
        assert "none recorded" in refused(name, empty, NotFoundError)
    for name in ("espn_core_seasons", "espn_core_season_teams", "espn_core_season_coaches", "espn_core_athletes"):
        assert "none, where some are due" in refused(name, empty)


def test_another_season_or_game_is_refused():
    assert "/seasons/2025/teams" in refused(
        "espn_core_season_teams", collection("/seasons/2024/teams/1"), season="2024-25"
    )
    other = collection(f"{GAME}/odds/50")
    assert "/events/401/" in refused("espn_core_odds", other, game_id="401")


@pytest.mark.parametrize(
    ("name", "path", "field"),
    [
        ("espn_core_season_teams", "/seasons/2024/teams/13", {"team_id": "13"}),
        ("espn_core_season_coaches", "/seasons/2024/coaches/3024", {"coach_id": "3024"}),
        ("espn_core_athletes", "/athletes/4431679", {"player_id": "4431679"}),
    ],
)
def test_what_collections_name(name, path, field):
    found = accepted(name, collection(path, path))
    assert found is not None
    assert [dict(item.fields) for item in found.items] == [field]
    assert accepted("espn_core_seasons", collection("/seasons/2027")) is None


def test_events_of_the_day_that_they_say():
    body = collection("/events/401")
    assert accepted("espn_core_events", body) is None
    said = body | {"$meta": {"parameters": {"dates": ["20240115"]}}}
    accepted("espn_core_events", said)
    assert "expected '20240116'" in refused("espn_core_events", said, date="2024-01-16")


THINGS = {
    "espn_core_season": "/seasons/2024",
    "espn_core_athlete": "/athletes/4239",
    "espn_core_coach": "/coaches/3343",
    "espn_core_event": "/events/401584793",
    "espn_core_season_team": "/seasons/2024/teams/13",
}


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_has_the_address_that_was_asked_for(name):
    thing = {"$ref": f"{LEAGUE}{THINGS[name]}?lang=en&region=us", "id": "1"}
    assert accepted(name, thing) is None
    accepted(name, thing | {"uid": "s:40~l:46~a:4239"})
    assert "uid" in refused(name, thing | {"uid": "s:20~l:28~a:4239"})
    for ref in (None, 7, f"{LEAGUE}{THINGS[name]}1", f"{LEAGUE}/athletes/1", THINGS[name]):
        assert "$ref: expected" in refused(name, thing | {"$ref": ref})


def calendar(*dates: str, ref: object = f"{LEAGUE}/seasons/2024/types/2/calendar/ondays?lang=en") -> dict:
    return {"$ref": ref, "eventDate": {"type": "ondays", "dates": list(dates)}}


def test_a_calendar():
    days = ("2023-10-24T07:00Z", "2024-04-14T07:00Z")
    accepted("espn_calendar", calendar(*days))
    accepted("espn_calendar", calendar(*days, ref=None))
    accepted("espn_calendar", calendar(*days, ref=f"{LEAGUE}/calendar/ondays"))
    bubble = calendar("2019-10-22T07:00Z", "2020-10-11T07:00Z", ref=None)
    accepted("espn_calendar", bubble, season="2019-20")
    assert "expected rows" in refused("espn_calendar", calendar())
    assert "expected 2025" in refused("espn_calendar", calendar(*days), season="2024-25")
    assert "2023-10-24" in refused("espn_calendar", calendar(*days, ref=None), season="2024-25")
    assert "Invalid isoformat" in refused("espn_calendar", calendar("Week 1"))
    wnba = str(calendar()["$ref"]).replace("/nba/", "/wnba/")
    assert "calendar of the NBA" in refused("espn_calendar", calendar(*days, ref=wnba))


def test_captured_events(captures):
    body = captures.body("espn", "core_events_20250301.json")
    accepted("espn_core_events", body, date="2025-03-01")
    assert len(as_page(body).json()["items"]) == 6
    for part in range(1, 8):
        refused("espn_core_events", body[: len(body.rstrip()) * part // 8], date="2025-03-01")
    refused("espn_core_athletes", body)


def test_captured_error(captures):
    body = captures.body("espn", "error_404_core_coach.json")
    assert "No coach found for id = 3343" in refused("espn_core_coach", body, NotFoundError)


def paged(
    name: str, page: int = 1, *, count: int = 5, size: int = 2, found: int | None = None, period: int = 4
) -> dict:
    """A page of the plays (or probabilities) of a game, whole unless told otherwise."""
    due = max(0, min(size, count - (page - 1) * size)) if found is None else found
    items = [{"$ref": f"{LEAGUE}{GAME}/{name}/{n}?lang=en&region=us", "period": {"number": period}} for n in range(due)]
    pages = {"count": count, "pageIndex": page, "pageSize": size, "pageCount": -(-count // size)}
    return pages | {"items": items}


@pytest.mark.parametrize("name", ["plays", "probabilities"])
def test_pages_of_a_game(name):
    scraper = f"espn_core_{name}"
    for page in (1, 2, 3):
        accepted(scraper, paged(name, page), page=str(page))
        other = str(page + 1)
        assert f"pageIndex: expected '{other}'" in refused(scraper, paged(name, page), page=other)
    accepted(scraper, paged(name))
    accepted(scraper, paged(name), limit="2")
    assert "pageSize: expected '300'" in refused(scraper, paged(name), limit="300")
    assert "expected 2 on page 1 of 5 by 2, found 1" in refused(scraper, paged(name, found=1))
    assert "expected 1 on page 3" in refused(scraper, paged(name, 3, found=2), page="3")
    assert "/events/401/" in refused(scraper, paged(name), game_id="401")
    assert "pageSize" in refused(scraper, {k: v for k, v in paged(name).items() if k != "pageSize"})
    assert "period 2" in refused(scraper, paged(name, 3, period=2), NotYetError, page="3")
    accepted(scraper, paged(name, 1, period=2), page="1")
    refused(scraper, paged(name, count=0), NotFoundError)


def test_a_collection_that_counts_more_than_it_holds_is_cut():
    body = collection("/seasons/2024/teams/1") | {"count": 30}
    assert "count: 30 members, found 1" in refused("espn_core_season_teams", body)


def test_only_a_final_status_is_kept():
    status = {"$ref": f"{LEAGUE}{GAME}/status", "type": FINAL}
    accepted("espn_core_status", status)
    refused("espn_core_status", status | {"type": LIVE}, NotYetError)
    refused("espn_core_status", status | {"type": POSTPONED}, NotFoundError)
    refused("espn_core_status", {"$ref": f"{LEAGUE}{GAME}/status"})
    assert "$ref" in refused("espn_core_status", status, game_id="401")
