"""The suite itself: it finds each of these broken queues out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Self

import pytest

from adce_async.model.task import Claim, Origin, Outcome, Task
from adce_async.ports import TaskQueue
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.queue_contract import TaskQueueContract


class DropsLeased(MemoryQueue):
    async def replace(self, tasks: Sequence[Task]) -> None:
        await super().replace(tasks)
        self._tasks = {key: t for key, t in self._tasks.items() if key in {t.key for t in tasks}}
        self._claims = {key: held for key, held in self._claims.items() if key in self._tasks}


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


class GivesToAll(MemoryQueue):
    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        for key in keys:
            self._claims.pop(key, None)
        return await super().claim(keys, now=now, until=until)


class KeepsClaims(MemoryQueue):
    async def __aenter__(self) -> Self:
        return self


class CountsFromOneAgain(MemoryQueue):
    async def __aenter__(self) -> Self:
        self._last_token = 0
        return await super().__aenter__()


class RemembersTokensOfTasksOnly(MemoryQueue):
    async def __aenter__(self) -> Self:
        self._last_token = max((token for _, token in self._claims.values()), default=0)
        return await super().__aenter__()


class LosesWhatRanOutAtAnyClaim(MemoryQueue):
    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        self._lose([key for key, (ends, _) in self._claims.items() if ends < now])
        return await super().claim(keys, now=now, until=until)


class SettlesWhatAnotherHolds(MemoryQueue):
    def _holds(self, key: str, token: int) -> bool:
        return key in self._claims


class SettlesWhatNobodyHolds(MemoryQueue):
    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        self._claims |= {o.key: (0.0, o.token) for o in outcomes if o.key in self._tasks.keys() - self._claims.keys()}
        return await super().settle(outcomes)


class RefusesInSilence(MemoryQueue):
    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        await super().settle(outcomes)
        return []


class RefusesAllForOne(MemoryQueue):
    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        if all(self._holds(o.key, o.token) for o in outcomes):
            return await super().settle(outcomes)
        return [o.key for o in outcomes]


class RenewsInSilence(MemoryQueue):
    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        await super().renew(tokens, until)
        return []


class RenewsForAnybody(MemoryQueue):
    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        lost = await super().renew(tokens, until)
        await super().renew({key: self._claims[key][1] for key in lost if key in self._claims}, until)
        return lost


class Shortens(MemoryQueue):
    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        lost = await super().renew(tokens, until)
        self._claims |= {key: (until, token) for key, token in tokens.items() if key not in lost}
        return lost


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
        except (AssertionError, LookupError, ValueError):
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
        GivesToAll,
        KeepsClaims,
        CountsFromOneAgain,
        RemembersTokensOfTasksOnly,
        LosesWhatRanOutAtAnyClaim,
        SettlesWhatAnotherHolds,
        SettlesWhatNobodyHolds,
        RefusesInSilence,
        RefusesAllForOne,
        RenewsInSilence,
        RenewsForAnybody,
        Shortens,
        NoAges,
    ],
)
async def test_a_broken_queue_is_found_out(kind: type[MemoryQueue]) -> None:
    assert await broken_laws(kind)
