"""Maintenance windows at work: which source is closed now, for which tasks, and for how long."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from adce_async.model.days import iso
from adce_async.planning.maintenance import BELIEVED_SECONDS, Calendar, Window


class Closures:
    """Which tasks no window lets start."""

    def __init__(self, windows: Sequence[Window], now: Callable[[], float], poke: Callable[[], None]) -> None:
        """`poke()`: something may start, or may start no more."""
        self._calendar = Calendar(windows)
        self._now = now
        self._poke = poke
        self._changed = asyncio.Event()

    def apply(self, windows: Sequence[Window]) -> None:
        """Close by these from now on. What runs goes on."""
        if tuple(windows) != self._calendar.windows:
            self._calendar = Calendar(windows)
            self._changed.set()
            self._poke()

    @property
    def any(self) -> bool:
        """True if there are windows, now or later."""
        return bool(self._calendar.windows)

    def wait(self, source: str, urgent: bool) -> float:
        """Seconds until tasks of `source`, CRITICAL ones or others, may start again; 0: they may now."""
        return self._calendar.wait(source, self._now(), urgent=urgent)

    def why(self, source: str) -> str:
        """That `source` is closed, and until when; '' if it is open for all tasks."""
        now = self._now()
        until = self._calendar.closed_until(source, now, urgent=False)
        if until is None:
            return ""
        exception = "" if self._calendar.wait(source, now, urgent=True) else "; CRITICAL tasks are let through"
        return f"maintenance until {iso(until)}{exception}"

    async def run(self) -> None:
        """(A loop.) Looks again each minute: the dispatcher knows when a window ends, not when a clock is set."""
        while True:
            with contextlib.suppress(TimeoutError):
                # without windows there is nothing to look for
                async with asyncio.timeout(BELIEVED_SECONDS if self.any else None):
                    await self._changed.wait()
            self._changed.clear()
            self._poke()
