"""The one place that reads a clock.

Everything else is given its time: planning by argument, the engine through a `SystemClock` (or, in
tests, `testing.FakeClock`, which follows the virtual time of the event loop).

`now` is wall-clock time, in seconds since 1970-01-01 UTC: for what is written down (ages, due times,
leases). Intervals between two instants of one process come from `loop.time()`, which no NTP step,
daylight saving or suspended laptop can move backwards. Days and texts of times: `model.days`.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class SystemClock:
    """The machine's own clock; satisfies `ports.Clock`."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()


class SyncedClock:
    """Follows another clock, that of a cluster's database, between two words of it by `time()`, which never steps.

    Until its first word it is the machine's own.
    """

    __slots__ = ("_ahead", "_own", "_time")

    def __init__(self, time: Callable[[], float], own: SystemClock | None = None) -> None:
        self._time = time
        self._own = own or SystemClock()
        self._ahead: float | None = None

    def sync(self, now: float) -> None:
        """It is `now` there, in seconds since the epoch."""
        self._ahead = now - self._time()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._own.now() if self._ahead is None else self._time() + self._ahead


def awake() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one: a lease ends then, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
