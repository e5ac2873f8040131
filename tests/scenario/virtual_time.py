"""An event loop for years of virtual time.

What the tests' usual loop does on top (it watches files, takes turns with real time, rounds to its own resolution) is a
tenth of what a month of the service takes, and after 194 days its rounding ends it. Here a wait takes no time at all.
"""

from __future__ import annotations

import asyncio
import selectors


class _Skipping(selectors.DefaultSelector):
    """Has time go on instead of waiting. What never ends without an event is waited for, so that Ctrl-C is heard."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0 and jumps to what is due next. It opens no sockets, and hears of none."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)
        # asyncio runs what is due before `time() + _clock_resolution`; the usual 1e-9 s vanish in a float of months
        self._clock_resolution = 1e-7

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._skipping.now
