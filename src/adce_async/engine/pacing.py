"""Slowing down near a limit (`model.limits.Pacing`). Pure: `now` is `loop.time()`, given by the caller."""

from __future__ import annotations

import math
from collections.abc import Sequence

from adce_async.engine.grants import GrantLog
from adce_async.model.limits import Pacing, Window


class Pacer:
    """When the next request may go out for the sake of pacing, given the log of the last ones."""

    def __init__(self, pacing: Pacing | None) -> None:
        self._pacing = pacing
        self._steps = 1

    def due(self, now: float, windows: Sequence[Window], log: GrantLog, held: int = 0) -> float:
        """Loop time from which on pacing does not object; `held` requests may go out any time from now on."""
        pacing = self._pacing
        if pacing is None or not windows:
            return -math.inf
        last = now if held else log.last(1)
        below = [self._below_at(now, window, log, held) for window in windows]
        if pacing.strategy == "pace":
            return max(
                min(end, last + window.seconds / window.limit) if end > now else -math.inf
                for window, end in zip(windows, below, strict=True)
            )
        steps = self._steps if self._is_above(now, windows, log) else 1
        delay = min(pacing.max_delay, pacing.initial_delay * pacing.factor ** min(steps - 1, 64))
        return min(max(below), last + delay)

    def sent(self, now: float, windows: Sequence[Window], log: GrantLog) -> None:
        """A request goes out at `now` and is not in the log yet."""
        if self._pacing is not None:
            self._steps = self._steps + 1 if self._is_above(now, windows, log) else 1

    def _is_above(self, now: float, windows: Sequence[Window], log: GrantLog) -> bool:
        return any(self._below_at(now, window, log, 0) > now for window in windows)

    def _below_at(self, now: float, window: Window, log: GrantLog, held: int) -> float:
        """When the use of `window` falls to the threshold if nothing more is sent."""
        assert self._pacing is not None
        most = math.floor(self._pacing.threshold * window.limit) - held
        return (log.last(most + 1) if most >= 0 else now) + window.seconds
