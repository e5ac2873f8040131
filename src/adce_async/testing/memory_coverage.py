"""The history of the coverage in memory: the reference for `ports.CoverageHistory`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adce_async.model.coverage import Coverage
from adce_async.model.trend import PastCoverage, series_of


class MemoryCoverageHistory:
    """`ports.CoverageHistory`: all that was recorded. `broken`: raised by `record`, if it is set."""

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self.recorded: dict[float, list[Coverage]] = {}

    async def record(self, rows: Sequence[Coverage], at: float, keep_from: float) -> None:
        """Remember a copy of `rows`."""
        if self.broken is not None:
            raise self.broken
        kept = {when: then for when, then in self.recorded.items() if when < at}
        first = max((when for when in kept if when <= keep_from), default=keep_from)
        self.recorded = {when: then for when, then in kept.items() if when >= first}
        self.recorded[at] = [replace(row) for row in rows]

    async def as_of(self, at: float) -> PastCoverage | None:
        """What was recorded last before `at`."""
        if not self.recorded:
            return None
        since = max(at, min(self.recorded))
        rows = {series_of(row): row for when, of in self.recorded.items() if when <= since for row in of}
        return PastCoverage(since, rows)
