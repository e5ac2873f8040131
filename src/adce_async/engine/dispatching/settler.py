"""What was begun, and what came of it, on its way into the durable queue.

What is stored is on disk before the queue forgets it: the lake is flushed first. What a crash in between loses, the
next pass finds: the lake is the truth, and what is stored there is planned no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from adce_async.engine.collecting.doubts import Doubts
from adce_async.errors import QueueError, StoreError
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.ports import AttemptRecord, Clock, History, ObjectStore, TaskQueue

MOST_UNSETTLED = 1000
"""Attempts whose outcome is not committed yet; nothing new starts beyond."""


@dataclass(slots=True)
class Done:
    """An attempt that has ended: how long it took (seconds), how much it read (bytes)."""

    tasks: Sequence[Task]
    outcomes: Sequence[Outcome]
    seconds: float
    size: int


class Settler:
    """Commits in groups. `keep`: awaited with each commit, for what else has to be durable by then."""

    def __init__(
        self,
        queue: TaskQueue,
        store: ObjectStore,
        history: History,
        clock: Clock,
        keep: Callable[[], Awaitable[None]] | None,
        doubts: Doubts | None,
    ) -> None:
        self._queue = queue
        self._store = store
        self._history = history
        self._clock = clock
        self._keep = keep
        self._doubts = doubts
        self._begun: list[str] = []
        self._done: list[Done] = []
        self.trouble = ""
        """Why the last commit failed; '' if it did not."""

    def begin(self, keys: Iterable[str]) -> None:
        """Attempts of these were started."""
        self._begun.extend(keys)

    def end(self, done: Done) -> None:
        """One has ended."""
        self._done.append(done)

    def __len__(self) -> int:
        """Attempts that have ended and are not settled."""
        return len(self._done)

    @property
    def holds_back(self) -> bool:
        """True while nothing may start: what can't be committed must not pile up."""
        return bool(self.trouble) or len(self._done) >= MOST_UNSETTLED

    def keys(self) -> Iterator[str]:
        """Of what has ended and is not settled: the queue does not know yet."""
        return (outcome.key for entry in self._done for outcome in entry.outcomes)

    async def commit(self, lease: float) -> tuple[Sequence[Done], Sequence[Task]]:
        """What was settled now, and tasks that came back into the queue by it; `lease`: seconds of what was begun.

        Where that fails all of it is kept for the next time, and `trouble` says why.
        """
        begun, done = list(self._begun), list(self._done)
        outcomes = [outcome for entry in done for outcome in entry.outcomes]
        now = self._clock.now()
        try:
            if any(outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED) for outcome in outcomes):
                await self._store.flush()
            if self._keep is not None:  # before what must not happen twice, should it fail
                await self._keep()
            # together: the adapter makes one transaction of them, in this order
            await asyncio.gather(
                self._queue.lease(begun, now=now, until=now + lease),
                self._queue.settle(outcomes),
                self._history.record([attempt for entry in done for attempt in _attempts_of(entry)]),
            )
            back = await self._doubts.settle(self._queue) if self._doubts is not None else []
        except (QueueError, StoreError) as error:
            self.trouble = str(error)
            return (), ()
        self.trouble = ""
        del self._begun[: len(begun)], self._done[: len(done)]
        return done, back


def _attempts_of(entry: Done) -> list[AttemptRecord]:
    tasks = {task.key: task for task in entry.tasks}
    return [
        AttemptRecord(
            key=outcome.key,
            source=tasks[outcome.key].source,
            scraper=tasks[outcome.key].scraper,
            verdict=outcome.verdict.value,
            reason=outcome.reason,
            at=outcome.at,
            seconds=entry.seconds,
            bytes=entry.size,
        )
        for outcome in entry.outcomes
        if outcome.verdict is not Verdict.RELEASED or outcome.reason
    ]
