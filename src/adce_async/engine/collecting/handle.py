"""One attempt in one hand: its tasks, its slot, its deadline, its tokens. It goes from the runner down to the wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from adce_async.engine.collecting.deadline import standing_still
from adce_async.engine.fetching.asker import Wait
from adce_async.model.task import Task


class Slot(Protocol):
    """A place in the pool, as an attempt sees it."""

    def stepped_out(self, wait: Wait) -> AbstractAsyncContextManager[None]:
        """Without it, while the block runs; it is waited for at the end."""
        ...


class AttemptHandle:
    """An attempt at `tasks`, which one request serves. It is its own `fetching.asker.Asker`."""

    def __init__(self, tasks: Sequence[Task], *, permits: int = 0, slot: Slot | None = None) -> None:
        """`permits`: tokens that the dispatcher took before it started us; `slot`: None where there is no pool."""
        self.tasks = tuple(tasks)
        self.scraper = tasks[0].scraper if tasks else ""
        self.permits = permits
        self.waited = 0.0
        self._slot = slot
        self._deadline: asyncio.Timeout | None = None
        self._wait: Wait | None = None

    def within(self, seconds: float) -> asyncio.Timeout:
        """`async with`: TimeoutError if the block takes longer than `seconds`, without what it waits for tokens."""
        self._deadline = asyncio.timeout(seconds)
        return self._deadline

    @contextlib.asynccontextmanager
    async def stepped_out(self, wait: Wait) -> AsyncIterator[None]:
        """Without its slot, and without its deadline, which has nothing to do with such waits.

        What is cancelled, or fails, meanwhile does not get its slot back: it has no more use for it.
        """
        with standing_still(self._deadline) if self._deadline else contextlib.nullcontext():
            async with self._slot.stepped_out(wait) if self._slot else contextlib.nullcontext():
                self._wait = wait
                try:
                    yield
                finally:
                    self._wait = None

    def wait(self) -> float:
        """Seconds that what it waits for outside of its slot will take still; 0 if it does not."""
        return self._wait() if self._wait is not None else 0.0
