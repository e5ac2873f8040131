"""The history of the coverage in memory: the reference for `ports.CoverageHistory`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from adce_async.model.coverage import Coverage
from adce_async.model.trend import PastCoverage, Series, series_of


class MemoryCoverageHistory:
    """`ports.CoverageHistory`: all that was recorded. `broken`: raised by `record`, if it is set."""

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self.recorded: dict[float, list[Coverage]] = {}
        """By time, in order."""
        self._series: set[Series] = set()

    async def record(self, rows: Sequence[Coverage], at: float, keep_from: float) -> None:
        """Remember a copy of `rows`."""
        if self.broken is not None:
            raise self.broken
        recorded = self.recorded
        while recorded and next(reversed(recorded)) >= at:  # the clock was set back
            recorded.popitem()
        times = iter(list(itertools.islice(recorded, 1000)))
        for first, second in itertools.pairwise(times):
            if second > keep_from:
                break
            del recorded[first]
        recorded[at] = [replace(row) for row in rows]
        self._series |= {series_of(row) for row in rows}

    async def as_of(self, at: float) -> PastCoverage | None:
        """What was recorded last before `at`."""
        if not self.recorded:
            return None
        since = max(at, next(iter(self.recorded)))
        rows: dict[Series, Coverage] = {}
        for when, of in reversed(self.recorded.items()):  # mostly the first that is old enough has all
            if when <= since:
                rows = {series_of(row): row for row in of} | rows
                if rows.keys() >= self._series:
                    break
        return PastCoverage(since, rows)
