"""Basketball-Reference's pages: the structure of the captured ones, and facts that agree with each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from adce_async.demo.basketball_reference.site import BasketballReference, _game_body, rate_limited
from adce_async.demo.league import League
from adce_async.demo.site import Request, Response

HOST = "www.basketball-reference.com"

LEAGUE = League(11, dt.date(2024, 12, 9), dt.date(2025, 4, 22))

SITE = BasketballReference(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))


def get(path: str, **changes: Any) -> Response:
    return SITE.answer(Request(HOST, path, **changes))


def tree(path: str, **changes: Any) -> LexborHTMLParser:
    answer = get(path, **changes)
    assert answer.status == 200
    assert answer.content_type.startswith("text/html")
    assert answer.body.rstrip().endswith(b"</html>")
    return LexborHTMLParser(answer.body)


def head(page: LexborHTMLParser) -> tuple[str, str]:
    """Title and canonical link."""
    title, canonical = page.css_first("title"), page.css_first("link[rel=canonical]")
    assert title is not None
    assert canonical is not None
    return title.text(), canonical.attributes["href"] or ""


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text(strip=True) for node in page.css(selector)]


def test_a_month_lists_its_games_with_scores_and_links() -> None:
    page = tree("/leagues/NBA_2025_games-december.html")
    assert head(page) == (
        "2024-25 NBA Schedule | Basketball-Reference.com",
        f"https://{HOST}/leagues/NBA_2025_games.html",
    )
    games = [game for day in LEAGUE.days() if day.month == 12 for game in LEAGUE.games(day)]
    rows = page.css("table#schedule tbody tr")
    assert [row.css_first("th").attributes["csk"] for row in rows] == [game.bbref_id for game in games]
    for row, game in zip(rows, games, strict=True):
        cells = {cell.attributes["data-stat"]: cell for cell in row.css("td")}
        assert cells["home_pts"].text() == str(game.home_points)
        assert cells["visitor_pts"].text() == str(game.away_points)
        assert cells["home_team_name"].attributes["csk"] == f"{game.home.bbref}.{game.bbref_id}"
        assert cells["box_score_text"].css_first("a").attributes["href"] == f"/boxscores/{game.bbref_id}.html"
    assert "OT" in texts(page, "td[data-stat=overtimes]")


def test_the_page_of_a_season_is_its_first_month() -> None:
    season, december = get("/leagues/NBA_2025_games.html"), get("/leagues/NBA_2025_games-december.html")
    assert season.body == december.body
    links = texts(LexborHTMLParser(season.body), ".filter a")
    assert links == ["December", "January", "February", "March", "April"]


def test_the_playoffs_begin_with_a_separator() -> None:
    page = tree("/leagues/NBA_2025_games-april.html")
    rows = page.css("table#schedule tbody tr")
    at = next(number for number, row in enumerate(rows) if "thead" in (row.attributes.get("class") or ""))
    assert rows[at].text(strip=True) == "Playoffs"
    assert rows[at - 1].css_first("th").attributes["csk"].startswith("20250418")
    assert rows[at + 1].css_first("th").attributes["csk"].startswith("20250419")
    assert len(page.css("table#schedule tr.thead")) == 1


def test_a_future_row_has_its_id_but_neither_points_nor_link() -> None:
    page = tree("/leagues/NBA_2025_games-december.html", held=True)
    *_, before, last = page.css("table#schedule tbody tr")
    assert before.css_first("[data-stat=box_score_text] a") is not None
    assert last.css_first("th").attributes["csk"].startswith("20241231")
    assert [last.css_first(f"[data-stat={name}]").text() for name in ("home_pts", "visitor_pts")] == ["", ""]
    assert last.css_first("[data-stat=box_score_text] a") is None


@pytest.mark.parametrize(
    "path",
    [
        "/leagues/NBA_2025_games-may.html",
        "/leagues/NBA_2024_games-december.html",
        "/leagues/NBA_9999_games.html",
        "/leagues/NBA_0000_games-december.html",
        "/boxscores/202412150XXX.html",
        "/boxscores/pbp/202411010BOS.html",
        "/players/a/nobody01.html",
        "/",
    ],
)
def test_what_is_not_there_is_the_sites_own_404(path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert head(LexborHTMLParser(answer.body)) == (
        "Page Not Found (404 error) | Basketball-Reference.com",
        f"https://{HOST}/404.html",
    )


def test_a_game_that_is_not_over_has_no_pages() -> None:
    game = GAMES[0]
    for path in (f"/boxscores/{game.bbref_id}.html", f"/boxscores/pbp/{game.bbref_id}.html"):
        assert get(path, now=game.ends_at - 1).status == 404
        assert get(path, held=True).status == 404
        assert get(path, now=game.ends_at).status == 200


def test_robots() -> None:
    text = get("/robots.txt").body.decode()
    assert "Crawl-delay: 3\n" in text
    assert "Disallow: */gamelog/\n" in text
    without = BasketballReference(LEAGUE, None).answer(Request(HOST, "/robots.txt")).body.decode()
    assert "Crawl-delay" not in without
    assert "Crawl-delay: 0.4\n" in BasketballReference(LEAGUE, 0.4).answer(Request(HOST, "/robots.txt")).body.decode()


def test_memory_is_bounded() -> None:
    for day in list(LEAGUE.days())[:12]:
        for game in LEAGUE.games(day):
            get(f"/boxscores/{game.bbref_id}.html")
    assert _game_body.cache_info().currsize <= 64


def shape(body: bytes, selector: str) -> list[tuple[str, ...]]:
    """Tag and telling attributes of the nodes that `selector` finds."""
    kept = ("id", "data-stat", "scope", "colspan")
    nodes = LexborHTMLParser(body).css(selector)
    assert nodes, selector
    return [(node.tag or "", *(node.attributes.get(name) or "" for name in kept)) for node in nodes]


def test_the_schedule_is_built_like_the_captured_one(captures: Any) -> None:
    real = captures.body("basketball_reference", "schedule_NBA_2018_april.html")
    made = get("/leagues/NBA_2025_games-april.html").body
    for selector in (
        "#all_schedule > #div_schedule > table#schedule",
        "table#schedule thead *",
        "table#schedule .thead *",
    ):
        assert shape(made, selector) == shape(real, selector)
    row = "table#schedule tbody tr:first-child > *"
    assert shape(made, row) == shape(real, row)


def test_the_429_page_is_the_sites_own() -> None:
    answer = rate_limited({"retry-after": "9"})
    assert (answer.status, answer.headers) == (429, {"retry-after": "9"})
    assert b"Rate Limited Request (429 error)" in answer.body
    assert rate_limited().headers == {}
