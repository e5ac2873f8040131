"""Days and instants without a clock: US Eastern days, which all sources file their games under."""

from __future__ import annotations

import datetime as dt
import functools
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DAY = 86_400.0
HOUR = 3600.0
LATE_HOURS = 6 * 3600.0
"""A day's games are over by 6 in the morning, Eastern time."""


def iso(at: float) -> str:
    """`at` (seconds since the epoch) as an ISO 8601 text in UTC, to the second.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> float:
    """The reverse of `iso`; a time without an offset is taken as UTC. Raises ValueError.

    >>> from_iso("1970-01-01T00:00:00Z"), from_iso("1970-01-01 01:00:00")
    (0.0, 3600.0)
    """
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp()


def eastern_day(at: float) -> dt.date:
    """The calendar day in US Eastern time.

    >>> eastern_day(from_iso("2024-12-16T02:30:00Z"))
    datetime.date(2024, 12, 15)
    """
    return dt.datetime.fromtimestamp(at, EASTERN).date()


@functools.lru_cache(maxsize=1024)  # each pass and each look at the games asks for all days of a season
def start_of_eastern_day(day: dt.date) -> float:
    """The instant at which `day` begins in US Eastern time, in seconds since the epoch.

    >>> iso(start_of_eastern_day(dt.date(2024, 12, 15)))
    '2024-12-15T05:00:00Z'
    """
    return dt.datetime.combine(day, dt.time(), EASTERN).timestamp()


def end_of_eastern_day(day: dt.date) -> float:
    """The instant at which `day` is over in US Eastern time, in seconds since the epoch.

    >>> iso(end_of_eastern_day(dt.date(2024, 12, 15)))
    '2024-12-16T05:00:00Z'
    """
    return start_of_eastern_day(day + dt.timedelta(days=1))
