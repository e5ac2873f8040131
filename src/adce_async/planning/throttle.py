"""What a source's refusals do to its rate: cool-down (with exponential growth), then less speed (AIMD).

Pure: `now` is `loop.time()`, given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLOWEST = 1 / 64
RECOVERY_PER_SECOND = 0.1 / 60
"""A tenth of the configured rate is won back each minute."""
LONGEST_PAUSE = 32.0
"""Seconds between requests to a source that answers 503 and nothing else, at most."""
LONGEST_KEPT = 24 * 3600.0
"""Seconds that a remembered cool-down may still last: a clock that jumped must not silence a source for ever."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A throttle as it is written down; times are wall-clock seconds."""

    until: float
    reason: str
    refused_until: float
    seconds: float
    streak: int
    factor: float

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Remembered:
        """From what was read back. Raises TypeError or ValueError if it is none."""
        numbers = [float(values[name]) for name in ("until", "refused_until", "seconds", "streak", "factor")]
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"not a throttle: {values!r}")
        until, refused_until, seconds, streak, factor = numbers
        return cls(until, str(values["reason"]), refused_until, seconds, int(streak), min(1.0, max(SLOWEST, factor)))


class Throttle:
    """Cool-down and rate factor of one source.

    Refusals that arrive while it cools after an earlier one belong to the same event: requests that were under
    way together must not count as many. An event doubles the last cool-down, unless the source was asked with
    success for at least as long as that had lasted: a block page looks like a success until somebody reads it.
    """

    def __init__(self, initial: float = 30.0, maximum: float = 3600.0) -> None:
        self.apply(initial, maximum)
        self.total = 0
        self.until = -math.inf
        """Loop time at which the cool-down ends."""
        self.reason: str | None = None
        self._refused_until = -math.inf
        self._seconds = 0.0
        self._streak = 0
        self._succeeded = False
        self._overloads = 0
        self._factor = 1.0

    def apply(self, initial: float, maximum: float) -> None:
        """Cool for so many seconds at first and at most, from the next refusal on."""
        self._initial = initial
        self._maximum = maximum

    def cool(self, now: float, seconds: float, reason: str) -> None:
        """No requests for `seconds`, or until the end of a longer cool-down that is already on."""
        if now + seconds > max(now, self.until):
            self.until = now + seconds
            self.reason = reason

    def throttled(self, now: float, retry_after: float | None, reason: str) -> None:
        """The source refused us; `retry_after` is what it asked for, in seconds."""
        self.total += 1
        if now < self._refused_until:
            self._refused_until = max(self._refused_until, now + (retry_after or 0.0))
            self._seconds = max(self._seconds, retry_after or 0.0)
            self.cool(now, retry_after or 0.0, reason)
            return
        calm = self._succeeded and now - self._refused_until >= self._seconds
        self._streak = 0 if calm else self._streak
        self._factor = max(SLOWEST, self.factor(now) / 2)
        self._seconds = retry_after or min(self._maximum, self._initial * 2.0 ** min(self._streak, 32))
        self._streak += 1
        self._succeeded = False
        self._refused_until = now + self._seconds
        self.cool(now, self._seconds, reason)

    def overloaded(self, now: float, reason: str) -> None:
        """The source can't serve anybody just now and does not say until when: a short pause, ever twice as long."""
        if now >= self.until:  # those that were under way together are one event
            self._overloads += 1
        self.cool(now, min(LONGEST_PAUSE, 2.0 ** min(self._overloads - 1, 32)), reason)

    def lift(self, now: float) -> None:
        """Somebody who knows says that it may be asked again; what was learnt of its rate stays."""
        self.until = now

    def succeeded(self) -> None:
        """The source served us."""
        self._succeeded = True
        self._overloads = 0

    def factor(self, now: float) -> float:
        """Share of the configured rate that may be used, from 1/64 to 1; grows once the cool-down is over."""
        if self._factor == 1.0:
            return 1.0
        return min(1.0, self._factor + RECOVERY_PER_SECOND * max(0.0, now - self._refused_until))

    def remembered(self, now: float, wall: float) -> Remembered | None:
        """What a restart must not forget (`wall`: the wall clock at loop time `now`); None if it is nothing.

        It changes with refusals only, not as time passes, until all of it is over.
        """
        if not self._streak or (self.factor(now) == 1.0 and now >= max(self.until, self._refused_until)):
            return None
        offset = wall - now
        return Remembered(
            until=round(max(self.until, self._refused_until) + offset, 1),
            reason=self.reason or "",
            refused_until=round(self._refused_until + offset, 1),
            seconds=self._seconds,
            streak=self._streak,
            factor=self._factor,
        )

    def restore(self, known: Remembered, now: float, wall: float) -> None:
        """Go on where an earlier process was."""
        offset = wall - now
        latest = now + min(LONGEST_KEPT, known.seconds)  # whatever the clock did since
        self._seconds, self._streak, self._factor = known.seconds, known.streak, known.factor
        self._refused_until = min(known.refused_until - offset, latest)
        self.cool(now, min(known.until - offset, latest) - now, known.reason)
