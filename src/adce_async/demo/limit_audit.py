"""Counts every request that arrives and holds it against the limits that its source publishes.

Laws:

1. Whatever arrives counts: robots.txt, 404s, refused requests, faults.
2. A window of N per T holds at most N arrivals in any half-open interval of length T: arrivals exactly T
   apart are in order. The worst interval ever seen is kept, not only whether there was one.
3. Burst b with leak r means at most `b + r * t` arrivals in any closed interval of length t, which is what
   a leaky bucket of that capacity admits; b and r are `Limits.burst` and `Limits.rate`.
4. The guard of `Limits` is the client's business and no part of the audit; `tolerance` is the audit's.

An arrival is a violation if some interval that ends with it is too full. Times are seconds of one clock, given in.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adce_async.model.limits import Limits, Window

EPSILON = 1e-6
"""A microsecond: what adding up intervals in floating point may lose. No tolerance, only arithmetic."""

MAX_LISTED = 100
"""Violations that a report lists; all are counted."""

MAX_SOURCES = 100
"""Sources that are audited one by one; any further ones (made-up hosts) are audited together as `other`."""

_MIN_REMEMBERED = 10_000


@dataclass(slots=True)
class _WindowMeter:
    """The arrivals of the last `window.seconds`; `worst` saturates at four times the limit or 10,000."""

    window: Window
    recent: deque[float] = field(init=False)
    worst: int = 0

    def __post_init__(self) -> None:
        self.recent = deque(maxlen=max(_MIN_REMEMBERED, 4 * self.window.limit))

    def arrived(self, at: float, tolerance: float) -> bool:
        """Count an arrival; True if its window is too full."""
        horizon = at - self.window.seconds + EPSILON + tolerance
        while self.recent and self.recent[0] <= horizon:
            self.recent.popleft()
        self.recent.append(at)
        self.worst = max(self.worst, len(self.recent))
        return len(self.recent) > self.window.limit

    def free_in(self, at: float) -> float:
        """Seconds from `at` until one more arrival would be in order."""
        if len(self.recent) < self.window.limit:
            return 0.0
        return max(0.0, self.recent[-self.window.limit] + self.window.seconds - at)


@dataclass(slots=True)
class Meter:
    """Everything that is known of one source's arrivals."""

    limits: Limits
    tolerance: float = 0.0
    requests: int = 0
    violations: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    first_at: float | None = None
    last_at: float | None = None
    smallest_delay: float | None = None
    level: float = 0.0
    highest_level: float = 0.0
    windows: list[_WindowMeter] = field(init=False)

    def __post_init__(self) -> None:
        self.windows = [_WindowMeter(window) for window in self.limits.windows]

    def arrived(self, at: float) -> list[str]:
        """Count an arrival; the names of the limits that it violates, mostly none."""
        broken = [meter.window.name for meter in self.windows if meter.arrived(at, self.tolerance)]
        if self._delay_broken(at):
            broken.append("min_delay")
        if self._burst_broken(at):
            broken.append("burst")
        self.requests += 1
        self.violations += bool(broken)
        self.first_at = at if self.first_at is None else self.first_at
        self.last_at = at
        return broken

    def _delay_broken(self, at: float) -> bool:
        if self.last_at is None:
            return False
        gap = at - self.last_at
        self.smallest_delay = gap if self.smallest_delay is None else min(self.smallest_delay, gap)
        return gap < self.limits.min_delay - self.tolerance - EPSILON

    def _burst_broken(self, at: float) -> bool:
        rate = self.limits.rate
        if rate is None:
            return False
        if self.last_at is not None:
            self.level = max(0.0, self.level - rate * (at - self.last_at))
        self.level += 1
        self.highest_level = max(self.highest_level, self.level)
        return self.level > self.limits.burst + rate * (self.tolerance + EPSILON)

    def free_in(self, at: float) -> float:
        """Seconds from `at` until one more arrival would be in order."""
        waits = [meter.free_in(at) for meter in self.windows]
        if self.last_at is not None:
            waits.append(self.last_at + self.limits.min_delay - at)
            if self.limits.rate:
                waits.append((self.level + 1 - self.limits.burst) / self.limits.rate - (at - self.last_at))
        return max(0.0, *waits, 0.0)

    def report(self) -> dict[str, Any]:
        """See `LimitAudit.report`."""
        return {
            "requests": self.requests,
            "by_status": dict(sorted(self.by_status.items())),
            "violations": self.violations,
            "windows": {m.window.name: {"worst": m.worst, "limit": m.window.limit} for m in self.windows},
            "min_delay": {"smallest": self.smallest_delay, "limit": self.limits.min_delay},
            "burst": {"worst": round(self.highest_level, 6), "limit": self.limits.burst, "leak": self.limits.rate},
            "first_at": self.first_at,
            "last_at": self.last_at,
            "lower_bound_seconds": lower_bound_seconds(self.limits, self.requests),
        }


