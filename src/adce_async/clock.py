"""The one place that reads a clock.

Everything else is given its time: planning by argument, the engine through a `SystemClock` (or, in
tests, `testing.FakeClock`, which follows the virtual time of the event loop).

`now` is wall-clock time, in seconds since 1970-01-01 UTC: for what is written down (ages, due times,
leases). Intervals between two instants of one process come from `loop.time()`, which no NTP step,
daylight saving or suspended laptop can move backwards.
"""

from __future__ import annotations

import datetime as dt
import time
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")


class SystemClock:
    """The machine's own clock; satisfies `ports.Clock`."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()


def iso(at: float) -> str:
    """`at` (seconds since the epoch) as an ISO 8601 text in UTC, to the second.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> float:
    """The reverse of `iso`; a time without an offset is taken as UTC. Raises ValueError."""
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp()


def eastern_day(at: float) -> dt.date:
    """The calendar day in US Eastern time, which all sources file their games under.

    >>> eastern_day(from_iso("2024-12-16T02:30:00Z"))
    datetime.date(2024, 12, 15)
    """
    return dt.datetime.fromtimestamp(at, EASTERN).date()


def end_of_eastern_day(day: dt.date) -> float:
    """The instant at which `day` is over in US Eastern time, in seconds since the epoch.

    >>> iso(end_of_eastern_day(dt.date(2024, 12, 15)))
    '2024-12-16T05:00:00Z'
    """
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), EASTERN)
    return after.timestamp()
