"""What a source allows, as numbers: sliding windows, burst, minimum delay. No clock, no state."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

GUARD_SECONDS = 0.020
"""Widens each window and delay, against jitter between us and the server."""

LONG_WAIT = 60.0
"""Seconds; who has to wait longer for his next request is told so, and nothing waits so long within an attempt that has
asked for nothing yet."""

_NAMES = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86400.0: "day"}


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` requests in any half-open window of `seconds`."""

    limit: int
    seconds: float

    @property
    def name(self) -> str:
        """`minute`, `hour`, ... or `20s`: the key under which `/rate-limits` shows it."""
        return _NAMES.get(self.seconds, f"{self.seconds:g}s")

    def __str__(self) -> str:
        """In words.

        >>> str(Window(10, 60.0)), str(Window(500, 20.0))
        ('10 a minute', '500 in 20 s')
        """
        name = _NAMES.get(self.seconds)
        return (
            f"{self.limit} {'an' if name == 'hour' else 'a'} {name}" if name else f"{self.limit} in {self.seconds:g} s"
        )

    @classmethod
    def of(cls, requests: float, seconds: float) -> Window:
        """A window for a possibly fractional number of requests.

        >>> Window.of(0.5, 1), Window.of(60, 60)
        (Window(limit=1, seconds=2.0), Window(limit=60, seconds=60.0))
        """
        if requests == int(requests):
            return cls(int(requests), float(seconds))
        part = Fraction(requests).limit_denominator(1000)
        if part.numerator == 0:
            return cls(1, seconds / requests)
        return cls(part.numerator, float(seconds * part.denominator))


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of one source (or the global ones), asked together.

    The bucket leaks at the rate of the shortest window and holds `burst`; without a window only the
    minimum delay counts, without either nothing does.
    """

    windows: tuple[Window, ...] = ()
    burst: int = 1
    min_delay: float = 0.0
    guard: float = GUARD_SECONDS

    @property
    def rate(self) -> float | None:
        """Requests a second at which the bucket leaks; None without a window."""
        if not self.windows:
            return None
        shortest = min(self.windows, key=lambda window: (window.seconds, window.limit))
        return shortest.limit / shortest.seconds

    @property
    def sustained_rate(self) -> float:
        """Requests a second that all limits together allow in the long run; infinite without any limit."""
        rates = [window.limit / window.seconds for window in self.windows]
        if self.min_delay > 0:
            rates.append(1 / self.min_delay)
        return min(rates, default=float("inf"))


@dataclass(frozen=True, slots=True)
class Pacing:
    """How to slow down near a limit, before the limit itself says stop.

    `threshold` is the share (0 to 1) of a window's limit above which it sets in. `pace`: no bursts there,
    requests at least the even spacing of that window apart, which is never slower than its even rate.
    `exponential`: `initial_delay` seconds between requests, then `factor` times as much after each, up to
    `max_delay`; anew once the use falls below the threshold.
    """

    strategy: Literal["pace", "exponential"] = "pace"
    threshold: float = 0.8
    initial_delay: float = 1.0
    max_delay: float = 30.0
    factor: float = 2.0


def strictest(several: Iterable[Limits]) -> Limits:
    """The limits that satisfy all of `several`: the least limit per window length, burst, the longest delay.

    >>> a = Limits((Window(60, 60.0),), burst=10)
    >>> b = Limits((Window(20, 60.0), Window(500, 3600.0)), burst=3, min_delay=3)
    >>> strictest([a, b]).windows
    (Window(limit=20, seconds=60.0), Window(limit=500, seconds=3600.0))
    >>> strictest([a, b]).burst, strictest([a, b]).min_delay
    (3, 3)
    """
    all_of = list(several)
    least: dict[float, int] = {}
    for limits in all_of:
        for window in limits.windows:
            least[window.seconds] = min(window.limit, least.get(window.seconds, window.limit))
    return Limits(
        windows=tuple(Window(least[seconds], seconds) for seconds in sorted(least)),
        burst=min((limits.burst for limits in all_of), default=1),
        min_delay=max((limits.min_delay for limits in all_of), default=0.0),
        guard=max((limits.guard for limits in all_of), default=GUARD_SECONDS),
    )


def whole_milliseconds(seconds: float) -> float:
    """Rounded up to what the timers of every event loop can do: uvloop would fire half a millisecond early.

    >>> whole_milliseconds(1 / 3), whole_milliseconds(0.0200000001)
    (0.334, 0.02)
    """
    return math.ceil(round(seconds * 1000, 3)) / 1000 if math.isfinite(seconds) else seconds
