"""When requests may go: the limits of one source played through without a clock.

The arithmetic is the limiter's own (windows, minimum delay, backoff, and the leaky bucket of `engine.limiter.bucket`,
which stands here once more because the engine's belongs to an event loop). Times are seconds from the moment of asking;
what was before is negative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from adce_async.model.limits import Limits, Pacing
from adce_async.planning.backoff import Pacer
from adce_async.planning.grants import GrantLog


class Throttled(Protocol):
    """What is left of a source's refusals."""

    @property
    def until(self) -> float:
        """When its cool-down ends."""
        ...

    def factor(self, now: float) -> float:
        """Share of the configured rate that may be used, above 0 to 1."""
        ...


class Allowance:
    """The next request may go at `due`; `take` says that it does.

    `past`: when the last requests went, oldest first.

    >>> from adce_async.model.limits import Window
    >>> allowance = Allowance(Limits((Window(2, 60.0),), burst=2, guard=0.0), past=[-50.0])
    >>> allowance.take(0.0)
    >>> allowance.due
    10.0
    """

    __slots__ = ("_bucket", "_log", "_pacer", "_throttled", "due", "limits")

    def __init__(
        self,
        limits: Limits,
        pacing: Pacing | None = None,
        *,
        past: Sequence[float] = (),
        throttled: Throttled | None = None,
    ) -> None:
        self.limits = limits
        self._pacer = Pacer(pacing) if pacing is not None else None
        self._throttled = throttled
        self._log = GrantLog(max((window.limit for window in limits.windows), default=1) or 1, past)
        self._bucket = LeakyBucket(max(1, limits.burst), limits.rate, limits.guard) if limits.rate else None
        if self._bucket:
            for at in past:
                self._bucket.take(at)
        self.due = self._due_after(0.0)

    def take(self, at: float) -> None:
        """A request goes at `at`."""
        if self._pacer:
            self._pacer.sent(at, self.limits.windows, self._log)
        self._log.append(at)
        if self._bucket:
            self._bucket.take(at)
        self.due = self._due_after(at)

    def _due_after(self, now: float) -> float:
        limits, log = self.limits, self._log
        spacing = limits.min_delay + limits.guard if limits.min_delay > 0 else 0.0
        due = -math.inf
        if self._throttled:
            due = self._throttled.until
            factor = self._throttled.factor(max(now, due))
            least = min((limits.rate or math.inf), 1 / limits.min_delay if limits.min_delay > 0 else math.inf)
            if factor < 1 and least < math.inf:
                spacing = max(spacing, 1 / (least * factor))
        if spacing:
            due = max(due, log.last(1) + spacing)
        for window in limits.windows:
            at = log.last(window.limit) + window.seconds + limits.guard if window.limit > 0 else math.inf
            due = max(due, at)
        if self._pacer and (at := self._pacer.due(now, limits.windows, log)) > due:
            due = at
        if self._bucket and (at := self._bucket.due) > due:
            due = at
        return due


class LeakyBucket:
    """The bucket of `engine.limiter.bucket`: it holds `burst`, leaks `rate` a second, and pauses for the guard."""

    __slots__ = ("_burst", "_empty_at", "_guard", "_last_check", "_level", "_rate", "_saturated_guard")

    def __init__(self, burst: int, rate: float, guard: float) -> None:
        self._burst = burst
        self._rate = rate
        self._guard = guard
        self._saturated_guard = min(guard, max(burst - 1, 0.01) / rate)
        self._level = 0.0
        self._last_check = self._empty_at = -math.inf

    @property
    def due(self) -> float:
        """When there is room for one more."""
        excess = self._level + 1 - self._burst
        return self._last_check + excess / self._rate if excess > 0 else -math.inf

    def take(self, at: float) -> None:
        """Put a token in, whether or not there is room."""
        since = at - self._last_check
        level = max(0.0, self._level - since * self._rate) if since > 0 else self._level
        guard = self._guard if at - self._empty_at > self._guard else self._saturated_guard
        self._last_check = max(self._last_check, at, at + guard - level / self._rate)
        self._level = level + 1
        self._empty_at = self._last_check + self._level / self._rate
