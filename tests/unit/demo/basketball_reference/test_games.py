"""Basketball-Reference's pages of a game, simulated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from adce_async.demo.basketball_reference.site import BasketballReference
from adce_async.demo.league import Game, League
from adce_async.demo.plays import plays_of
from adce_async.demo.site import Request, Response

HOST = "www.basketball-reference.com"

LEAGUE = League(11, dt.date(2024, 12, 9), dt.date(2025, 4, 22))

SITE = BasketballReference(LEAGUE)

GAMES = LEAGUE.games(dt.date(2024, 12, 15))

OVERTIME = next(game for day in LEAGUE.days() for game in LEAGUE.games(day) if len(game.home_periods) == 5)


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


def shape(body: bytes, selector: str) -> list[tuple[str, ...]]:
    """Tag and telling attributes of the nodes that `selector` finds."""
    kept = ("id", "data-stat", "scope", "colspan")
    nodes = LexborHTMLParser(body).css(selector)
    assert nodes, selector
    return [(node.tag or "", *(node.attributes.get(name) or "" for name in kept)) for node in nodes]


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
