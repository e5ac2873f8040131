"""Basketball-Reference: what is true of all its pages: addresses, who they say they are, what stands in for one."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.sources.basketball_reference.bodies import (
    SCRAPERS,
    SITE,
    box,
    html,
    linked,
    play_by_play,
    plays,
    refused,
    row,
    schedule,
    scorebox,
    want,
)

from adce_async.errors import BlockedError, NotFoundError
from adce_async.scraping.base import Want

SCHEDULE = SCRAPERS["schedule"]

BOX_SCORE = SCRAPERS["box_score"]

PLAY_BY_PLAY = SCRAPERS["play_by_play"]

GAME = "201710170CLE"


def month(name: str, season: str = "2017-18", **more: str) -> Want:
    return want("schedule", season=season, month=name, **more)


def game(game_id: str = GAME, season: str = "2017-18") -> Want:
    return want("x", season=season, game_id=game_id)


def test_urls():
    assert SCHEDULE.url_for({"season": "2017-18", "month": "october"}) == f"{SITE}/leagues/NBA_2018_games-october.html"
    assert SCHEDULE.url_for({"season": "1999-00", "month": "may"}) == f"{SITE}/leagues/NBA_2000_games-may.html"
    assert SCHEDULE.url_for({"season": "2019-20", "month": "october-2020"}).endswith(
        "/NBA_2020_games-october-2020.html"
    )
    assert SCHEDULE.url_for({"season": "1948-49", "month": "march"}) == f"{SITE}/leagues/BAA_1949_games-march.html"
    assert SCHEDULE.url_for({"season": "1949-50", "month": "march"}) == f"{SITE}/leagues/NBA_1950_games-march.html"
    aba = {"season": "1975-76", "month": "march", "league": "ABA"}
    assert SCHEDULE.url_for(aba) == f"{SITE}/leagues/ABA_1976_games-march.html"
    assert BOX_SCORE.url_for({"game_id": GAME}) == f"{SITE}/boxscores/{GAME}.html"
    assert PLAY_BY_PLAY.url_for({"game_id": GAME}) == f"{SITE}/boxscores/pbp/{GAME}.html"


def test_another_page_is_refused():
    assert "canonical" in refused(BOX_SCORE, box(game_id="201710180CLE"), game())
    assert "canonical" in refused(BOX_SCORE, play_by_play(scorebox("99", "102") + plays()), game())
    assert "canonical" in refused(PLAY_BY_PLAY, box(), game())
    assert "cut short" in refused(BOX_SCORE, box().replace("</html>", ""), game())


@pytest.mark.parametrize("name", sorted(SCRAPERS))
def test_what_stands_in_for_a_page_is_told_by_kind(name):
    fields = {"season": "2017-18", "month": "october", "date": "2017-10-17", "game_id": GAME}
    asked = want(name, **fields, team="CLE", player_slug="jamesle01")
    scraper = SCRAPERS[name]
    refused(scraper, html("/404.html", "Page Not Found (404 error)", ""), asked, NotFoundError)
    refused(scraper, html("/404.html", "Sorry", ""), asked, NotFoundError)
    refused(scraper, html("/players/", "List of all the NBA and ABA Players", ""), asked, NotFoundError)
    refused(scraper, html("/429.html", "Rate Limited Request (429 error)", ""), asked, BlockedError)
    long_head = html("/429.html", "Rate Limited Request (429 error)", "").replace(
        "<head>", f"<head><script>{'x' * 70_000}</script>"
    )
    refused(scraper, long_head, asked, BlockedError)
    refused(scraper, "<html><head><title>Just a moment...</title></head></html>", asked, BlockedError)
    refused(scraper, html("/", "Basketball Statistics & History", linked("stats", "/players/a/a.html")), asked)


@pytest.mark.parametrize("cut", range(1, 16))
def test_no_prefix_is_accepted(cut):
    for scraper, body, asked in [
        (SCHEDULE, schedule(row(GAME)), month("october")),
        (BOX_SCORE, box(), game()),
        (PLAY_BY_PLAY, play_by_play(scorebox("99", "102") + plays()), game()),
    ]:
        whole = body.rstrip()
        refused(scraper, whole[: len(whole) * cut // 16], asked)
        refused(scraper, whole[:-1], asked)


def test_the_versions_say_what_changed():
    assert {name: SCRAPERS[name].version for name in ("schedule", "box_score", "play_by_play")} == {
        "schedule": "3",
        "box_score": "1",
        "play_by_play": "1",
    }
    assert Counter(type(one).__name__ for one in SCRAPERS.values())["BasketballReferenceSchedule"] == 2
