from __future__ import annotations

from tests.unit.engine.judged import Wall

from adce_async.engine.dispatching.settler import MOST_UNSETTLED, Done, Settler
from adce_async.errors import QueueError, StoreError
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryHistory, MemoryQueue
from adce_async.testing.memory_store import MemoryStore


class Desk:
    """A settler over parts in memory, which can fail; `order` is what was called."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.broken: Exception | None = None
        desk = self

        class Store(MemoryStore):
            async def flush(self) -> None:
                desk.order.append("flush")
                if isinstance(desk.broken, StoreError):
                    raise desk.broken

        class Queue(MemoryQueue):
            async def settle(self, outcomes):
                desk.order.append("settle")
                if isinstance(desk.broken, QueueError):
                    raise desk.broken
                return await super().settle(outcomes)

        self.queue, self.history = Queue(), MemoryHistory()
        self.settler = Settler(self.queue, Store(), self.history, Wall(), None, None)

    async def ended(self, key: str, verdict: Verdict = Verdict.STORED) -> Done:
        done = Done([task(key)], [Outcome(key, verdict, "because", at=1.0)], 0.5, 100)
        await self.queue.add(done.tasks)
        self.settler.begin([key])
        self.settler.end(done)
        return done


async def test_what_was_stored_is_on_disk_before_the_queue_forgets_it() -> None:
    desk = Desk()
    done = await desk.ended("a")
    assert list(desk.settler.keys()) == ["a"]
    assert await desk.settler.commit(60.0) == ([done], [])
    assert desk.order == ["flush", "settle"]
    assert (len(desk.settler), (await desk.queue.counts()).queued) == (0, 0)
    assert [attempt.key for attempt in await desk.history.recent()] == ["a"]


async def test_where_nothing_was_stored_the_lake_is_left_alone() -> None:
    desk = Desk()
    await desk.ended("a", Verdict.RETRY)
    await desk.settler.commit(60.0)
    assert desk.order == ["settle"]


async def test_what_cannot_be_committed_is_kept_and_holds_back_until_it_can() -> None:
    desk = Desk()
    first = await desk.ended("a")
    for trouble in (QueueError("disk full"), StoreError("lake gone")):
        desk.broken = trouble
        assert await desk.settler.commit(60.0) == ((), ())
        assert (desk.settler.trouble, desk.settler.holds_back, len(desk.settler)) == (str(trouble), True, 1)
    second = await desk.ended("b", Verdict.PARKED)
    desk.broken = None
    assert await desk.settler.commit(60.0) == ([first, second], [])
    assert (desk.settler.trouble, desk.settler.holds_back) == ("", False)
    assert [parked.key for parked in await desk.queue.parked()] == ["b"]


async def test_no_more_than_a_bound_is_unsettled() -> None:
    desk = Desk()
    for number in range(MOST_UNSETTLED):
        assert not desk.settler.holds_back
        await desk.ended(str(number), Verdict.RELEASED)
    assert desk.settler.holds_back
