"""Basketball-Reference: the schedule of a month, the box score and the play-by-play of a game, as HTML pages.

    leagues/NBA_2018_games-october.html  ->  csk of `date_game` = 201710170CLE  ->  boxscores/201710170CLE.html

Published limits: 20 requests a minute, else a ban of up to a day for the address; robots.txt asks for 3 s between
requests and forbids game logs, splits and lineups, but not `/boxscores/` and `/leagues/`. The terms forbid building
a competing database; credit Sports Reference. A plain, identifying User-Agent is served.

Each page says which one it is in its canonical link; that of every month page of a season is the season's
(`/leagues/NBA_2018_games.html`), so its rows must tell the month. Tables are found by id, never by position, and
older or newer layouts may hide them in HTML comments. The id of a game is the Eastern date, `0` and the home team.
An absent column and an empty cell both mean "not recorded", never 0: a box score of 1962 has no 3-pointers, no
plus-minus, no quarters; play-by-play begins with 1996-97, and that of the 1990s has no end-of-quarter rows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adce_async.errors import NotFoundError, NotYetError, RefusedError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.seasons import season_of_day
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.html import canonical_of, refuse_cut_html, title_of, uncommented

_SITE = "https://www.basketball-reference.com"

SOURCE: dict[str, Any] = {
    "name": "basketball_reference",
    "description": "Basketball-Reference: schedules, box scores and play-by-play since 1946-47",
    "terms": "robots.txt is obeyed; no competing database; credit Sports Reference; its use is the owner's decision",
    "hosts": ["www.basketball-reference.com"],
}
SCRAPERS: dict[str, dict[str, Any]] = {
    "basketball_reference_schedule": {
        "source": "basketball_reference",
        "uses": "adce_async.sources.basketball_reference:BasketballReferenceSchedule",
        "url": f"{_SITE}/leagues/{{league}}_{{season_end}}_games-{{month}}.html",
    },
    "basketball_reference_box_score": {
        "source": "basketball_reference",
        "uses": "adce_async.sources.basketball_reference:BasketballReferenceBoxScore",
        "url": f"{_SITE}/boxscores/{{game_id}}.html",
    },
    "basketball_reference_play_by_play": {
        "source": "basketball_reference",
        "uses": "adce_async.sources.basketball_reference:BasketballReferencePlayByPlay",
        "url": f"{_SITE}/boxscores/pbp/{{game_id}}.html",
    },
}

_LAST_BAA_END_YEAR = 1949
"""The BAA became the NBA with 1949-50."""
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_GAME_ID = re.compile(r"\d{8}0[A-Z]{3}")
_BASIC_TABLE = re.compile(r"box[-_]([A-Za-z]{3})[-_](?:game[-_])?basic")
"""`box-CHI-game-basic`; before 2018-19 `box_chi_basic`."""
_LEAST_PLAYERS = 5
_LEAST_PLAYS = 100
"""A game has 350 to 600."""


class BasketballReferenceSchedule(Scraper):
    """The games of one month (field `month`: `october`, in 2019-20 `october-2019`) of a season, playoffs included."""

    version: ClassVar[str] = "1"

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Adds `league`: BAA up to 1948-49, NBA since."""
        values = super().url_fields(fields)
        league = "BAA" if int(values["season_end"]) <= _LAST_BAA_END_YEAR else "NBA"
        return {"league": league} | values

    def check(self, page: Page, want: Want) -> None:
        """The season and the month asked for, whole."""
        with judging(page):
            values = self.url_fields(want.fields)
            whole_season = "/leagues/{league}_{season_end}_games.html".format_map(values)
            _refuse_other_page(page, whole_season, urlsplit(self.url_for(want.fields)).path)
            if values["season"] not in (title := title_of(page)):
                raise RefusedError(f"title: expected {values['season']} in it, found {title!r}")
            rows = _schedule_rows(page)
            if not rows:
                raise RefusedError("table#schedule: no games in it")
            for row in rows:
                _check_month(_game_id(row), values)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date`, `season`, `home` and `away`."""
        return Discovery(tuple(_item(row, want.fields["season"]) for row in _schedule_rows(page)))


class BasketballReferenceBoxScore(Scraper):
    """The box score of one finished game (field `game_id`)."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with final score, players and totals of both teams."""
        with judging(page):
            game_id = want.fields["game_id"]
            _refuse_other_page(page, f"/boxscores/{game_id}.html")
            _refuse_unplayed(page.html)
            tables = _basic_tables(page.html) or _basic_tables(uncommented(page))
            if len(tables) != 2:
                raise RefusedError(f"expected the basic tables of 2 teams, found {sorted(tables) or 'none'}")
            if (home := game_id[9:]) not in tables:
                raise RefusedError(f"expected home team {home}, found {sorted(tables)}")
            for team, table in tables.items():
                _check_team(team, table)


class BasketballReferencePlayByPlay(Scraper):
    """The play-by-play of one finished game (field `game_id`), from 1996-97 on."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with the plays of four quarters."""
        with judging(page):
            _refuse_other_page(page, f"/boxscores/pbp/{want.fields['game_id']}.html")
            _refuse_unplayed(page.html)
            table = page.html.css_first("table#pbp") or uncommented(page).css_first("table#pbp")
            if table is None:
                raise RefusedError("table#pbp: no play-by-play recorded")
            headings = [row.text(strip=True) for row in table.css("tr.thead[id]")]
            if not any(heading.startswith("4th Q") for heading in headings):
                raise RefusedError(f"table#pbp: expected four quarters, found {headings}")
            plays = len(table.css("tr")) - len(table.css("tr.thead"))
            if plays < _LEAST_PLAYS:
                raise RefusedError(f"table#pbp: expected at least {_LEAST_PLAYS} plays, found {plays}")


def _refuse_other_page(page: Page, *paths: str) -> None:
    """Raise unless the page is whole and says itself that it has one of `paths`."""
    found = canonical_of(page)
    title = title_of(page)
    if urlsplit(found).path == "/404.html" or title.startswith("List of all the NBA and ABA Players"):
        raise NotFoundError(f"a page titled {title!r} instead")  # what an unknown name gets, with status 200
    if found not in [_SITE + path for path in paths]:
        raise RefusedError(f"canonical link: expected {_SITE + paths[0]!r}, found {found!r}")
    refuse_cut_html(page)


def _refuse_unplayed(tree: LexborHTMLParser) -> None:
    scores = [node.text(strip=True) for node in tree.css("div.scorebox div.score")]
    if len(scores) != 2 or not all(score.isdecimal() for score in scores):
        raise NotYetError(f"no final score: found {scores or 'none'}")


def _schedule_rows(page: Page) -> list[LexborNode]:
    """The rows with games; headings that are repeated and the line that begins the playoffs are none."""
    table = page.html.css_first("table#schedule") or uncommented(page).css_first("table#schedule")
    if table is None:
        raise RefusedError("table#schedule: not there")
    return [row for row in table.css("tbody > tr:not(.thead)") if row.css_first("[data-stat=date_game]")]


def _game_id(row: LexborNode) -> str:
    """The id of the game in a row; rows of the future have it too."""
    cell = row.css_first("[data-stat=date_game]")
    found = (cell.attributes.get("csk") if cell else None) or ""
    if not _GAME_ID.fullmatch(found):
        raise RefusedError(
            f"table#schedule: expected the id of a game, found {found!r} in {row.text(strip=True)!r:.80}"
        )
    return found


def _day(game_id: str) -> dt.date:
    try:
        return dt.datetime.strptime(game_id[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day, not an instant
    except ValueError as error:
        raise RefusedError(f"{game_id}: {error}") from error


def _check_month(game_id: str, values: Mapping[str, str]) -> None:
    day = _day(game_id)
    month = _MONTHS[day.month - 1]
    if values["month"] not in (month, f"{month}-{day.year}"):
        raise RefusedError(f"expected games of {values['month']}, found {game_id}")
    if season_of_day(day) != values["season"]:
        raise RefusedError(f"expected games of {values['season']}, found {game_id}")


def _item(row: LexborNode, season: str) -> Item:
    game_id = _game_id(row)
    fields = {"game_id": game_id, "date": _day(game_id).isoformat(), "season": season, "home": game_id[9:]}
    visitor = row.css_first("[data-stat=visitor_team_name]")
    away = ((visitor.attributes.get("csk") if visitor else None) or "").partition(".")[0]
    return Item(fields | ({"away": away} if away else {}), _state(row, game_id))


def _state(row: LexborNode, game_id: str) -> ItemState:
    """Final is a game with two scores and a link to its box score."""
    points = [_cell(row, "visitor_pts"), _cell(row, "home_pts")]
    link = row.css_first("[data-stat=box_score_text] a")
    if all(map(str.isdecimal, points)) and link and game_id in (link.attributes.get("href") or ""):
        return ItemState.FINAL
    remarks = f"{_cell(row, 'game_remarks')} {_cell(row, 'notes')}".lower()
    if "postponed" in remarks:
        return ItemState.POSTPONED
    if "cancel" in remarks:
        return ItemState.CANCELLED
    return ItemState.SCHEDULED


def _cell(row: LexborNode, name: str) -> str:
    cell = row.css_first(f"[data-stat={name}]")
    return cell.text(strip=True) if cell else ""


def _basic_tables(tree: LexborHTMLParser) -> dict[str, LexborNode]:
    """The basic table of each team over the whole game; those of quarters and halves have other ids."""
    named = ((_BASIC_TABLE.fullmatch(table.id or ""), table) for table in tree.css("table[id^=box]"))
    return {match[1].upper(): table for match, table in named if match}


def _check_team(team: str, table: LexborNode) -> None:
    players = table.css("tbody > tr:not(.thead) > td[data-stat=pts]")
    if len(players) < _LEAST_PLAYERS:
        raise RefusedError(f"{team}: expected at least {_LEAST_PLAYERS} players, found {len(players)}")
    total = table.css_first("tfoot > tr > td[data-stat=pts]")
    if total is None or not total.text(strip=True).isdecimal():
        raise RefusedError(f"{team}: no team totals")
