"""What all pages have in common: who they say they are, tables by id, cells, teams, days.

Each page says in its canonical link which one it is, but not always alone: all month pages of a season name the
season's schedule, all pages below `/playoffs/` of a year its summary, all days their index. Then the title, or what is
listed, must tell. A page that was cut short keeps both; see `refuse_cut_html`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adce_async.errors import BlockedError, NotFoundError, NotYetError, RefusedError, ScrapeError
from adce_async.model.days import DAY, end_of_eastern_day
from adce_async.model.facts import SideFacts
from adce_async.model.seasons import end_year, season_of_day, season_range
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page
from adce_async.scraping.html import canonical_of, refuse_cut_html, title_of
from adce_async.scraping.nesting import parse_html

NAME = "basketball_reference"
SITE = "https://www.basketball-reference.com"

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_LAST_BAA_YEAR = 1949
"""The BAA became the NBA with 1949-50."""
_SETTLING = 2 * DAY
"""Seconds after a day, or the last day of a season, in which its numbers may still be on their way."""
_GAME_ID = re.compile(r"\d{8}0[A-Z]{3}")
_TEAM_LINK = re.compile(r"/teams/([A-Z]{3})/(\d{4})(?:\.html|_)")
_DAY = re.compile(r"\b([A-Z][a-z]+) (\d{1,2}), (\d{4})\b")


def league_of(year: int) -> str:
    """The league as the addresses call it, by the end year of the season: the NBA, and what it was before.

    >>> league_of(1949), league_of(1950)
    ('BAA', 'NBA')
    """
    return "BAA" if year <= _LAST_BAA_YEAR else "NBA"


def refuse_other_page(page: Page, *paths: str, also: str = "") -> None:
    """Raise unless the page is whole and says itself that it has one of `paths` (or one that fits the regex `also`).

    Without any of both (a key that does not tell) any page of the site will do. Raises NotFoundError for the pages that
    stand in for what is not there, with status 200, and BlockedError for the one that says we asked too often.
    """
    found = canonical_of(page)
    path = urlsplit(found).path
    title = title_of(page)
    if path == "/404.html" or title.startswith("List of all the NBA and ABA Players"):
        raise NotFoundError(f"a page titled {title!r} instead")  # the latter is what an unknown player gets
    if path == "/429.html" or title.startswith("Rate Limited Request"):
        raise BlockedError(f"a block page, titled {title!r}")
    fits = path in paths or bool(also and re.fullmatch(also, path)) or not (paths or also)
    if not fits or found != SITE + path:
        expected = SITE + paths[0] if paths else SITE
        raise RefusedError(f"canonical link: expected {expected!r}, found {found!r}")
    refuse_cut_html(page)


def heading_of(page: Page) -> str:
    """The title without the name of the site."""
    return title_of(page).partition(" | ")[0]


def expect_heading(page: Page, *texts: str) -> None:
    """Raise RefusedError unless all `texts` occur in the title."""
    heading = heading_of(page)
    for text in texts:
        if text not in heading:
            raise RefusedError(f"title: expected {text!r} in it, found {heading!r}")


def day_of(heading: str) -> dt.date | None:
    """The day that a title names.

    >>> day_of("NBA Games Played on January 1, 2018")
    datetime.date(2018, 1, 1)
    """
    found = _DAY.search(heading)
    if found is None:
        return None
    try:
        return dt.date(int(found[3]), MONTHS.index(found[1].lower()) + 1, int(found[2]))
    except ValueError:
        return None


def day_of_game(game_id: str) -> dt.date:
    """The Eastern day of a game, with which its id begins. Raises RefusedError if it is no id."""
    if not _GAME_ID.fullmatch(game_id):
        raise RefusedError(f"expected the id of a game, found {game_id!r}")
    try:
        return dt.date.fromisoformat(f"{game_id[:4]}-{game_id[4:6]}-{game_id[6:8]}")
    except ValueError as error:
        raise RefusedError(f"{game_id}: {error}") from error


def game_asked(fields: Mapping[str, str]) -> str:
    """The id of the game that a key names. Raises RefusedError where the key puts it into another season or day."""
    game_id = fields["game_id"]
    day = day_of_game(game_id)
    for name, found in (("season", season_of_day(day)), ("date", day.isoformat())):
        if fields.get(name, found) != found:
            raise RefusedError(f"{name}: expected a game of {fields[name]}, found {game_id}")
    return game_id


def linked_game(node: LexborNode | None) -> str:
    """The id of the game whose box score a cell links to; empty if it links to none."""
    for link in node.css("a[href]") if node else ():
        found = re.search(r"/boxscores/(\d{8}0[A-Z]{3})\.html", link.attributes["href"] or "")
        if found:
            return found[1]
    return ""


def linked_team(node: LexborNode | None) -> str:
    """The code of the first team that a node links to; empty if it links to none."""
    for link in node.css("a[href]") if node else ():
        if found := _TEAM_LINK.search(link.attributes["href"] or ""):
            return found[1]
    return ""


def linked_player(link: LexborNode) -> str:
    """The slug of the player that a link leads to; empty if it leads to none."""
    found = re.search(r"/players/[a-z]/([^/]+)\.html", link.attributes.get("href") or "")
    return found[1] if found else ""


def teams_of(tree: LexborHTMLParser | LexborNode, year: str = "") -> list[str]:
    """The codes of the teams that tables link to, with a season (its end year) if one is given, in order, each once."""
    found = (_TEAM_LINK.search(link.attributes["href"] or "") for link in tree.css('tbody a[href*="/teams/"]'))
    return list(dict.fromkeys(match[1] for match in found if match and year in ("", match[2])))


def tables(page: Page) -> list[LexborNode]:
    """The tables with an id outside of comments, in order."""
    return [one for one in page.once(_marked) if one.tag == "table"]


def scoreboxes(page: Page) -> list[LexborNode]:
    """The heads that tell the score of a game, in order."""
    return [one for one in page.once(_marked) if one.tag == "div"]


def _marked(page: Page) -> list[LexborNode]:
    """What checks look for all over a page. In one go: a selector takes a quarter of the time that the parser took."""
    return page.html.css("table[id], div.scorebox")


def table(page: Page, *names: str) -> LexborNode | None:
    """The first of the tables with these ids, which may lie in an HTML comment."""
    shown = tables(page)
    for name in names:
        if found := next((one for one in shown if one.id == name), None):
            return found
    marks = [f'id="{name}"'.encode() for name in names]
    for comment in _comments(page.markup) if any(mark in page.markup for mark in marks) else ():
        if any(mark in comment for mark in marks):
            hidden = parse_html(comment)
            for name in names:
                if found := hidden.css_first(f'table[id="{name}"]'):
                    return found
    return None


def _comments(markup: bytes) -> Iterator[bytes]:
    """The contents of the comments; one without an end is none."""
    at = 0
    while (start := markup.find(b"<!--", at)) >= 0 and (end := markup.find(b"-->", start + 4)) >= 0:
        yield markup[start + 4 : end]
        at = end + 3


def cell(row: LexborNode, *names: str) -> LexborNode | None:
    """The cell of a column, under the first of its names that the row has: layouts call the same column differently."""
    for name in names:
        if found := row.css_first(f'[data-stat="{name}"]'):
            return found
    return None


def text(node: LexborNode | None) -> str:
    """The text of a cell; empty without one."""
    return node.text(strip=True) if node else ""


def number(node: LexborNode | None) -> int | None:
    """The whole number in a cell; None for an absent or an empty one: "not recorded", never 0."""
    found = text(node)
    return int(found) if found.isascii() and found.isdecimal() else None


def side(code: str, points: int | None, **more: Any) -> SideFacts:
    """One team's facts, under the code that all sources share; `more`: further fields of `SideFacts`."""
    return SideFacts(canonical_team(NAME, code), points, **more)


def not_there(page: Page, message: str, until: dt.date) -> ScrapeError:
    """What to raise for the right page without its content.

    NotYetError if it was fetched before `until` was well over: the numbers are still on their way; else RefusedError.
    """
    early = 0 < page.fetched_at < end_of_eastern_day(until) + _SETTLING
    return NotYetError(message) if early else RefusedError(message)


def last_day(fields: Mapping[str, str]) -> dt.date:
    """The last day of the season that `fields` name; a day long ago without one."""
    return season_range(fields["season"])[1] if "season" in fields else dt.date(1970, 1, 1)


def filled(template: str, values: Mapping[str, str], needs: Collection[str] = ("season",)) -> tuple[str, ...]:
    """`template` with its fields filled in; nothing if a field that it `needs` is not known."""
    return (template.format_map(values),) if all(name in values for name in needs) else ()


def with_league(values: dict[str, str]) -> dict[str, str]:
    """`values` and the `league` of their season, unless they name one (the ABA)."""
    if "season" not in values:
        return values
    return {"league": league_of(end_year(values["season"]))} | values
