"""The leaky bucket: aiolimiter's, asked for times instead of waited for."""

from __future__ import annotations

import math

import aiolimiter


class Bucket(aiolimiter.AsyncLimiter):
    """A leaky bucket that holds `burst` and leaks `rate` tokens a second.

    It starts to leak only `guard` seconds after a token that came near empty, so that requests which jitter
    pushes together never look like more than a burst. Between tokens of a saturated bucket of 1 there is room
    for a hundredth of their spacing only, so that 0.99 of the rate remain usable.
    """

    def __init__(self, burst: int, rate: float, guard: float = 0.0) -> None:
        super().__init__(burst, burst / rate)
        self.rate = rate
        self._guard = guard
        self._saturated_guard = min(guard, max(burst - 1, 0.01) / rate)
        self._last_check = -math.inf
        self._empty_at = -math.inf

    def level(self, now: float) -> float:
        """Tokens in it. Rounded: a residue of 1e-17 would re-arm a timer at "now" for ever in virtual time."""
        since = now - self._last_check
        level = self._level - since * self.rate if since > 0 else self._level
        return round(level, 9) if level > 0 else 0.0

    def delay(self, now: float, held: int = 0) -> float:
        """Seconds until it has room for one more token beside `held` ones."""
        excess = self.level(now) + held + 1 - self.max_rate
        return max(0.0, self._last_check - now) + excess / self.rate if excess > 0 else 0.0

    def take(self, now: float) -> None:
        """Put a token in, whether or not there is room."""
        level = self.level(now)
        guard = self._guard if now - self._empty_at > self._guard else self._saturated_guard
        self._last_check = max(self._last_check, now, now + guard - level / self.rate)
        self._level = level + 1
        self._empty_at = self._last_check + self._level / self.rate

    def _leak(self) -> None:
        now = self._loop.time()
        self._level = self.level(now)
        self._last_check = max(self._last_check, now)
