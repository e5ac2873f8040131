from __future__ import annotations

import asyncio
import math

from tests.unit.engine.judged import Wall

from adce_async.engine.dispatching.settler import (
    GROUP_SECONDS,
    MOST_UNSETTLED,
    SLOW_SECONDS,
    TROUBLE_SECONDS,
    Done,
    Settler,
)
from adce_async.engine.events import Events, OutcomeRefused, Subscription, TaskSettled
from adce_async.errors import QueueError, StoreError
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.queue_contract import task


class Desk:
    """A settler over parts in memory, which can fail or hang; `order` is what was called."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.broken: Exception | None = None
        self.seconds = 0.0
        self.told: dict[str, str] = {}
        self.promises: dict[str, float] = {}
        self.settled: list[str] = []
        desk = self

        class Store(MemoryStore):
            durable_put = False

            async def flush(self) -> None:
                desk.order.append("flush")
                await asyncio.sleep(desk.seconds)
                if isinstance(desk.broken, StoreError):
                    raise desk.broken

        class Queue(MemoryQueue):
            async def settle(self, outcomes):
                desk.order.append("settle")
                if isinstance(desk.broken, QueueError):
                    raise desk.broken
                return await super().settle(outcomes)

        self.queue, self.events = Queue(), Events()
        self.heard = Subscription("desk", (TaskSettled, OutcomeRefused), 1000)
        self.events.add(self.heard)
        self.settler = Settler(
            queue=self.queue,
            store=Store(),
            events=self.events,
            keepers=[self],
            doubts=None,
            now=Wall().now,
            tell=self.told.__setitem__,
            beat=lambda name, within, _detail: self.promises.__setitem__(name, within),
            poke=lambda: None,
            on_settled=lambda done, _back: self.settled.extend(o.key for each in done for o in each.outcomes),
        )

    async def keep(self) -> None:
        """(As a keeper.)"""
        self.order.append("keep")

    async def ended(self, key: str, verdict: Verdict = Verdict.STORED, *, until: float = math.inf) -> None:
        await self.queue.add([task(key)])
        for claim in await self.queue.claim([key], now=0.0, until=until):
            self.settler.hold(key, claim.token)
        self.settler.end(Done([task(key)], [Outcome(key, verdict, "because", at=1.0)], 0.5, 100))


async def test_what_was_stored_is_on_disk_before_the_queue_forgets_it() -> None:
    desk = Desk()
    await desk.ended("a")
    assert list(desk.settler.keys()) == ["a"]
    assert await desk.settler.commit()
    assert desk.order == ["flush", "keep", "settle"]
    assert (len(desk.settler), (await desk.queue.counts()).queued, desk.settled) == (0, 0, ["a"])
    assert [event.task.key for event in desk.heard.take()] == ["a"]


async def test_where_nothing_was_stored_the_lake_is_left_alone() -> None:
    desk = Desk()
    await desk.ended("a", Verdict.RETRY)
    await desk.settler.commit()
    assert desk.order == ["keep", "settle"]


async def test_what_cannot_be_committed_is_kept_and_holds_back_until_it_can() -> None:
    desk = Desk()
    await desk.ended("a")
    for trouble in (QueueError("disk full"), StoreError("lake gone")):
        desk.broken = trouble
        assert not await desk.settler.commit()
        assert (desk.settler.trouble, desk.settler.holds_back, len(desk.settler)) == (str(trouble), True, 1)
        assert str(trouble) in desk.told["queue"]
    await desk.ended("b", Verdict.PARKED)
    desk.broken = None
    assert await desk.settler.commit()
    assert desk.settled == ["a", "b"]
    assert (desk.settler.trouble, desk.settler.holds_back, desk.told["queue"]) == ("", False, "")
    assert [parked.key for parked in await desk.queue.parked()] == ["b"]


async def test_no_more_than_a_bound_is_unsettled() -> None:
    desk = Desk()
    for number in range(MOST_UNSETTLED):
        assert not desk.settler.holds_back
        await desk.ended(str(number), Verdict.RELEASED)
    assert desk.settler.holds_back


async def test_an_outcome_whose_claim_was_lost_is_refused_and_counted() -> None:
    desk = Desk()
    await desk.ended("a", until=10.0)
    (taken,) = await desk.queue.claim(["a"], now=20.0, until=30.0)  # by somebody else
    await desk.ended("b")
    assert await desk.settler.commit()
    assert desk.settled == ["b"]
    assert desk.settler.tally.refused == 1
    refused, settled = desk.heard.take()
    assert (type(refused), refused.task.key, settled.task.key) == (OutcomeRefused, "a", "b")
    assert await desk.queue.settle([Outcome("a", Verdict.STORED, token=taken.token)]) == []  # theirs counts


async def test_a_commit_that_hangs_holds_everything_back_and_has_promised_to_end() -> None:
    desk = Desk()
    desk.seconds = 3600.0
    async with asyncio.TaskGroup() as group:
        running = group.create_task(desk.settler.run())
        await desk.ended("a")
        await asyncio.sleep(GROUP_SECONDS + SLOW_SECONDS + 0.1)
        assert desk.settler.holds_back
        assert desk.promises["settler"] <= 60.0
        running.cancel()


async def test_what_failed_is_tried_again_by_itself() -> None:
    desk = Desk()
    desk.broken = QueueError("disk full")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(desk.settler.run())
        await desk.ended("a")
        await asyncio.sleep(1.0)
        assert desk.settled == []
        desk.broken = None
        await asyncio.sleep(TROUBLE_SECONDS)
        assert desk.settled == ["a"]
        running.cancel()


async def test_claims_are_renewed_as_long_as_they_are_held() -> None:
    desk = Desk()
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(desk.settler.renew(lambda: 60.0))
        await desk.queue.add([task("a")])
        start = Wall().now()
        (claim,) = await desk.queue.claim(["a"], now=start, until=start + 60.0)
        desk.settler.hold("a", claim.token)
        await asyncio.sleep(100.0)
        assert await desk.queue.claim(["a"], now=Wall().now(), until=math.inf) == []
        desk.settler.forget(["a", "unknown"])
        await asyncio.sleep(100.0)
        assert len(await desk.queue.claim(["a"], now=Wall().now(), until=math.inf)) == 1
        renewing.cancel()
