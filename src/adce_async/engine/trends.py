"""What has changed since yesterday: keeps the coverage of each pass, and knows how it was a day ago.

A watcher of `PassDone` (`engine.events`): where it fails, the trend is missing and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adce_async.engine.events import Event, PassDone
from adce_async.errors import AdceError
from adce_async.model.coverage import Coverage
from adce_async.model.days import DAY
from adce_async.model.trend import PastCoverage
from adce_async.ports import CoverageHistory

COMPONENT = "coverage history"


class Trends:
    """Compares with a day ago, or with the first record if that is younger."""

    def __init__(
        self, history: CoverageHistory | None, keep_seconds: float, tell: Callable[[str, str], object]
    ) -> None:
        """Without a `history` there is no trend. `tell(component, what is wrong)`: '' is recovery."""
        self._history = history
        self._tell = tell
        self._past: PastCoverage | None = None
        self._at = 0.0
        self.apply(keep_seconds)

    def apply(self, keep_seconds: float) -> None:
        """How long the coverage of a pass is kept, from the next one on."""
        self._keep = max(keep_seconds, 2 * DAY)  # a day ago has to be in it

    async def keep(self, events: Sequence[Event]) -> None:
        """(A handler for `Events.feeding`, of PassDone.)"""
        if self._history is None:
            return
        try:
            for event in events:
                if isinstance(event, PassDone):
                    await self._history.record(event.coverage, event.at, event.at - self._keep)
                    await self.look(event.at)
        except AdceError as error:
            self._tell(COMPONENT, f"{error}; the trend of the coverage is missing")
        else:
            self._tell(COMPONENT, "")

    async def look(self, at: float) -> None:
        """See how it was a day before `at`. Raises QueueError."""
        if self._history is not None:
            self._past, self._at = await self._history.as_of(at - DAY), at

    def past(self) -> PastCoverage | None:
        """How the coverage was a day ago; None if nothing is known of any earlier time."""
        return self._past if self._past is not None and self._past.since < self._at else None


def with_trend(document: dict[str, object], rows: Sequence[Coverage], past: PastCoverage | None) -> dict[str, object]:
    """`coverage --json` with the `trend` of each row and of the totals, if there is one."""
    listed, totals = document["rows"], document["totals"]
    if past is None or not isinstance(listed, list) or not isinstance(totals, dict):
        return document
    return document | {
        "rows": [{**shown, "trend": past.change(row)} for shown, row in zip(listed, rows, strict=True)],
        "totals": {**totals, "trend": past.change_of_all(rows)},
    }
