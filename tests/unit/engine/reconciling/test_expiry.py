"""What was asked for through gaps.json is dropped when its time is over, and nothing else is."""

from __future__ import annotations

from adce_async.engine.reconciling.expiry import ASKED_AT, Expiry
from adce_async.model.days import DAY
from adce_async.model.task import Origin
from adce_async.testing.clock import FakeClock
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryQueue, MemoryState


class Desk:
    def __init__(self) -> None:
        self.queue, self.state, self.clock = MemoryQueue(), MemoryState(), FakeClock()
        self.expiry = Expiry(self.queue, self.state, self.clock)

    async def asked(self, seconds: float | None = 30 * DAY) -> set[str]:
        """What is left after a pass."""
        found = [each for each in await self.queue.tasks() if each.origin is Origin.FILE]
        left = {each.key for each in await self.expiry.drop(found, seconds)}
        assert left == {each.key for each in await self.queue.tasks() if each.origin is Origin.FILE}
        return left


async def test_what_has_not_come_in_time_is_dropped() -> None:
    desk = Desk()
    await desk.queue.add([task("old", origin=Origin.FILE, detected_at=0.0), task("planned")])
    assert await desk.asked() == {"old"}  # its gap is old, but it was asked for just now
    desk.clock.jump(20 * DAY)
    await desk.queue.add([task("young", origin=Origin.FILE)])
    assert await desk.asked() == {"old", "young"}
    desk.clock.jump(10 * DAY + 1)
    assert await desk.asked() == {"young"}
    assert {each.key for each in await desk.queue.tasks()} == {"young", "planned"}
    desk.expiry = Expiry(desk.queue, desk.state, desk.clock)  # a restart does not begin anew
    desk.clock.jump(20 * DAY)
    assert await desk.asked() == set()


async def test_without_an_end_nothing_is_dropped_and_a_clock_that_is_set_back_harms_nothing() -> None:
    desk = Desk()
    await desk.queue.add([task("a", origin=Origin.FILE)])
    desk.clock.jump(-1000 * DAY)
    assert await desk.asked() == {"a"}
    desk.clock.jump(1000 * DAY)
    assert await desk.asked(None) == {"a"}


async def test_what_somebody_works_on_stays() -> None:
    desk = Desk()
    await desk.queue.add([task("a", origin=Origin.FILE)])
    asked = list(await desk.queue.tasks())
    assert await desk.asked() == {"a"}
    desk.clock.jump(31 * DAY)
    now = desk.clock.now()
    await desk.queue.claim(["a"], now=now, until=now + 1000)
    assert await desk.expiry.drop(asked, 30 * DAY) == asked


async def test_what_is_remembered_wrongly_begins_anew() -> None:
    desk = Desk()
    await desk.state.set_text(ASKED_AT, "[1]")
    await desk.queue.add([task("a", origin=Origin.FILE)])
    assert await desk.asked() == {"a"}
