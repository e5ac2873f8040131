"""What happened on a day: the index of its games, and the lines of all its players.

All days have the same canonical link: title and heading name the day. An index without games is a legal answer, and
so is one with games that are not over yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from selectolax.lexbor import LexborNode

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import season_of_day
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.basketball_reference.pages import (
    day_of,
    day_of_game,
    heading_of,
    linked_game,
    linked_team,
    not_there,
    number,
    refuse_other_page,
    side,
    table,
)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A game of the index."""

    game_id: str
    away: str
    points: tuple[int | None, int | None]
    """Of the visitors and of the home team."""
    periods: Mapping[str, tuple[int, ...]]
    final: bool


class BasketballReferenceDayIndex(Scraper):
    """The games of one Eastern day (field `date`) with their scores and quarters. A day without games is accepted."""

    version: ClassVar[str] = "2"

    def check(self, page: Page, want: Want) -> None:
        """The day asked for, by its title and by its games."""
        with judging(page):
            refuse_other_page(page, "/boxscores/")
            day = _expect_day(page, want)
            summaries = page.once(_summaries)
            if summaries and not _games(page, day):
                raise RefusedError(f"expected games of {day}, found {linked_game(summaries[0])!r}")

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date`, `season`, `home` and `away`."""
        day = _expect_day(page, want)
        season = want.fields.get("season") or season_of_day(day)
        items = []
        for game in _games(page, day):
            fields = {"game_id": game.game_id, "date": day.isoformat(), "season": season, "home": game.game_id[9:]}
            state = ItemState.FINAL if game.final else ItemState.SCHEDULED
            items.append(Item(fields | {"away": game.away}, state, scored=not game.final and None not in game.points))
        return Discovery(tuple(items))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final scores with their periods."""
        day = _expect_day(page, want)
        found = []
        for game in _games(page, day):
            teams = (game.away, game.game_id[9:])
            away, home = (
                side(team, points, periods=game.periods.get(team, ()))
                for team, points in zip(teams, game.points, strict=True)
            )
            if game.final:
                found.append(GameFacts(game.game_id, day.isoformat(), home, away, final=True))
        return tuple(found)

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.basketball_reference.tables:listing"


class BasketballReferenceDailyLeaders(Scraper):
    """The lines of all players of one Eastern day (field `date`), best first."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The day asked for, with lines of players."""
        with judging(page):
            refuse_other_page(page, "/friv/dailyleaders.fcgi", "/friv/dailyleaders.cgi")
            day = _expect_day(page, want)
            found = table(page, "stats")
            if found is None or not found.css('tbody a[href*="/players/"]'):
                raise not_there(page, "table#stats: no players in it", day)


def _expect_day(page: Page, want: Want) -> dt.date:
    """The day that the page is of. Raises RefusedError if it is not the one asked for, or says none."""
    heading = heading_of(page)
    day = day_of(heading)
    asked = want.fields.get("date")
    if day is None or (asked is not None and day.isoformat() != asked):
        raise RefusedError(f"title: expected {asked or 'a day'} in it, found {heading!r}")
    return day


def _summaries(page: Page) -> list[LexborNode]:
    found = page.html.css("div.game_summaries > div.game_summary")
    return [one for one in found if one.css_first("table.teams")]


def _games(page: Page, day: dt.date) -> list[_Listed]:
    games = (_game(summary, day) for summary in page.once(_summaries))
    return [game for game in games if game is not None]


def _game(summary: LexborNode, day: dt.date) -> _Listed | None:
    """None for what is no game of the day. A future game has no link, but its id follows from day and home team."""
    rows = [row for row in summary.css("table.teams > tbody > tr") if linked_team(row)]
    if len(rows) != 2:
        return None
    away, home = (linked_team(row) for row in rows)
    link = linked_game(summary)
    game_id = link or f"{day:%Y%m%d}0{home}"
    if day_of_game(game_id) != day:
        return None
    scores = (number(rows[0].css_first("td.right")), number(rows[1].css_first("td.right")))
    return _Listed(game_id, away, scores, _periods(summary), final=bool(link) and None not in scores)


def _periods(summary: LexborNode) -> dict[str, tuple[int, ...]]:
    """Points by period of each team; only the rows of that table have centered cells."""
    found: dict[str, tuple[int, ...]] = {}
    for row in summary.css("table > tbody > tr"):
        points = [number(one) for one in row.css("td.center")]
        recorded = tuple(one for one in points if one is not None)
        if (team := linked_team(row)) and recorded and len(recorded) == len(points):
            found[team] = recorded
    return found
