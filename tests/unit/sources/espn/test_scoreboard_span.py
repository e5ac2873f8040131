"""ESPN: listings of several days, of whatever day it is, and those of the content network."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import as_page, event, scoreboard

from adce_async.errors import RefusedError
from adce_async.scraping.base import Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper
from adce_async.scraping.url_lookup import scrapers_for_url

ENTRIES = load_builtins(["adce_async.sources.espn"]).scrapers
SCRAPERS = {name: make_scraper(name, entry) for name, entry in ENTRIES.items() if entry.source == "espn"}
SPAN: Scraper = SCRAPERS["espn_scoreboard_span"]
ADDRESS = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba/scoreboard"

SUNDAY = event("401", "2024-12-16T02:30Z")
NEXT = event("402", "2024-12-17T00:00Z")
SPRING = event("403", "2025-04-01T00:00Z")
LAST_YEARS = event("404", "2024-04-01T00:00Z", year=2024)


def want(days: str) -> Want:
    return Want("k", "scoreboard_span", {"days": days} if days else {})


@pytest.mark.parametrize(
    ("days", "events"),
    [
        ("20241215-20241216", (SUNDAY, NEXT)),
        ("20241201-20241231", (SUNDAY, NEXT)),
        ("202412", (SUNDAY, NEXT)),
        ("2024", (LAST_YEARS, SUNDAY, NEXT)),  # the calendar year
        ("2025", (SUNDAY, NEXT, SPRING)),  # the season
    ],
)
def test_all_games_are_of_the_days_asked_for(days, events):
    body = as_page(scoreboard(*events))
    SPAN.check(body, want(days))
    dates = {item.fields["game_id"]: item.fields["date"] for item in SPAN.discover(body, want(days)).items}
    assert dates["401"] == "2024-12-15"
    assert len(SPAN.facts(body, want(days))) == len(events)


@pytest.mark.parametrize(
    ("days", "events"),
    [
        ("20241216-20241217", (SUNDAY, NEXT)),
        ("20241214-20241215", (SUNDAY, NEXT)),
        ("202411", (SUNDAY,)),
        ("2024", (LAST_YEARS, SUNDAY, SPRING)),
        ("2023", (LAST_YEARS, SUNDAY)),
        ("2025", (LAST_YEARS, SUNDAY, SPRING)),
    ],
)
def test_games_of_other_days_are_refused(days, events):
    with pytest.raises(RefusedError, match="expected a game of"):
        SPAN.check(as_page(scoreboard(*events)), want(days))


def test_an_empty_span_must_not_contradict_its_calendar():
    with pytest.raises(RefusedError, match="games on 2024-12-15"):
        SPAN.check(as_page(scoreboard()), want("202412"))
    SPAN.check(as_page(scoreboard()), want("202407"))


def test_a_listing_as_long_as_its_limit_may_be_cut():
    with pytest.raises(RefusedError, match="there may be more"):
        SPAN.check(as_page(scoreboard(*[SUNDAY] * 1000)), want("202412"))


def test_today_is_what_the_body_says():
    SPAN.check(as_page(scoreboard(SUNDAY, day={"date": "2024-12-15"})), want(""))
    for day in ({"date": "2024-12-14"}, {"date": "soon"}, None):
        with pytest.raises(RefusedError):
            SPAN.check(as_page(scoreboard(SUNDAY, day=day)), want(""))


@pytest.mark.parametrize(
    ("query", "name", "fields"),
    [
        ("?dates=20241215&limit=1000", "espn_scoreboard", {"date_compact": "20241215", "date": "2024-12-15"}),
        ("?dates=20241215-20241216", "espn_scoreboard_span", {"days": "20241215-20241216"}),
        ("?dates=2024&limit=1000", "espn_scoreboard_span", {"days": "2024"}),
        ("?dates=202412", "espn_scoreboard_span", {"days": "202412"}),
        ("", "espn_scoreboard_span", {}),
    ],
)
def test_each_form_of_days_has_its_owner(query, name, fields):
    first = scrapers_for_url(ADDRESS + query, SCRAPERS.values())[0]
    assert (first.scraper.name, dict(first.fields)) == (name, fields)


def test_what_is_no_span_has_no_owner():
    for days in ("20241216-20241215", "20241215-20241215", "2024121", "soon", "20241301-20241302", "0000"):
        assert scrapers_for_url(f"{ADDRESS}?dates={days}", SCRAPERS.values()) == [], days


def test_the_listing_of_the_content_network():
    cdn = SCRAPERS["espn_cdn_scoreboard"]
    asked, body = Want("k", "x", {"date": "2024-12-15"}), {"content": {"sbData": scoreboard(SUNDAY)}}
    cdn.check(as_page(body), asked)
    assert [item.fields["game_id"] for item in cdn.discover(as_page(body), asked).items] == ["401"]
    assert len(cdn.facts(as_page(body), asked)) == 1
    with pytest.raises(RefusedError, match="expected a game of 2024-12-16"):
        cdn.check(as_page(body), Want("k", "x", {"date": "2024-12-16"}))
    with pytest.raises(RefusedError, match="sbData"):
        cdn.check(as_page(scoreboard(SUNDAY)), asked)
