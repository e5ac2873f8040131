"""Times of the week in which nothing is fetched: whether a source is closed now, and until when.

Pure: `now` is seconds since the epoch, given by the caller. Windows are times of the clock in their zone. Where a
change of the clock makes one of its times ambiguous, or skips it, the window is the longer one of both readings.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

BELIEVED_SECONDS = 60.0
"""What was found is looked at anew after so long, in case somebody set the clock."""
_MOST_JOINED = 64
"""Windows that follow each other without a pause; one that never ends is looked at again after so many."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end` (the first minute after it), on each `day` (0 is Monday; None: every day) in `zone`.

    One that ends before it starts ends on the next day. `sources`: which are closed; empty: all. `urgent`: tasks that
    are CRITICAL are let through.
    """

    start: dt.time
    end: dt.time
    zone: str = "America/New_York"
    day: int | None = None
    sources: frozenset[str] = frozenset()
    urgent: bool = False

    def closes(self, source: str, *, urgent: bool) -> bool:
        """True if it concerns tasks of `source` that are CRITICAL (`urgent`) or not."""
        return not (urgent and self.urgent) and (not self.sources or source in self.sources)

    def times(self, now: float) -> Iterator[tuple[float, float]]:
        """Beginning and end of it, for each time of the week around `now`: the one that is on, and the next one."""
        zone = ZoneInfo(self.zone)
        today = dt.datetime.fromtimestamp(now, zone).date()
        for offset in range(-1, 9):
            day = today + dt.timedelta(days=offset)
            if self.day is None or day.weekday() == self.day:
                last = day if self.end > self.start else day + dt.timedelta(days=1)
                yield min(_readings(day, self.start, zone)), max(_readings(last, self.end, zone))


def _readings(day: dt.date, time: dt.time, zone: ZoneInfo) -> tuple[float, float]:
    """What a time of the clock can mean; twice the same but for a change of the clock."""
    first, second = (dt.datetime.combine(day, time.replace(fold=fold), zone).timestamp() for fold in (0, 1))
    return first, second


def closed_until(windows: Sequence[Window], source: str, now: float, *, urgent: bool) -> float | None:
    """When tasks of `source` may start again, seconds since the epoch; None: they may now."""
    until = None
    at = now
    for _ in range(_MOST_JOINED):
        ends = (
            end
            for window in windows
            if window.closes(source, urgent=urgent)
            for begin, end in window.times(at)
            if begin <= at < end
        )
        end = max(ends, default=None)
        if end is None:
            break
        until = at = end
    return until


def next_closing(windows: Sequence[Window], source: str, now: float, *, urgent: bool) -> float:
    """When the next window that concerns it begins, seconds since the epoch (inf: none does)."""
    begins = (
        begin
        for window in windows
        if window.closes(source, urgent=urgent)
        for begin, _ in window.times(now)
        if begin > now
    )
    return min(begins, default=math.inf)


@dataclass(frozen=True, slots=True)
class _Found:
    since: float
    until: float
    """It is looked at anew from then on."""
    closed_until: float | None


class Calendar:
    """Windows, and what was found of them: it is asked for at each dispatch, and changes twice a window at most."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = tuple(windows)
        self._found: dict[tuple[str, bool], _Found] = {}

    def wait(self, source: str, now: float, *, urgent: bool) -> float:
        """Seconds until tasks of `source`, CRITICAL ones or others, may start again; 0: they may now."""
        until = self.closed_until(source, now, urgent=urgent)
        return 0.0 if until is None else until - now

    def closed_until(self, source: str, now: float, *, urgent: bool) -> float | None:
        """As the function of that name."""
        if not self.windows:
            return None
        found = self._found.get((source, urgent))
        if found is None or not found.since <= now < found.until:
            closed = closed_until(self.windows, source, now, urgent=urgent)
            change = next_closing(self.windows, source, now, urgent=urgent) if closed is None else closed
            found = _Found(now, min(change, now + BELIEVED_SECONDS), closed)
            self._found[source, urgent] = found
        return found.closed_until
