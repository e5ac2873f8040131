"""The four pages of a game: box score, play-by-play, shot chart, plus-minus.

Older seasons have less: a box score of 1962 has no 3-pointers, no plus-minus and no tables of quarters, and its
empty cells mean "not recorded"; play-by-play begins with 1996-97, shot charts with 2000-01. The quarter table of an
overtime is `-q5-basic` in 2017 and `-ot1-basic` later, in the line score (which lies in a comment) an overtime is
headed `OT` above cells called `1OT`: tables of the whole game are found by their exact name, periods by their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from adce_async.errors import NotYetError, RefusedError
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.html import uncommented
from adce_async.sources.basketball_reference.pages import (
    NAME,
    day_of_game,
    game_asked,
    heading_of,
    linked_team,
    not_there,
    number,
    refuse_other_page,
    scoreboxes,
    side,
    table,
    tables,
    text,
)

_BASIC_TABLE = re.compile(r"box[-_]([A-Za-z]{3})[-_](?:game[-_])?basic")
"""`box-CHI-game-basic`; before 2018-19 `box_chi_basic`."""
_SCORE = re.compile(r"(\d{1,3})-(\d{1,3})")
_PLAYOFF_GAME = re.compile(r" Game \d+:")
_LEAST_PLAYERS = 5
_LEAST_PLAYS = 100
"""A game has 350 to 600."""


class BasketballReferenceBoxScore(Scraper):
    """The box score of one finished game (field `game_id`)."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with final score, players and totals of both teams."""
        with judging(page):
            game_id = game_asked(want.fields)
            refuse_other_page(page, f"/boxscores/{game_id}.html")
            _refuse_unplayed(page)
            basic = page.once(basic_tables)
            if len(basic) != 2:
                raise RefusedError(f"expected the basic tables of 2 teams, found {sorted(basic) or 'none'}")
            if (home := game_id[9:]) not in basic:
                raise RefusedError(f"expected home team {home}, found {sorted(basic)}")
            for team, one in basic.items():
                _check_team(team, one)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final score, the line score where there is one, and the sum of the players' points."""
        game_id = want.fields["game_id"]
        scores = _scores(page, game_id)
        periods = _line_score(page)
        players = {team: _players_points(one) for team, one in page.once(basic_tables).items()}
        sides = [
            side(team, points, periods=periods.get(team, ()), player_points=players.get(team))
            for team, points in scores.items()
        ]
        return _game_facts(page, game_id, sides)

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.basketball_reference.tables:box_score"


class BasketballReferencePlayByPlay(Scraper):
    """The play-by-play of one finished game (field `game_id`), from 1996-97 on."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with the plays of four quarters."""
        with judging(page):
            game_id = game_asked(want.fields)
            refuse_other_page(page, f"/boxscores/pbp/{game_id}.html")
            _refuse_unplayed(page)
            found = table(page, "pbp")
            if found is None:
                raise not_there(page, "table#pbp: no play-by-play recorded", day_of_game(game_id))
            headings = [row.text(strip=True) for row in found.css("tr.thead[id]")]
            if not any(heading.startswith("4th Q") for heading in headings):
                raise RefusedError(f"table#pbp: expected four quarters, found {headings}")
            plays = len(found.css("tr")) - len(found.css("tr.thead"))
            if plays < _LEAST_PLAYS:
                raise RefusedError(f"table#pbp: expected at least {_LEAST_PLAYS} plays, found {plays}")

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """The final score, and the one that the last play states (rows with a clock only state none)."""
        game_id = want.fields["game_id"]
        last = _last_score(table(page, "pbp")) or (None, None)
        scores = _scores(page, game_id)
        sides = [side(*said, last_play=reached) for said, reached in zip(scores.items(), last, strict=False)]
        return _game_facts(page, game_id, sides)

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.basketball_reference.tables:play_by_play"


class BasketballReferenceShotChart(Scraper):
    """The shots of one finished game (field `game_id`), from 2000-01 on."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with a chart of each team."""
        with judging(page):
            game_id = game_asked(want.fields)
            refuse_other_page(page, f"/boxscores/shot-chart/{game_id}.html")
            charts = _teams_with_shots(page.html) or _teams_with_shots(uncommented(page))
            if len(charts) != 2 or game_id[9:] not in charts:
                message = f"expected shots of {game_id[9:]} and another team, found {sorted(charts) or 'none'}"
                raise not_there(page, message, day_of_game(game_id))


