"""A circuit breaker: stops asking a source that does not answer, and asks again with one request at a time.

`now` is seconds of a clock that only goes forward, given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after `failures` in a row; lets one probe through after `open_seconds`, twice as long each time.

    A success (also a late one, of a request that was under way when it opened) closes it and forgets everything.

    >>> breaker = Breaker(failures=2, open_seconds=60)
    >>> breaker.on_failure(0), breaker.on_failure(1), breaker.state, breaker.retry_at
    (None, None, 'open', 61.0)
    >>> breaker.allows(60), breaker.allows(61)
    (False, True)
    """

    def __init__(self, failures: int = 5, open_seconds: float = 60.0, open_max_seconds: float = 3600.0) -> None:
        self.apply(failures, open_seconds, open_max_seconds)
        self._interval = self._first
        self._in_a_row = 0
        self._probing = False
        self._state: State = "closed"
        self._retry_at: float | None = None
        self._opened_until = 0.0

    def apply(self, failures: int, open_seconds: float, open_max_seconds: float) -> None:
        """These bounds from now on; an interval that is running runs to its end."""
        self._failures = failures
        self._first = float(open_seconds)
        self._longest = float(open_max_seconds)

    @property
    def state(self) -> State:
        """`half_open` from the start of the probe on; until then it stays `open`, however long ago that was."""
        return self._state

    @property
    def retry_at(self) -> float | None:
        """Loop time of the next probe; None unless open."""
        return self._retry_at

    def allows(self, now: float) -> bool:
        """Whether a request may start at `now`."""
        if self._retry_at is not None:
            return now >= self._retry_at
        return not self._probing

    def on_start(self, now: float) -> None:
        """A request starts (`allows` said yes); unless closed, it is the one probe."""
        if self._state == "closed":
            return
        self._state, self._retry_at, self._probing = "half_open", None, True

    def on_cancel(self, now: float) -> None:
        """A request was given up without a verdict: if it was the probe, another may be sent."""
        self._probing = False

    def on_success(self, now: float) -> None:
        """The source answered."""
        self._state, self._retry_at, self._probing = "closed", None, False
        self._in_a_row = 0
        self._interval = self._first

    def on_failure(self, now: float) -> None:
        """The source did not answer. Stragglers of the time before it opened change nothing."""
        self._in_a_row += 1
        if self._state == "half_open":
            self._interval = min(2 * self._interval, self._longest)
        elif self._state == "open" or self._in_a_row < self._failures:
            return
        self._open(now + self._interval)

    def _open(self, until: float) -> None:
        self._state, self._retry_at, self._probing = "open", until, False
        self._opened_until = until

    def remembered(self, offset: float) -> dict[str, float] | None:
        """What another machine has to know that asks the source after us; None unless it is open, or being probed.

        `offset`: wall-clock time minus `now`; what it says changes with failures only, not as time passes.
        """
        if self._state == "closed":
            return None
        return {
            "retry_at": round(self._opened_until + offset, 1),
            "interval": self._interval,
            "failures": self._in_a_row,
        }

    def restore(self, known: Mapping[str, Any] | None, now: float, offset: float) -> None:
        """Go on where another was. Raises LookupError, TypeError or ValueError if `known` is nothing remembered."""
        if known is None:
            self.on_success(now)
            return
        retry_at, interval, failures = (float(known[name]) for name in ("retry_at", "interval", "failures"))
        if not all(map(math.isfinite, (retry_at, interval, failures))):
            raise ValueError(f"not a breaker: {known!r}")
        self._interval = min(max(interval, self._first), self._longest)
        self._in_a_row = int(failures)
        self._open(min(retry_at - offset, now + self._interval))  # whatever the clock did since
