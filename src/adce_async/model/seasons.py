"""Seasons and their calendars: `2024-25` everywhere, whatever a source calls them.

First and last days are those of the games of record (regular season to the Finals), see `model.season_table`. A season
that is not in it yet is taken to last from October 15 to June 30, until the table is told better: too many days cost a
request each, and find nothing; too few would lose games.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator

from adce_async.model import season_table

FIRST_END_YEAR = 1947
"""1946-47, the BAA's first season, is the first of NBA history."""

_SEASON = re.compile(r"(\d{4})-(\d{2})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ABA = "ABA"


def season_of_end_year(year: int) -> str:
    """The season that ends in `year`, as ESPN, Basketball-Reference and hoopR count.

    >>> season_of_end_year(2025), season_of_end_year(2000)
    ('2024-25', '1999-00')
    """
    return f"{year - 1}-{year % 100:02d}"


@functools.lru_cache(maxsize=1024)
def end_year(season: str) -> int:
    """The year in which `season` ends. Raises ValueError if it is no season.

    >>> end_year("1999-00"), end_year("2024-25")
    (2000, 2025)
    """
    match = _SEASON.fullmatch(season)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"{season!r} is no season; expected the form 2024-25")
    return int(match[1]) + 1


def season_of_day(day: dt.date) -> str:
    """The season that a day belongs to; a new one begins in October (in 2020: in December).

    >>> season_of_day(dt.date(2024, 12, 15)), season_of_day(dt.date(2020, 10, 11))
    ('2024-25', '2019-20')
    """
    if day.year == 2020 and 10 <= day.month < 12:
        return "2019-20"
    return season_of_end_year(day.year + 1 if day.month >= 10 else day.year)


def is_recorded(season: str) -> bool:
    """True if the first and the last day of a season of the NBA are known, not guessed.

    >>> is_recorded("1990-91"), is_recorded("2030-31")
    (True, False)
    """
    return end_year(season) in season_table.NBA


def season_range(season: str, league: str = "NBA") -> tuple[dt.date, dt.date]:
    """First and last day of a season: known ones as played, others October 15 to June 30.

    `league`: NBA (or BAA, which it was before), or ABA; where the ABA did not play, the days of the NBA.

    >>> [day.isoformat() for day in season_range("1990-91")], season_range("1970-71", "ABA")[1].isoformat()
    (['1990-11-02', '1991-06-12'], '1971-05-18')
    """
    year = end_year(season)
    days = season_table.ABA.get(year) if league.upper() == _ABA else None
    if days := days or season_table.NBA.get(year):
        return dt.date.fromisoformat(days[0]), dt.date.fromisoformat(days[1])
    return dt.date(year - 1, 10, 15), dt.date(year, 6, 30)


def season_days(season: str, league: str = "NBA") -> Iterator[dt.date]:
    """Each day of a season on which a game can have been played, in order; none where the ABA did not play.

    >>> days = list(season_days("2024-25")); days[0].isoformat(), len(days)
    ('2024-10-22', 244)
    """
    year = end_year(season)
    aba = league.upper() == _ABA
    if aba and year not in season_table.ABA:
        return
    day, last = season_range(season, league)
    pause = None if aba else season_table.PAUSES.get(year)
    while day <= last:
        if not (pause and pause[0] < day.isoformat() < pause[1]):
            yield day
        day += dt.timedelta(days=1)


def season_months(season: str, league: str = "NBA") -> Iterator[tuple[str, dt.date]]:
    """Each month of a season by its English name, with its last day, in order.

    A name that occurs twice carries its year, as Basketball-Reference has it for 2019-20.

    >>> [name for name, _ in season_months("1990-91")]
    ['november', 'december', 'january', 'february', 'march', 'april', 'may', 'june']
    >>> [name for name, _ in season_months("2019-20")][::9]
    ['october-2019', 'october-2020']
    """
    months = list(dict.fromkeys(day.replace(day=1) for day in season_days(season, league)))
    names = [m.month for m in months]
    for month in months:
        name = _MONTHS[month.month - 1]
        after = (month + dt.timedelta(days=32)).replace(day=1)
        label = f"{name}-{month.year}" if names.count(month.month) > 1 else name
        yield label, after - dt.timedelta(days=1)


FOLLOWING = {
    "season": ("season_start", "season_end"),
    "date": ("date_compact", "year", "month", "day"),
}
"""Field -> the fields that `url_fields` makes of it."""


def given_by(field: str) -> str:
    """The field that `field` follows from; itself, if from none.

    >>> given_by("date_compact"), given_by("game_id")
    ('date', 'game_id')
    """
    return next((origin for origin, names in FOLLOWING.items() if field in names), field)


def url_fields(fields: dict[str, str]) -> dict[str, str]:
    """`fields` and what URLs make of them: the spellings that sources use for seasons and dates.

    Adds `season_start` and `season_end` (four-digit years) where there is a season, and `date_compact`,
    `year`, `month`, `day` (without leading zeros) where there is a date. Fields given win.

    >>> url_fields({"season": "2024-25"})["season_end"]
    '2025'
    >>> url_fields({"date": "2024-12-05"})["date_compact"]
    '20241205'
    """
    derived: dict[str, str] = {}
    if "season" in fields:
        year = end_year(fields["season"])
        derived |= {"season_start": str(year - 1), "season_end": str(year)}
    if "date" in fields:
        derived |= _spelled(fields["date"])
    return derived | fields


@functools.lru_cache(maxsize=1024)  # each pass asks for all days of a season, some for several data types
def _spelled(date: str) -> dict[str, str]:
    """(Not to be changed.)"""
    day = dt.date.fromisoformat(date)
    spelled = {"date_compact": day.strftime("%Y%m%d")}
    return spelled | {"year": str(day.year), "month": str(day.month), "day": str(day.day)}


def original_fields(fields: dict[str, str]) -> dict[str, str]:
    """The way back: `fields`, with the `season` and the `date` that their derived spellings stand for.

    Raises ValueError if they stand for none. Fields given win.

    >>> original_fields({"date_compact": "20241205"})["date"], original_fields({"season_end": "2025"})["season"]
    ('2024-12-05', '2024-25')
    >>> original_fields({"year": "2024", "month": "12", "day": "5"})["date"]
    '2024-12-05'
    """
    found: dict[str, str] = {}
    if "season_end" in fields:
        found["season"] = season_of_end_year(int(fields["season_end"]))
    elif "season_start" in fields:
        found["season"] = season_of_end_year(int(fields["season_start"]) + 1)
    if "season" in found:
        end_year(found["season"])
    try:
        if "date_compact" in fields:
            found["date"] = dt.date.fromisoformat(fields["date_compact"]).isoformat()
        elif {"year", "month", "day"} <= fields.keys():
            found["date"] = dt.date(*(int(fields[name]) for name in ("year", "month", "day"))).isoformat()
    except OverflowError as error:
        raise ValueError(f"no date: {error}") from error
    return found | fields
