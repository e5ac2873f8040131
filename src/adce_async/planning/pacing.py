"""Slowing down near a limit (`model.limits.Pacing`). `now`: seconds of any clock that only goes forward."""

from __future__ import annotations

import math
from collections.abc import Sequence

from adce_async.model.limits import Pacing, Window
from adce_async.planning.grants import GrantLog

_LATE = 0.1
"""A request that goes out within so many seconds of when it could has waited for it; later ones come after a pause."""
CATCH_UP = 0.15
"""Share of the even spacing that requests keep while they make up for a wait that the window forced on them."""


class Pacer:
    """When the next request may go out for the sake of pacing, given the log of the last ones.

    `pace` keeps the even spacing above its threshold. But a window that was filled unevenly (by a burst at its start)
    makes everybody wait until that burst has left it, and even spacing from there on would never make up for it: the
    average would stay below the even rate. So requests are laid out on slots at the even spacing, a wait that the
    window forces moves no slot, and late ones follow each other more closely until they are in their slots again. A
    pause for any other reason moves the slots: what was not used is gone.
    """

    def __init__(self, pacing: Pacing | None) -> None:
        self._pacing = pacing
        self._steps = 1
        self._slots: dict[float, float] = {}
        """Slot of the last request, by length of the window; never later than the request itself."""

    def apply(self, pacing: Pacing | None) -> None:
        """Slow down like this from now on; what was late is not made up for any more."""
        self._pacing, self._steps = pacing, 1
        self._slots.clear()

    def due(self, now: float, windows: Sequence[Window], log: GrantLog, held: int = 0) -> float:
        """Time from which on pacing does not object; `held` requests may go out any time from now on."""
        pacing = self._pacing
        if pacing is None or not windows:
            return -math.inf
        last = now if held else log.last(1)
        if pacing.strategy == "pace":
            due = -math.inf
            for window in windows:
                end = self._below_at(now, window, log, held)
                if end > now and (at := min(end, self._next_slot(window, last, held))) > due:
                    due = at
            return due
        below = [self._below_at(now, window, log, held) for window in windows]
        steps = self._steps if self._is_above(now, windows, log) else 1
        delay = min(pacing.max_delay, pacing.initial_delay * pacing.factor ** min(steps - 1, 64))
        return min(max(below), last + delay)

    def sent(self, now: float, windows: Sequence[Window], log: GrantLog) -> None:
        """A request goes out at `now` and is not in the log yet."""
        if self._pacing is None:
            return
        self._steps = self._steps + 1 if self._is_above(now, windows, log) else 1
        for window in windows:
            spacing = window.seconds / window.limit
            if window.seconds not in self._slots:  # the first one here, maybe in an earlier process's window
                self._slots[window.seconds] = now
                continue
            slot = self._slots[window.seconds] + spacing
            earliest = max(slot, log.last(window.limit) + window.seconds, log.last(1) + CATCH_UP * spacing)
            self._slots[window.seconds] = min(slot, now) if now <= earliest + _LATE else now

    def _next_slot(self, window: Window, last: float, held: int) -> float:
        spacing = window.seconds / window.limit
        slot = min(self._slots.get(window.seconds, last) + held * spacing, last)
        return max(slot + spacing, last + CATCH_UP * spacing)

    def _is_above(self, now: float, windows: Sequence[Window], log: GrantLog) -> bool:
        return any(self._below_at(now, window, log, 0) > now for window in windows)

    def _below_at(self, now: float, window: Window, log: GrantLog, held: int) -> float:
        """When the use of `window` falls to the threshold if nothing more is sent."""
        assert self._pacing is not None
        most = math.floor(self._pacing.threshold * window.limit) - held
        return (log.last(most + 1) if most >= 0 else now) + window.seconds
