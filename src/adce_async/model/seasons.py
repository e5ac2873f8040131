"""Seasons and their calendars: `2024-25` everywhere, whatever a source calls them.

First and last days are those of the games of record (regular season to the Finals), as published by
the league; the tables hold them where a season departs from the usual October to June.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

FIRST_END_YEAR = 1947
"""1946-47, the BAA's first season, is the first of NBA history."""

_SEASON = re.compile(r"(\d{4})-(\d{2})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

# end year: (first day, last day)
_DAYS: dict[int, tuple[str, str]] = {
    1947: ("1946-11-01", "1947-04-22"),
    1948: ("1947-11-12", "1948-04-21"),
    1949: ("1948-11-01", "1949-04-13"),
    1950: ("1949-10-29", "1950-04-23"),
    1951: ("1950-10-31", "1951-04-21"),
    1952: ("1951-11-01", "1952-04-25"),
    1953: ("1952-10-31", "1953-04-10"),
    1954: ("1953-10-30", "1954-04-12"),
    1955: ("1954-10-30", "1955-04-10"),
    1956: ("1955-11-05", "1956-04-07"),
    1957: ("1956-10-27", "1957-04-13"),
    1958: ("1957-10-22", "1958-04-12"),
    1959: ("1958-10-18", "1959-04-09"),
    1960: ("1959-10-17", "1960-04-09"),
    1961: ("1960-10-19", "1961-04-11"),
    1962: ("1961-10-19", "1962-04-18"),
    1963: ("1962-10-16", "1963-04-24"),
    1964: ("1963-10-16", "1964-04-26"),
    1965: ("1964-10-16", "1965-04-25"),
    1966: ("1965-10-15", "1966-04-28"),
    1967: ("1966-10-15", "1967-04-24"),
    1968: ("1967-10-13", "1968-05-02"),
    1969: ("1968-10-15", "1969-05-05"),
    1970: ("1969-10-14", "1970-05-08"),
    1971: ("1970-10-13", "1971-04-30"),
    1972: ("1971-10-12", "1972-05-07"),
    1973: ("1972-10-10", "1973-05-10"),
    1974: ("1973-10-09", "1974-05-12"),
    1975: ("1974-10-17", "1975-05-25"),
    1976: ("1975-10-23", "1976-06-06"),
    1977: ("1976-10-21", "1977-06-05"),
    1978: ("1977-10-18", "1978-06-07"),
    1979: ("1978-10-13", "1979-06-01"),
    1980: ("1979-10-12", "1980-05-16"),
    1981: ("1980-10-10", "1981-05-14"),
    1983: ("1982-10-29", "1983-05-31"),
    1999: ("1999-02-05", "1999-06-25"),
    2000: ("1999-11-02", "2000-06-19"),
    2005: ("2004-11-02", "2005-06-23"),
    2006: ("2005-11-01", "2006-06-20"),
    2012: ("2011-12-25", "2012-06-21"),
    2018: ("2017-10-17", "2018-06-08"),
    2019: ("2018-10-16", "2019-06-13"),
    2020: ("2019-10-22", "2020-10-11"),
    2021: ("2020-12-22", "2021-07-20"),
    2022: ("2021-10-19", "2022-06-16"),
    2023: ("2022-10-18", "2023-06-12"),
    2024: ("2023-10-24", "2024-06-17"),
    2025: ("2024-10-22", "2025-06-22"),
}
# no game at all between these days of a season (the bubble of 2020)
_PAUSES: dict[int, tuple[str, str]] = {2020: ("2020-03-11", "2020-07-30")}


def season_of_end_year(year: int) -> str:
    """The season that ends in `year`, as ESPN, Basketball-Reference and hoopR count.

    >>> season_of_end_year(2025), season_of_end_year(2000)
    ('2024-25', '1999-00')
    """
    return f"{year - 1}-{year % 100:02d}"


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


def season_range(season: str) -> tuple[dt.date, dt.date]:
    """First and last day of a season: known ones as played, others October 15 to June 30."""
    year = end_year(season)
    if year in _DAYS:
        first, last = _DAYS[year]
        return dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return dt.date(year - 1, 10, 15), dt.date(year, 6, 30)


def season_days(season: str) -> Iterator[dt.date]:
    """Each day of a season on which a game can have been played, in order.

    >>> days = list(season_days("2024-25")); days[0].isoformat(), len(days)
    ('2024-10-22', 244)
    """
    day, last = season_range(season)
    pause = _PAUSES.get(end_year(season))
    while day <= last:
        if not (pause and pause[0] < day.isoformat() < pause[1]):
            yield day
        day += dt.timedelta(days=1)


def season_months(season: str) -> Iterator[tuple[str, dt.date]]:
    """Each month of a season by its English name, with its last day, in order.

    A name that occurs twice carries its year, as Basketball-Reference has it for 2019-20.

    >>> [name for name, _ in season_months("2017-18")]
    ['october', 'november', 'december', 'january', 'february', 'march', 'april', 'may', 'june']
    >>> [name for name, _ in season_months("2019-20")][::9]
    ['october-2019', 'october-2020']
    """
    months: list[dt.date] = []
    for day in season_days(season):
        first = day.replace(day=1)
        if not months or months[-1] != first:
            months.append(first)
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
        day = dt.date.fromisoformat(fields["date"])
        derived |= {"date_compact": day.strftime("%Y%m%d")}
        derived |= {"year": str(day.year), "month": str(day.month), "day": str(day.day)}
    return derived | fields


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