class BasketballReferencePlusMinus(Scraper):
    """Who was on the floor when in one finished game (field `game_id`), with the score meanwhile; from 1996-97 on."""

    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """The game asked for, whole, with the players of both teams."""
        with judging(page):
            game_id = game_asked(want.fields)
            refuse_other_page(page, f"/boxscores/plus-minus/{game_id}.html")
            rows = len(page.html.css("div.player-plusminus")) or len(uncommented(page).css("div.player-plusminus"))
            if rows < 2 * _LEAST_PLAYERS:
                message = f"div.player-plusminus: expected at least {2 * _LEAST_PLAYERS}, found {rows}"
                raise not_there(page, message, day_of_game(game_id))


def _refuse_unplayed(page: Page) -> None:
    boxes = scoreboxes(page)
    # with one of them, nothing needs to be looked for outside of it
    nodes = _within(boxes[0]) if len(boxes) == 1 else page.html.css("div.scorebox div.score")
    scores = [node.text(strip=True) for node in nodes]
    if len(scores) != 2 or not all(score.isdecimal() for score in scores):
        raise NotYetError(f"no final score: found {scores or 'none'}")


def _within(box: LexborNode) -> list[LexborNode]:
    return [one for one in box.css("div.score") if one.mem_id != box.mem_id]


def _scores(page: Page, game_id: str) -> dict[str, int]:
    """Final points by team, the visitors' first; empty if the head of the page does not name both."""
    found: dict[str, int] = {}
    parts = (part for box in scoreboxes(page) for part in box.iter() if part.tag == "div")
    for part in parts:
        team, points = linked_team(part), number(part.css_first("div.score"))
        if team and points is not None:
            found[team] = points
    return found if len(found) == 2 and game_id[9:] in found else {}


def _game_facts(page: Page, game_id: str, sides: list[SideFacts]) -> tuple[GameFacts, ...]:
    if len(sides) != 2:
        return ()
    home = canonical_team(NAME, game_id[9:])
    away, at_home = sides if sides[1].team == home else (sides[1], sides[0])
    season_type = "playoffs" if _PLAYOFF_GAME.search(heading_of(page)) else ""
    date = day_of_game(game_id).isoformat()
    return (GameFacts(game_id, date, at_home, away, final=True, season_type=season_type),)


def basic_tables(page: Page) -> dict[str, LexborNode]:
    """The basic table of each team, by its code, over the whole game; those of quarters and halves have other ids."""
    return _named_basic(tables(page)) or _named_basic(uncommented(page).css("table[id^=box]"))


def _named_basic(those: Iterable[LexborNode]) -> dict[str, LexborNode]:
    named = ((_BASIC_TABLE.fullmatch(one.id or ""), one) for one in those)
    return {match[1].upper(): one for match, one in named if match}


def _check_team(team: str, found: LexborNode) -> None:
    players = found.css("tbody > tr:not(.thead) > td[data-stat=pts]")
    if len(players) < _LEAST_PLAYERS:
        raise RefusedError(f"{team}: expected at least {_LEAST_PLAYERS} players, found {len(players)}")
    total = found.css_first("tfoot > tr > td[data-stat=pts]")
    if number(total) is None:
        raise RefusedError(f"{team}: no team totals")


def _players_points(found: LexborNode) -> int | None:
    """The sum over the players who played; None if the points of any are not recorded."""
    points = [number(one) for one in found.css("tbody > tr:not(.thead) > td[data-stat=pts]")]
    recorded = [one for one in points if one is not None]
    return sum(recorded) if recorded and len(recorded) == len(points) else None


def _line_score(page: Page) -> dict[str, tuple[int, ...]]:
    """Points by period of each team; nothing of a team for which one is not recorded."""
    found = table(page, "line_score")
    periods: dict[str, tuple[int, ...]] = {}
    for row in found.css("tr") if found else ():
        team = linked_team(row)
        points = [number(one) for one in row.css("td") if not one.css_first("a")][:-1]
        recorded = tuple(one for one in points if one is not None)
        if team and recorded and len(recorded) == len(points):
            periods[team] = recorded
    return periods


def _last_score(found: LexborNode | None) -> tuple[int, int] | None:
    """The score, visitors first, of the last row that has one."""
    for row in reversed(found.css("tr:not(.thead)") if found else []):
        for one in row.css("td.center"):
            if match := _SCORE.fullmatch(text(one)):
                return int(match[1]), int(match[2])
    return None


def _teams_with_shots(tree: LexborHTMLParser) -> set[str]:
    charts = tree.css("div[id^=shots-]")
    return {(chart.id or "")[6:].upper() for chart in charts if chart.css_first(".tooltip")}
