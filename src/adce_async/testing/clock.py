"""A wall clock that the event loop's time moves, so that virtual time moves it too."""

from __future__ import annotations

import asyncio

from adce_async.model.days import from_iso

DEFAULT_START = "2025-01-15T12:00:00Z"
"""A Wednesday noon in mid-season."""


class FakeClock:
    """`ports.Clock`: `now()` = start + `loop.time()`, plus what was jumped.

    With a loop that starts at 0 and skips its waits (looptime), `await asyncio.sleep(3600)` is an hour of this clock
    and takes no time. Where no loop runs, it stands still.

    >>> from adce_async.model.days import iso
    >>> clock = FakeClock("2025-01-15T12:00:00Z")
    >>> clock.jump(-3600)
    >>> iso(clock.now())
    '2025-01-15T11:00:00Z'
    """

    def __init__(self, start: float | str = DEFAULT_START) -> None:
        """`start`: seconds since the epoch, or ISO 8601."""
        self.start = from_iso(start) if isinstance(start, str) else start
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> float:
        """Seconds since the epoch, UTC; from any thread, once it was asked within the loop."""
        return self.start + self._elapsed()

    def jump(self, seconds: float) -> None:
        """What an NTP step or a suspended laptop does: the clock moves, the loop's time does not."""
        self.start += seconds

    def set(self, at: float | str) -> None:
        """Jump to `at`: seconds since the epoch, or ISO 8601."""
        self.jump((from_iso(at) if isinstance(at, str) else at) - self.now())

    def _elapsed(self) -> float:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._loop.time() if self._loop and not self._loop.is_closed() else 0.0
        return self._loop.time()
