"""The one place that reads a clock.

Everything else is given its time: planning by argument, the engine through a `SystemClock` (or, in
tests, `testing.FakeClock`, which follows the virtual time of the event loop).

`now` is wall-clock time, in seconds since 1970-01-01 UTC: for what is written down (ages, due times,
leases). Intervals between two instants of one process come from `loop.time()`, which no NTP step,
daylight saving or suspended laptop can move backwards. Days and texts of times: `model.days`.
"""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own clock; satisfies `ports.Clock`."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()


def awake() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one: a lease ends then, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
