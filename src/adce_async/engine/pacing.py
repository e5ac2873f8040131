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
        self._steps = 0

    def due(self, now: float, last: float, windows: Sequence[Window], log: GrantLog) -> float:
        """Loop time from which on pacing does not object; `last` is when the last request went out."""
        pacing = self._pacing
        if pacing is None:
            return -math.inf
        below = [self._below_at(window, log) for window in windows]
        if pacing.strategy == "pace":
            paced = (
                min(end, last + window.seconds / window.limit)
                for window, end in zip(windows, below, strict=True)
                if end > now
            )
            return max(paced, default=-math.inf)
        end = max(below, default=-math.inf)
        if end <= now or not self._steps:
            return -math.inf
        delay = min(pacing.max_delay, pacing.initial_delay * pacing.factor ** min(self._steps - 1, 64))
        return min(end, last + delay)

    def sent(self, now: float, windows: Sequence[Window], log: GrantLog) -> None:
        """A request goes out at `now` and is not in the log yet."""
        above = any(self._below_at(window, log) > now for window in windows) if self._pacing else False
        self._steps = self._steps + 1 if above else 1

    def _below_at(self, window: Window, log: GrantLog) -> float:
        """When the use of `window` falls to the threshold if nothing more is sent."""
        assert self._pacing is not None
        return log.last(math.floor(self._pacing.threshold * window.limit) + 1) + window.seconds
