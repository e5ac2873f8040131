"""What all scrapers of nba.com have in common: how fields become parameters, and how games are told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from adce_async.errors import NotFoundError, NotYetError, PermanentError, RefusedError
from adce_async.model.coverage import ItemState
from adce_async.scraping.base import Scraper, Want
from adce_async.sources.nba_api import ids

_SPELLINGS = {"season_type": ids.SEASON_TYPES, "stat_type": ids.STAT_TYPES}
_DEFAULTS = {
    "player_or_team": "T",
    "counter": "0",
    "direction": "ASC",
    "start_period": "0",
    "end_period": "0",
    "start_range": "0",
    "end_range": "0",
    "range_type": "0",
    "event_id": "0",
}
_MINUTES = re.compile(r"(?:PT)?(\d+)[:M](\d+)(?:\.\d+)?S?")
_FIRST_EXACT_END_YEAR = 1997
"""Play-by-play, and with it exact minutes, begin with 1996-97."""
_LEAST_MINUTES = 215
"""All players of a team play 240 in a whole game; tables that add up whole minutes of each come to 233. So the last
five minutes of a game under way can't be told."""


class NbaScraper(Scraper):
    """Base of the scrapers of stats.nba.com and cdn.nba.com.

    Fields that it understands beside those of `model.seasons.url_fields`: `season_type` (regular, playoffs, play_in,
    preseason, all_star; nba.com's own spelling, too) and `stat_type` (base, advanced, misc, four_factors, scoring,
    opponent, usage, defense). From `game_id` follow `season` and `season_type`.
    """

    version: ClassVar[str] = "1"

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Fields as the URL wants them; what stretch of a game and which order is asked for may be given, too."""
        values = dict(fields)
        if ids.is_game_id(game_id := values.get("game_id")):
            values.setdefault("season", ids.season_of(str(game_id)))
            values.setdefault("season_type", ids.season_type_of(str(game_id)))
        values = super().url_fields(values)
        for name, spelling in _SPELLINGS.items():
            if name in values:
                values[name] = spelling.get(values[name], values[name])
        return _DEFAULTS | values

    def asked(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The query parameters, without those whose fields are not given."""
        values = self.url_fields(fields)
        filled = {}
        for name, text in self.params.items():
            try:
                filled[name] = text.format_map(values)
            except KeyError:
                continue
        return filled


def expect(what: str, expected: object, found: object) -> None:
    """Raise RefusedError unless both are the same, as text."""
    if found is None or str(found) != str(expected):
        raise RefusedError(f"{what}: expected {str(expected)!r}, found {found!r:.100}")


def expect_game(what: str, want: Want, found: object) -> str:
    """The id that a body has, if it is that of the game asked for, and one of the NBA. Raises RefusedError."""
    expect_game_of_key(want)
    if "game_id" in want.fields:
        expect(what, want.fields["game_id"], found)
    if not ids.is_game_id(found):
        raise RefusedError(f"{what}: expected the id of a game of the NBA, ten digits as text, found {found!r:.100}")
    return str(found)


def expect_game_of_key(want: Want) -> None:
    """Raise RefusedError where a key puts its game into another season, or part of one, than the game's id says."""
    if ids.is_game_id(game_id := want.fields.get("game_id")):
        expect_season_of_game(want, str(game_id))
        kind = ids.season_type_of(str(game_id))
        asked = want.fields.get("season_type", kind)
        if ids.SEASON_TYPES.get(asked, asked) != ids.SEASON_TYPES.get(kind, kind):
            raise RefusedError(f"season_type: expected a game of {asked}, found {game_id}")


def expect_season_of_game(want: Want, game_id: str) -> None:
    """Raise RefusedError if a game is of another season than that of the key."""
    if (season := want.fields.get("season")) is not None and ids.season_of(game_id) != season:
        raise RefusedError(f"season: expected games of {season}, found {game_id}")


def state_of(status: object, text: object) -> ItemState:
    """How far a game has got by its `gameStatus` and `gameStatusText`.

    Postponed games have status 1 and the text PPD (seen in 2021 and 2026); `postponedStatus` says nothing: whole
    schedules are `A`, others `N`, and one was `Y` throughout.

    >>> str(state_of(3, "Final ")), str(state_of(1, "PPD")), str(state_of(2, "Q2 07:15"))
    ('final', 'postponed', 'live')
    """
    said = text.strip().upper() if isinstance(text, str) else ""
    if said.startswith(("PPD", "POSTPONED")):
        return ItemState.POSTPONED
    if said.startswith(("CNCL", "CANCEL")):
        return ItemState.CANCELLED
    match status:
        case 3:
            return ItemState.FINAL
        case 2:
            return ItemState.LIVE
        case _:
            return ItemState.SCHEDULED


def refuse_unfinished(game_id: str, status: object, text: object) -> None:
    """Raise unless a game is over: NotYetError, NotFoundError if it was postponed, PermanentError if cancelled."""
    what = f"gameStatus {status}, {text!r}"
    match ItemState.CANCELLED if game_id in ids.NEVER_PLAYED else state_of(status, text):
        case ItemState.FINAL:
            return
        case ItemState.CANCELLED:
            raise PermanentError(f"the game is never played: {what}")
        case ItemState.POSTPONED:  # it may be played later under the same id: not found for a week, then parked
            raise NotFoundError(f"the game was not played: {what}")
        case _:
            raise NotYetError(f"not final: {what}")


def refuse_short(game_id: str, minutes: Any) -> None:
    """Raise NotYetError if a team's `minutes` ("240:00", "PT240M00.00S") are recorded and those of no whole game.

    The V2 and V3 box scores have no status: a game under way shows by nothing else. Minutes of exhibitions (some
    end at a score) and of the years before exact minutes prove nothing.
    """
    match = _MINUTES.fullmatch(minutes) if isinstance(minutes, str) else None
    exact = int(ids.season_of(game_id)[:4]) + 1 >= _FIRST_EXACT_END_YEAR
    if match and exact and ids.season_type_of(game_id) in ids.OF_RECORD and 0 < int(match[1]) < _LEAST_MINUTES:
        raise NotYetError(f"minutes: {minutes} of a team, which is no whole game")
