"""Which seasons a source's inventory speaks of. Pure: today is an argument.

Seasons are written as `2024-25`, as `current`, as an end year (2025 is 2024-25), or as a range of end years
(`2002-2025` is 2001-02 to 2024-25, `2002-current` grows by itself), alone or in a list.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from adce_async.config.files.base import Expected, misfits
from adce_async.config.files.value_ranges import backwards
from adce_async.model.seasons import FIRST_END_YEAR, end_year, season_of_day, season_of_end_year

CURRENT = "current"
LEAGUES = ("nba", "gleague", "aba", "baa")
"""Leagues of the predecessor's mapping form; only the first is collected."""
LAST_END_YEAR = 2100
"""Later years are typing errors."""

_YEARS = re.compile(r"(\d{4})\s*-\s*(\d{4}|current)", re.IGNORECASE)

Written = str | int


def season_span(written: Written, current: int) -> tuple[int, int]:
    """First and last end year that one entry stands for; `current` is the current season's. Raises ValueError.

    >>> season_span("2002-2025", 2026), season_span("2024-25", 2026), season_span("1940-1948", 2026)
    ((2002, 2025), (2025, 2025), (1947, 1948))
    """
    text = str(written).strip().lower()
    if text == CURRENT:
        return current, current
    if match := _YEARS.fullmatch(text):
        first, last = int(match[1]), current if match[2] == CURRENT else int(match[2])
        if match[2] != CURRENT and first > last:
            raise ValueError(f"{written!r} ends before it begins")
        first = max(first, FIRST_END_YEAR)
    elif text.isdecimal() and len(text) == 4:
        first = last = int(text)
    else:
        first = last = end_year(text)
    if first < FIRST_END_YEAR or last > LAST_END_YEAR or (last < FIRST_END_YEAR):
        raise ValueError(f"{written!r}: no such season")
    return first, last


def resolve_seasons(value: Any, today: dt.date) -> tuple[str, ...]:
    """The seasons that `value` (any written form) stands for on `today`, in order, each once. Raises ValueError.

    >>> resolve_seasons(["2024-25", "2000-2001", 2025], dt.date(2025, 11, 1))
    ('1999-00', '2000-01', '2024-25')
    >>> resolve_seasons("current", dt.date(2025, 11, 1)), resolve_seasons({"nba": 1947}, dt.date(2025, 11, 1))
    (('2025-26',), ('1946-47',))
    """
    current = end_year(season_of_day(today))
    years: set[int] = set()
    for written in _as_list(value):
        first, last = season_span(written, current)
        years.update(range(first, last + 1))
    return tuple(season_of_end_year(year) for year in sorted(years))


def _as_list(value: Any) -> Any:
    """Every written form as a tuple of entries."""
    if isinstance(value, Mapping) and set(value) <= set(LEAGUES):
        return _as_list(value.get(LEAGUES[0], ()))
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _is_season(value: Written) -> Written:
    season_span(value, current=2000)  # which season is current says nothing about the form
    return value


def _not_backwards(value: Any) -> Any:
    match = _YEARS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match and match[2].isdecimal() and int(match[1]) > int(match[2]):
        raise misfits([((), f"{backwards(match)}, or a season such as 2024-25")])
    return value


Season = Annotated[
    str | int,
    AfterValidator(_is_season),
    Expected(
        "a season such as 2024-25, an end year such as 2025, a range of end years such as 2002-2025 or 2002-current, "
        "or current"
    ),
    BeforeValidator(_not_backwards),
]
Seasons = Annotated[
    tuple[Season, ...],
    BeforeValidator(
        _as_list,
        json_schema_input_type=str | int | list[str | int] | dict[Literal["nba", "gleague", "aba", "baa"], Any],
    ),
]
