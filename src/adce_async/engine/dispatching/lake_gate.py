"""What can't be stored must not be fetched: while the lake fails, one attempt at a time finds out whether it works."""

from __future__ import annotations

import asyncio
import functools
import math
from collections.abc import Callable

from adce_async.engine.collecting.attempt import Result
from adce_async.model.task import Verdict
from adce_async.planning.breaker import Breaker

LAKE_SECONDS = (5.0, 60.0)
"""Pause after the lake could not be written, at first and at most."""


class LakeGate:
    """Open as long as the lake can be written. `tell(name, text)`: why it can't, '' once it can."""

    def __init__(self, tell: Callable[[str, str], object]) -> None:
        self._tell = tell
        self._breaker = Breaker(failures=1, open_seconds=LAKE_SECONDS[0], open_max_seconds=LAKE_SECONDS[1])

    @functools.cached_property
    def _time(self) -> Callable[[], float]:
        """The loop's time. Kept: finding the loop takes longer than asking it."""
        return asyncio.get_running_loop().time

    @property
    def is_open(self) -> bool:
        """True if an attempt may start."""
        return self._breaker.allows(self._time())

    def wait(self) -> float:
        """Seconds until one may, if it may not now (inf: when the one that finds out has ended)."""
        retry_at = self._breaker.retry_at
        return math.inf if retry_at is None else max(0.001, retry_at - self._time())

    def started(self) -> None:
        """An attempt has started."""
        self._breaker.on_start(self._time())

    def given_up(self) -> None:
        """It was not made after all."""
        self._breaker.on_cancel(self._time())

    def learn(self, result: Result) -> None:
        """What an attempt has told about the lake."""
        if result.trouble:
            self._breaker.on_failure(self._time())
            self._tell("lake", f"{result.trouble}; until it can be written one attempt at a time finds out")
        elif any(outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED) for outcome in result.outcomes):
            self._breaker.on_success(self._time())
            self._tell("lake", "")
        else:
            self._breaker.on_cancel(self._time())
