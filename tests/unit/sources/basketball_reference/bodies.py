"""Basketball-Reference's pages as far as its checks look at them: small, and whole."""

from __future__ import annotations

import pytest

from adce_async.errors import RefusedError, ScrapeError, UnreadableError
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.registry import load_builtins, make_scraper

SITE = "https://www.basketball-reference.com"
BUILTINS = load_builtins(["adce_async.sources.basketball_reference"])
SCRAPERS = {
    name.removeprefix("basketball_reference_"): make_scraper(name, entry)
    for name, entry in BUILTINS.scrapers.items()
    if entry.source == "basketball_reference"
}


def want(data_type: str, **fields: str) -> Want:
    return Want(f"bref/{data_type}", data_type, fields)


def as_page(body: str | bytes, fetched_at: float = 0.0) -> Page:
    return Page(SITE, body.encode() if isinstance(body, str) else body, fetched_at=fetched_at)


def html(path: str, title: str, content: str) -> str:
    return (
        f'\n<!DOCTYPE html>\n<html lang="en"><head><title>{title} | Basketball-Reference.com</title>'
        f'<link rel="canonical" href="{SITE}{path}" /></head><body><div id="content">{content}</div>\n'
        "</body>\n<!-- SR -->\n</html>\n\n\n"
    )


def hidden(table: str) -> str:
    return f"<div>\n<!--\n{table}\n-->\n</div>"


def row(
    game_id: str, points=("99", "102"), link: str | None = "Box Score", remarks: str = "", away: str = "BOS"
) -> str:
    box = f'<a href="/boxscores/{game_id}.html">{link}</a>' if link else ""
    return (
        f'<tr><th data-stat="date_game" csk="{game_id}"><a href="/x">a day</a></th>'
        f'<td data-stat="visitor_team_name" csk="{away}.{game_id}">A</td><td data-stat="visitor_pts">{points[0]}</td>'
        f'<td data-stat="home_team_name">Home</td><td data-stat="home_pts">{points[1]}</td>'
        f'<td data-stat="box_score_text">{box}</td><td data-stat="game_remarks">{remarks}</td></tr>'
    )


PLAYOFFS = '<tr class="thead"><th colspan="12">Playoffs</th></tr>'
HEADING = '<tr class="thead"><th data-stat="date_game">Date</th></tr>'


def schedule(*rows: str, path="/leagues/NBA_2018_games.html", title="2017-18 NBA Schedule") -> str:
    head = '<thead><tr><th data-stat="date_game">Date</th></tr></thead>'
    return html(path, title, f'<table id="schedule">{head}<tbody>{"".join(rows)}</tbody></table>')


def scorebox(*scores: str, teams: tuple[str, ...] = ("BOS", "CLE")) -> str:
    sides = "".join(
        f'<div><strong><a href="/teams/{team}/2018.html">{team}</a></strong>'
        f'<div class="scores"><div class="score">{score}</div></div></div>'
        for team, score in zip(teams, scores, strict=False)
    )
    return f'<div class="scorebox">{sides}<div class="scorebox_meta"><div>a day</div></div></div>'


def team_table(name: str, players: int = 7, total: str = "102", points: str = "0") -> str:
    line = (
        '<tr><th data-stat="player"><a href="/p">A</a></th><td data-stat="mp">48:00</td>'
        f'<td data-stat="pts">{points}</td></tr>'
    )
    idle = (
        '<tr><th data-stat="player"><a href="/p">B</a></th><td data-stat="reason" colspan="20">Did Not Play</td></tr>'
    )
    lines = f'{line * 5}<tr class="thead"><th>Reserves</th></tr>{line * (players - 5)}{idle}'
    foot = (
        f'<tr><th data-stat="player">Team Totals</th><td data-stat="mp">240</td><td data-stat="pts">{total}</td></tr>'
    )
    return f'<table id="{name}"><tbody>{lines}</tbody><tfoot>{foot}</tfoot></table>'


BOTH = team_table("box-BOS-game-basic") + team_table("box-CLE-game-basic")


def box(content: str = scorebox("99", "102") + BOTH, game_id: str = "201710170CLE") -> str:
    return html(f"/boxscores/{game_id}.html", "Celtics vs Cavaliers, October 17, 2017", content)


def plays(quarters: int = 4, each: int = 60, score: str = "0-0") -> str:
    names = ["1st Q", "2nd Q", "3rd Q", "4th Q"][:quarters]
    one = f'<tr><td>11:39.0</td><td></td><td></td><td class="center">{score}</td><td></td><td>misses</td></tr>'
    lines = "".join(
        f'<tr class="thead" id="q{n}"><th colspan="6">{name}</th></tr><tr class="thead"><th>Time</th></tr>{one * each}'
        for n, name in enumerate(names, 1)
    )
    return f'<table id="pbp">{lines}<tr><td>0:05.0</td></tr></table>'


def play_by_play(content: str, game_id: str = "201710170CLE") -> str:
    return html(f"/boxscores/pbp/{game_id}.html", "Celtics vs Cavaliers, October 17, 2017", content)


def linked(table_id: str, *links: str, stat: str = "name_display") -> str:
    """A table with a link a row, and all that is no row between them."""
    rows = "".join(f'<tr><th>1</th><td data-stat="{stat}"><a href="{link}">x</a></td></tr>' for link in links)
    average = f'<tr class="norank"><th></th><td data-stat="{stat}">League Average</td></tr>'
    head = '<tr class="thead"><th>Rk</th></tr>'
    return f'<table id="{table_id}"><thead><tr><th>Rk</th></tr></thead><tbody>{rows}{head}{average}</tbody></table>'


def players(count: int = 12) -> list[str]:
    return [f"/players/a/abcde{number:02d}.html" for number in range(count)]


def teams(year: str = "2018", count: int = 8) -> list[str]:
    return [f"/teams/AA{letter}/{year}.html" for letter in "ABCDEFGHIJ"[:count]]


def refused(scraper: Scraper, body: str | bytes | Page, asked: Want, error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        scraper.check(body if isinstance(body, Page) else as_page(body), asked)
    assert type(caught.value) in (error, UnreadableError)
    assert caught.value.status == 200
    return caught.value.reason


def items_of(scraper: Scraper, body: str | bytes, asked: Want) -> list:
    scraper.check(as_page(body), asked)
    found = scraper.discover(as_page(body), asked)
    return list(found.items) if found else []
