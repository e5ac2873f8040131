"""Basketball-Reference's pages: the structure of the captured ones, and facts that agree with each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from adce_async.demo.basketball_reference.site import BasketballReference, _game_body
from adce_async.demo.league import Game, League
from adce_async.demo.plays import plays_of
from adce_async.demo.site import Answer, Ask

HOST = "www.basketball-reference.com"
LEAGUE = League(11, dt.date(2024, 12, 9), dt.date(2025, 4, 22))
SITE = BasketballReference(LEAGUE)
GAMES = LEAGUE.games(dt.date(2024, 12, 15))
OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)


def get(path: str, **changes: Any) -> Answer:
    return SITE.answer(Ask(HOST, path, **changes))


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


@pytest.mark.parametrize("game", [*GAMES[:2], OVERTIME], ids=lambda game: game.bbref_id)
def test_a_box_score_agrees_with_itself(game: Game) -> None:
    page = tree(f"/boxscores/{game.bbref_id}.html")
    title, canonical = head(page)
    assert title.startswith(f"{game.away.name} vs {game.home.name}, {game.day:%B} {game.day.day}, {game.day.year} | ")
    assert canonical == f"https://{HOST}/boxscores/{game.bbref_id}.html"
    assert texts(page, ".scorebox .score") == [str(game.away_points), str(game.home_points)]
    for team, points in ((game.away, game.away_points), (game.home, game.home_points)):
        table = f"table#box-{team.bbref}-game-basic"
        assert sum(map(int, texts(page, f"{table} tbody td[data-stat=pts]"))) == points
        assert texts(page, f"{table} tfoot td[data-stat=pts]") == [str(points)]
        assert texts(page, f"{table} td[data-stat=reason]") == ["Did Not Play"] * 3
        assert texts(page, f"{table} tfoot td[data-stat=mp]") == [str(240 + 25 * (len(game.home_periods) - 4))]
        seconds = [int(cell.attributes["csk"] or 0) for cell in page.css(f"{table} tbody td[data-stat=mp]")]
        assert sum(seconds) == 60 * (240 + 25 * (len(game.home_periods) - 4))
        assert len(page.css(f"table#box-{team.bbref}-game-advanced tbody td[data-stat=ts_pct]")) == 10


def test_line_score_and_four_factors_are_commented_out() -> None:
    body = get(f"/boxscores/{OVERTIME.bbref_id}.html").body
    assert LexborHTMLParser(body).css_first("table#line_score") is None
    open_page = LexborHTMLParser(body.replace(b"<!--\n", b"").replace(b"\n-->", b""))
    assert open_page.css_first("table#four_factors") is not None
    rows = open_page.css("table#line_score tbody tr")
    for row, periods in zip(rows, (OVERTIME.away_periods, OVERTIME.home_periods), strict=True):
        cells = [(cell.attributes["data-stat"], cell.text()) for cell in row.css("td")]
        assert cells == [*zip(["1", "2", "3", "4", "1OT"], map(str, periods), strict=True), ("T", str(sum(periods)))]
    assert texts(open_page, "table#line_score thead th")[1:] == ["1", "2", "3", "4", "OT", "T"]


@pytest.mark.parametrize("game", [*GAMES[:2], OVERTIME], ids=lambda game: game.bbref_id)
def test_a_play_by_play_runs_up_to_the_score(game: Game) -> None:
    page = tree(f"/boxscores/pbp/{game.bbref_id}.html")
    assert head(page)[1] == f"https://{HOST}/boxscores/pbp/{game.bbref_id}.html"
    rows = [row for row in page.css("table#pbp tr") if "thead" not in (row.attributes.get("class") or "")]
    assert len(rows) >= 300
    assert len(rows) == len(plays_of(game)) - 1 + len(game.home_periods) - 1  # no end of game; a start of periods 2..
    scores = [row.css("td")[3].text() for row in rows if len(row.css("td")) == 6]
    assert scores[-1] == f"{game.away_points}-{game.home_points}"
    assert len(page.css("table#pbp tr[id]")) == len(game.home_periods)
    made = {True: 0, False: 0}
    for row in rows:
        cells = [cell.text().replace("\xa0", "") for cell in row.css("td")]
        if len(cells) == 6:
            made[True] += int(cells[4] or 0)
            made[False] += int(cells[2] or 0)
    assert (made[True], made[False]) == (game.home_points, game.away_points)
    assert rows[-1].text(strip=True).endswith("End of 1st overtime" if len(game.home_periods) == 5 else "4th quarter")


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
    without = BasketballReference(LEAGUE, None).answer(Ask(HOST, "/robots.txt")).body.decode()
    assert "Crawl-delay" not in without
    assert "Crawl-delay: 0.4\n" in BasketballReference(LEAGUE, 0.4).answer(Ask(HOST, "/robots.txt")).body.decode()


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


def test_the_box_score_is_built_like_the_captured_one(captures: Any) -> None:
    real = captures.body("basketball_reference", "boxscore_201801010CHI.html").replace(b"-CHI-", b"-HOM-")
    made = get(f"/boxscores/{OVERTIME.bbref_id}.html").body.replace(b"-%s-" % OVERTIME.home.bbref.encode(), b"-HOM-")
    table = "table#box-HOM-game-basic"
    for part in ("thead tr:last-child *", "tbody tr:first-child > *", "tbody tr.thead", "tfoot tr > *"):
        assert shape(made, f"{table} {part}") == shape(real, f"{table} {part}")
    assert shape(made, f"{table} td[data-stat=reason]")[0] == shape(real, f"{table} td[data-stat=reason]")[0]
    assert len(shape(made, ".scorebox > div > .scores > .score")) == len(
        shape(real, ".scorebox > div > .scores > .score")
    )
    assert {one[1] for one in shape(made, "[id^=all_]")} < {
        one[1].replace("POR", OVERTIME.away.bbref) for one in shape(real, "[id^=all_]")
    }


def test_the_play_by_play_is_built_like_the_captured_one(captures: Any) -> None:
    real = captures.body("basketball_reference", "pbp_201810160GSW.html")
    made = get(f"/boxscores/pbp/{GAMES[0].bbref_id}.html").body
    assert shape(made, "table#pbp tr[id]") == shape(real, "table#pbp tr[id]")
    assert {len(LexborHTMLParser(b"<table>" + row + b"</table>").css("td")) for row in made.split(b"</tr>")} == {
        0,
        2,
        6,
    }
    for selector in ("td[colspan]", "td.bbr-play-score"):
        assert set(shape(made, f"table#pbp {selector}")) == set(shape(real, f"table#pbp {selector}"))
