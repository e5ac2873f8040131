"""The lake between two looks at it: the coverage of the last pass, with what was stored since."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from adce_async.engine.events import Event, Events, PassDone, TaskSettled
from adce_async.model.coverage import Coverage, GapKind
from adce_async.model.task import Verdict

LATELY_SECONDS = 60.0
Row = tuple[str, str, str | None]


class SinceLook:
    """Counts while it is fed. What a pass has not seen yet may count for it: rather too few than too many."""

    def __init__(self) -> None:
        self.stored = 0
        """Objects, since the last pass."""
        self.version = 0
        """Another one whenever `now` says something else."""
        self._found: dict[Row, Counter[GapKind]] = {}
        self._seconds: deque[list[int]] = deque()
        """[second, attempts that were settled in it] of the last minute."""

    def feeding(self, events: Events) -> AbstractAsyncContextManager[None]:
        """While the block runs, what happens is counted."""
        return events.feeding("since the last look", self._count, TaskSettled, PassDone)

    def begin(self) -> None:
        """There is a new look at the lake."""
        self._found, self.stored = {}, 0
        self.version += 1

    @property
    def lately(self) -> int:
        """Attempts that ended within the last minute."""
        self._forget(asyncio.get_running_loop().time())
        return sum(count for _, count in self._seconds)

    def now(self, rows: Sequence[Coverage]) -> Sequence[Coverage]:
        """`rows` of the last pass as they are by now."""
        return [_with(row, self._found.get((row.source, row.data_type, row.season))) for row in rows]

    def _count(self, events: Sequence[Event]) -> None:
        time = asyncio.get_running_loop().time()
        for event in events:
            self.version += 1
            if isinstance(event, PassDone):
                self.begin()
            elif isinstance(event, TaskSettled) and event.outcome.verdict is not Verdict.RELEASED:
                self._attempted(int(time))
                if event.outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED):
                    task = event.task
                    self._found.setdefault((task.source, task.data_type, task.season), Counter())[task.kind] += 1
                    self.stored += event.outcome.verdict is Verdict.STORED
        self._forget(time)

    def _attempted(self, second: int) -> None:
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0])
        self._seconds[-1][1] += 1

    def _forget(self, time: float) -> None:
        while self._seconds and self._seconds[0][0] < time - LATELY_SECONDS:
            self._seconds.popleft()


def _with(row: Coverage, found: Counter[GapKind] | None) -> Coverage:
    """`row` after so many gaps of each kind were filled.

    >>> seen = _with(Coverage("a", "b", None, expected=5, stored=2, missing=3), Counter({GapKind.MISSING: 2}))
    >>> seen.stored, seen.missing, seen.verified
    (4, 1, 2)
    """
    if not found:
        return row
    # an object that was asked for by `force` was no gap
    filled = {kind: min(found[kind], getattr(row, kind.value)) for kind in GapKind}
    return replace(
        row,
        stored=row.stored + filled[GapKind.MISSING],
        verified=row.verified + sum(filled.values()) - filled[GapKind.STALE],
        **{kind.value: getattr(row, kind.value) - count for kind, count in filled.items()},
    )
