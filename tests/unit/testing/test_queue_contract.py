"""The suite itself: it finds each of these broken queues out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Self

import pytest

from adce_async.model.task import Origin, Outcome, Task
from adce_async.ports import TaskQueue
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.queue_contract import TaskQueueContract


class DropsLeased(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        await super().replace(tasks)
        self._tasks = {key: t for key, t in self._tasks.items() if key in {t.key for t in tasks}}
        self._leases = {key: until for key, until in self._leases.items() if key in self._tasks}


class NeverDrops(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        await self.add(tasks)


class ForgetsAttempts(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        await super().replace(tasks)
        self._tasks |= {t.key: t for t in tasks if t.key in self._tasks}


class PlansOverAsks(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        self._tasks = {key: replace(t, origin=Origin.PLAN) for key, t in self._tasks.items()}
        await super().replace(tasks)


class UnparksAll(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        self._parked.clear()
        await super().replace(tasks)


class LeasesToAll(MemoryQueue):
    async def lease(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Task]:
        return [self._tasks[key] for key in keys if key in self._tasks]


class KeepsLeases(MemoryQueue):
    async def __aenter__(self) -> Self:
        return self


class SettlesAll(MemoryQueue):
    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        self._leases |= {o.key: 0.0 for o in outcomes if o.key in self._tasks}
        await super().settle(outcomes)


class NoAges(MemoryQueue):
    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        return dict.fromkeys(keys, now)


async def broken_laws(kind: type[MemoryQueue]) -> list[str]:
    class Suite(TaskQueueContract):
        def __init__(self) -> None:
            self.queue = kind()

        @asynccontextmanager
        async def open(self) -> AsyncIterator[TaskQueue]:
            async with self.queue:
                yield self.queue

    broken = []
    for name in [name for name in dir(Suite) if name.startswith("test_")]:
        try:
            await getattr(Suite(), name)()
        except (AssertionError, KeyError):
            broken.append(name)
    return broken


async def test_a_good_queue_breaks_no_law() -> None:
    assert await broken_laws(MemoryQueue) == []


@pytest.mark.parametrize(
    "kind",
    [
        DropsLeased,
        NeverDrops,
        ForgetsAttempts,
        PlansOverAsks,
        UnparksAll,
        LeasesToAll,
        KeepsLeases,
        SettlesAll,
        NoAges,
    ],
)
async def test_a_broken_queue_is_found_out(kind: type[MemoryQueue]) -> None:
    assert await broken_laws(kind)
