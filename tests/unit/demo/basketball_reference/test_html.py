"""The frame of Basketball-Reference's pages, as its own scrapers read it."""

from __future__ import annotations

import datetime as dt

from selectolax.lexbor import LexborHTMLParser

from adce_async.demo.basketball_reference.html import CANONICAL_HOST, page, scorebox, title_of, wrapped
from adce_async.demo.league import League

GAME = League(2024, dt.date(2024, 12, 9), dt.date(2024, 12, 15)).games(dt.date(2024, 12, 15))[0]


def test_a_page_says_who_it_is_and_is_whole() -> None:
    body = page("A & B < C", f"{CANONICAL_HOST}/x.html", "<p>content</p>")
    tree = LexborHTMLParser(body)
    title, link, content = (tree.css_first(one) for one in ("title", "link[rel=canonical]", "#content p"))
    assert title is not None
    assert title.text() == "A & B < C | Basketball-Reference.com"
    assert link is not None
    assert link.attributes["href"] == "https://www.basketball-reference.com/x.html"
    assert content is not None
    assert content.text() == "content"
    assert body.rstrip().endswith(b"</html>")


def test_the_visitors_come_first_with_their_points() -> None:
    tree = LexborHTMLParser(scorebox(GAME))
    assert [node.text() for node in tree.css(".score")] == [str(GAME.away_points), str(GAME.home_points)]
    links = [node.attributes["href"] for node in tree.css("strong a")]
    assert links == [f"/teams/{team.bbref}/2025.html" for team in (GAME.away, GAME.home)]


def test_a_title_names_teams_and_day() -> None:
    assert title_of(GAME) == f"{GAME.away.name} vs {GAME.home.name}, December 15, 2024"


def test_a_table_may_hide_in_a_comment() -> None:
    plain, hidden = (wrapped("box", '<table id="box"></table>', commented=one) for one in (False, True))
    assert LexborHTMLParser(plain).css_first("table#box") is not None
    assert LexborHTMLParser(hidden).css_first("table#box") is None
    assert "<!--" in hidden
    assert 'id="box"' in hidden
