"""When to try again: pure arithmetic, the random number is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full-jitter exponential backoff, bounded in count and in delay (seconds)."""

    max_retries: int = 3
    base_delay: float = 5.0
    max_delay: float = 300.0
    exponential: bool = True

    def delay(self, attempts: int, chance: float, retry_after: float | None = None) -> float:
        """Seconds to wait after the `attempts`-th failed attempt; `chance` is uniform in [0, 1).

        Never less than what the server asked for.

        >>> RetryPolicy().delay(1, 0.5), RetryPolicy().delay(3, 0.5), RetryPolicy().delay(20, 1.0)
        (2.5, 10.0, 300.0)
        """
        factor = 2 ** min(attempts - 1, 40) if self.exponential else 1
        wait = chance * min(self.max_delay, self.base_delay * factor)
        return max(wait, retry_after or 0.0)

    def exhausted(self, attempts: int) -> bool:
        """True if no retry is left after `attempts` failed attempts (the first one is no retry)."""
        return attempts > self.max_retries
