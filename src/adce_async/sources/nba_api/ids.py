"""What nba.com's ids and spellings say by themselves.

The id of a game is a text of ten digits, `TTT YY NNNNN`: `0022400561` is game 561 of the regular season of 2024-25.
The first two are the league (00 NBA, 10 WNBA, 20 G League), the third the type, then two of the year in which the
season begins. As a number it would lose its zeros, and some do: such an id is not accepted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from adce_async.model.seasons import FIRST_END_YEAR, season_of_end_year
from adce_async.model.teams import canonical_team

SEASON_TYPES: Mapping[str, str] = {
    "preseason": "Pre Season",
    "regular": "Regular Season",
    "all_star": "All Star",
    "playoffs": "Playoffs",
    "play_in": "PlayIn",
    "cup_final": "Regular Season",
}
"""Ours -> nba.com's `SeasonType`. (Which one the cup final is filed under is not documented.)"""

STAT_TYPES: Mapping[str, str] = {
    "base": "Base",
    "advanced": "Advanced",
    "misc": "Misc",
    "four_factors": "Four Factors",
    "scoring": "Scoring",
    "opponent": "Opponent",
    "usage": "Usage",
    "defense": "Defense",
}
"""Ours -> nba.com's `MeasureType`."""

OF_RECORD = frozenset({"regular", "playoffs", "play_in", "cup_final"})
"""The season types whose games have four quarters and count; preseason and All-Star games are exhibitions."""

NEVER_PLAYED = frozenset({"0021201214"})
"""Games that are listed and were cancelled: Indiana at Boston of April 2013."""

_GAME_ID = re.compile(r"00\d{8}")
_TYPES = {"1": "preseason", "2": "regular", "3": "all_star", "4": "playoffs", "5": "play_in", "6": "cup_final"}
_FIRST_TWO_DIGIT_YEAR = (FIRST_END_YEAR - 1) % 100


def is_game_id(value: object) -> bool:
    """True for the id of a game of the NBA, as a text.

    >>> is_game_id("0022400561"), is_game_id("22400561"), is_game_id(22400561), is_game_id("2021900490")
    (True, False, False, False)
    """
    return isinstance(value, str) and _GAME_ID.fullmatch(value) is not None


def season_of(game_id: str) -> str:
    """The season that a game belongs to.

    >>> season_of("0022400561"), season_of("0029900017"), season_of("0024600001")
    ('2024-25', '1999-00', '1946-47')
    """
    year = int(game_id[3:5])
    return season_of_end_year(year + (1901 if year >= _FIRST_TWO_DIGIT_YEAR else 2001))


def season_type_of(game_id: str) -> str:
    """preseason, regular, all_star, playoffs, play_in, cup_final; empty for any other digit.

    >>> season_type_of("0022400561"), season_type_of("0062300001")
    ('regular', 'cup_final')
    """
    return _TYPES.get(game_id[2], "")


def team(code: object) -> str:
    """The canonical code of a team; empty without one (the teams of a cup game before the draw).

    >>> team("PHL"), team("BKN"), team("NJN"), team(None)
    ('PHI', 'BKN', 'NJN', '')
    """
    return canonical_team("nba_api", code.strip()) if isinstance(code, str) else ""
