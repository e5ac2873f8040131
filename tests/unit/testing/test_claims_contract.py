"""Each law of claims is held by a test of the suite: see which one finds which queue out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from adce_async.model.task import Outcome
from adce_async.ports import TaskQueue
from adce_async.testing.claims_contract import ClaimsContract
from adce_async.testing.memory_queue import MemoryQueue


class TestAlone(ClaimsContract):
    """(The suite can be run without the rest of the queue's.)"""

    @pytest.fixture(autouse=True)
    def _queue(self) -> None:
        self.queue = MemoryQueue()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TaskQueue]:
        async with self.queue:
            yield self.queue


class SettlesLate(MemoryQueue):
    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        refused = await super().settle(outcomes)
        for key in refused:
            self._tasks.pop(key, None)
            self._claims.pop(key, None)
        return refused


async def test_a_late_outcome_that_counts_is_found_out() -> None:
    suite = TestAlone()
    suite.queue = SettlesLate()
    with pytest.raises(AssertionError):
        await suite.test_law_5_who_lost_a_claim_is_told_and_changes_nothing()