class LimitAudit:
    """One meter a source and one over all; with `enforce`, says how to refuse what is beyond a source's limits."""

    def __init__(
        self,
        limits: Mapping[str, Limits],
        overall: Limits,
        *,
        time: Callable[[], float],
        tolerance: float = 0.0,
        enforce: bool = False,
        jail_seconds: float = 0.0,
    ) -> None:
        """`time` gives seconds of a monotonic clock; a source without `limits` is only counted.

        `enforce`: arrivals beyond a limit of their own source are to be refused; `jail_seconds`: and so
        is everything of that source for so long. The overall limits are audited only: no upstream knows of another.
        """
        self._limits = dict(limits)
        self._overall_limits = overall
        self._time = time
        self._tolerance = tolerance
        self._enforce = enforce
        self._jail_seconds = jail_seconds
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self._meters: dict[str, Meter] = {}
        self._overall = Meter(self._overall_limits, self._tolerance)
        self._violations = 0
        self._listed: list[dict[str, Any]] = []
        self._jailed_until: dict[str, float] = {}

    def arrived(self, source: str, what: str) -> float | None:
        """Count a request for `what`; None if it may be answered, else the seconds of a `Retry-After`."""
        at = self._time()
        meter = self._meter(source)
        broken = meter.arrived(at)
        everywhere = [f"overall {name}" for name in self._overall.arrived(at)]
        if broken or everywhere:
            self._violations += 1
            if len(self._listed) < MAX_LISTED:
                self._listed.append({"source": source, "at": at, "limits": broken + everywhere, "what": what[:200]})
        if not self._enforce:
            return None
        if broken and self._jail_seconds and self._jailed_until.get(source, -math.inf) <= at:
            self._jailed_until[source] = at + self._jail_seconds
        jail = self._jailed_until.get(source, -math.inf) - at
        if jail > 0:
            return max(jail, meter.free_in(at))
        return max(meter.free_in(at), EPSILON) if broken else None

    def answered(self, source: str, status: int | None) -> None:
        """What a request came to: an HTTP status, or None if the connection was cut instead."""
        name = "none" if status is None else str(status)
        self._meter(source).by_status[name] += 1
        self._overall.by_status[name] += 1

    def _meter(self, source: str) -> Meter:
        if source not in self._meters and len(self._meters) >= MAX_SOURCES:
            source = "other"
        if source not in self._meters:
            self._meters[source] = Meter(self._limits.get(source, Limits()), self._tolerance)
        return self._meters[source]

    def report(self) -> dict[str, Any]:
        """All that was seen, ready for JSON.

        `sources` (one entry a source) and `totals` hold `requests, by_status, violations, windows {name: {worst,
        limit}}, min_delay {smallest, limit}, burst {worst, limit, leak}, first_at, last_at, lower_bound_seconds`.
        The totals count each request once that violates anything, and their lower bound is the longest of all.
        `violations` lists the first hundred of them as `{source, at, limits, what}`.
        """
        sources = {name: meter.report() for name, meter in sorted(self._meters.items())}
        totals = self._overall.report()
        totals["violations"] = self._violations
        bounds = [meter["lower_bound_seconds"] for meter in sources.values()]
        totals["lower_bound_seconds"] = max([totals["lower_bound_seconds"], *bounds])
        first, last = self._overall.first_at, self._overall.last_at
        return {
            "sources": sources,
            "totals": totals,
            "duration": 0.0 if first is None or last is None else last - first,
            "violations": list(self._listed),
        }


def lower_bound_seconds(limits: Limits, requests: int) -> float:
    """The least time from the first to the last of `requests` arrivals that `limits` allow.

    Each arrival comes as early as bucket, windows and delay allow; that is also the best plan for all the
    later ones, since every limit only asks an arrival to be long enough after earlier ones.

    >>> lower_bound_seconds(Limits((Window(60, 60.0),), burst=10), 70)
    60.0
    >>> lower_bound_seconds(Limits((Window(60, 60.0),)), 61)
    60.0
    >>> lower_bound_seconds(Limits(min_delay=3), 5)
    12.0
    """
    rate = limits.rate
    past: deque[float] = deque(maxlen=max((window.limit for window in limits.windows), default=1))
    at, level = 0.0, 0.0
    for _ in range(requests):
        earliest = at + limits.min_delay if past else 0.0
        for window in limits.windows:
            if len(past) >= window.limit:
                earliest = max(earliest, past[-window.limit] + window.seconds)
        if rate:
            # a burst below 1 would admit nothing at all; it is taken as 1, as the smallest bucket there is
            earliest = max(earliest, at + (level + 1 - max(1, limits.burst)) / rate)
            level = max(0.0, level - rate * (earliest - at)) + 1
        at = earliest
        past.append(at)
    return at
