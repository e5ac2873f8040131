from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs
from tests.unit.engine.dispatching.desk import Desk, for_ever, of
from tests.unit.engine.judged import now, turn

from adce_async.engine.collecting.attempt import Result
from adce_async.engine.dispatching.runner import LOOK_SECONDS, SLACK_SECONDS
from adce_async.engine.dispatching.slots import Slot
from adce_async.engine.events import BreakerClosed, BreakerOpened, TaskStarted
from adce_async.model.task import Task, Verdict
from adce_async.testing.example_tasks import task

A, B = task("a"), task("b")


def in_haste() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_an_attempt_has_a_slot_from_its_start_to_its_end_and_what_came_of_it_is_handed_over() -> None:
    desk = Desk(size=1)
    async with desk.runner.running():
        desk.start(A)
        assert (desk.runner.busy, desk.slots.free, desk.lane.running) == (1, 0, 1)
        assert desk.runner.tasks == {A.request: (A,)}
        started, *_ = desk.heard.take()
        assert isinstance(started, TaskStarted)
        assert started.tasks == (A,)
    assert now() == 1.0  # leaving it waits
    assert desk.ended() == [("a", Verdict.STORED, "because")]
    assert (desk.runner.busy, desk.slots.free, desk.lane.running, desk.runner.tasks) == (0, 1, 0, {})
    assert desk.lane.latency == 1.0


async def test_attempts_beyond_the_slots_wait_for_one() -> None:
    desk = Desk(size=1)
    async with desk.runner.running():
        desk.start(A)
        desk.start(B)
        await asyncio.sleep(0.5)
        assert [keys for _, keys in desk.tries.began] == [["a"]]
    assert desk.tries.began == [(0.0, ["a"]), (1.0, ["b"])]


async def test_what_it_waited_for_tokens_is_no_time_that_its_source_took() -> None:
    desk = Desk()
    desk.tries.script = of(Verdict.STORED, waited=0.75)
    async with desk.runner.running():
        desk.start(A)
    assert desk.lane.latency == 0.25


async def test_an_attempt_that_breaks_releases_its_tasks_and_ends_nobody() -> None:
    desk = Desk(size=2)

    async def breaks(tasks: Sequence[Task], slot: Slot) -> Result:
        if tasks[0] is A:
            raise ValueError("ours")
        return await of(Verdict.STORED)(tasks, slot)

    desk.tries.script = breaks
    with capture_logs() as lines:
        async with desk.runner.running():
            desk.start(A)
            desk.start(B)
    assert [(key, verdict) for key, verdict, _ in desk.ended()] == [("a", Verdict.RELEASED), ("b", Verdict.STORED)]
    assert desk.ended()[0][2].startswith("broke: ")
    assert "ours" in desk.ended()[0][2]
    assert desk.told["runner"].startswith("an attempt at a broke: ")
    assert [line["key"] for line in lines if line["event"] == "an attempt broke"] == ["a"]
    assert (desk.runner.busy, desk.slots.free, desk.lane.running) == (0, 2, 0)


async def test_attempts_at_a_source_that_answers_nobody_do_not_count() -> None:
    desk = Desk()
    desk.tries.script = of(Verdict.RETRY, answered=False)
    async with desk.runner.running():
        desk.start(A)  # the first failure opens this breaker
    assert desk.ended() == [("a", Verdict.RELEASED, "because")]
    opened = desk.heard.take()[-1]
    assert isinstance(opened, BreakerOpened)
    assert (opened.source, opened.retry_in, opened.why) == ("ant", 60.0, "because")
    await asyncio.sleep(60.0)
    desk.tries.script = of(Verdict.RETRY, answered=None)
    async with desk.runner.running():
        desk.start(A)
    assert [type(event) for event in desk.heard.take()] == [TaskStarted]  # nothing was learnt about the source
    desk.tries.script = of(Verdict.RETRY)
    async with desk.runner.running():
        desk.start(A)
    assert desk.ended()[-1] == ("a", Verdict.RETRY, "because")
    assert desk.heard.take()[-1] == BreakerClosed("ant")


async def test_a_lake_that_cannot_be_written_closes_its_gate() -> None:
    desk = Desk()
    desk.tries.script = of(Verdict.RELEASED, answered=None, trouble="no space left")
    async with desk.runner.running():
        desk.start(A)
    assert not desk.lake.is_open
    assert desk.told["lake"].startswith("no space left")


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_draining_waits_for_what_ends_within_the_grace() -> None:
    desk = Desk()
    async with desk.runner.running():
        desk.start(A)
        await desk.runner.drain(30.0, asyncio.Event())
        assert now() == 1.0  # and no longer
    assert desk.ended() == [("a", Verdict.STORED, "because")]


async def test_what_takes_longer_is_cancelled_and_released() -> None:
    desk = Desk(size=1)
    desk.tries.script = for_ever
    async with desk.runner.running():
        desk.start(A)
        desk.start(B)  # it waits for a slot
        await desk.runner.drain(30.0, asyncio.Event())
        assert now() == 30.0
        assert set(desk.ended()) == {(key, Verdict.RELEASED, "the service stopped") for key in "ab"}
    assert (desk.runner.busy, desk.slots.free) == (0, 1)


@pytest.mark.parametrize("hurry_at", [0.0, 5.0])
async def test_haste_ends_the_grace(hurry_at: float) -> None:
    desk, haste = Desk(), asyncio.Event()
    desk.tries.script = for_ever
    asyncio.get_running_loop().call_later(hurry_at, haste.set)
    async with desk.runner.running():
        desk.start(A)
        await desk.runner.drain(30.0, haste)
        assert now() == hurry_at
    assert desk.ended() == [("a", Verdict.RELEASED, "the service stopped")]


async def test_one_that_has_only_just_been_started_is_released_too() -> None:
    desk = Desk()
    desk.tries.script = for_ever
    async with desk.runner.running():
        desk.start(A)
        await desk.runner.drain(0.0, in_haste())
    assert desk.ended() == [("a", Verdict.RELEASED, "the service stopped")]
    assert (desk.runner.busy, desk.slots.free, desk.lane.running) == (0, 3, 0)


async def test_who_waits_outside_of_his_slot_gets_no_grace() -> None:
    desk = Desk()

    async def waits(tasks: Sequence[Task], slot: Slot) -> Result:
        if tasks[0] is A:
            async with slot.stepped_out(lambda: 3600.0):
                await asyncio.sleep(3600.0)
        return await of(Verdict.STORED)(tasks, slot)

    desk.tries.script = waits
    async with desk.runner.running():
        desk.start(A)
        desk.start(B)
        await turn()
        await desk.runner.drain(30.0, asyncio.Event())
        assert now() == 1.0
    assert desk.ended() == [("a", Verdict.RELEASED, "the service stopped"), ("b", Verdict.STORED, "because")]


async def test_one_that_is_cancelled_by_somebody_else_is_released_and_ends_nobody() -> None:
    desk = Desk()

    async def cancelled(tasks: Sequence[Task], slot: Slot) -> Result:
        if tasks[0] is A:
            raise asyncio.CancelledError
        return await of(Verdict.STORED)(tasks, slot)

    desk.tries.script = cancelled
    async with desk.runner.running():
        desk.start(A)
        desk.start(B)
    assert [(key, verdict) for key, verdict, _ in desk.ended()] == [("a", Verdict.RELEASED), ("b", Verdict.STORED)]


# --- what does not end ------------------------------------------------------------------------------------------------


async def test_an_attempt_that_does_not_end_is_named_until_it_has() -> None:
    desk, gate = Desk(), asyncio.Event()

    async def hangs(tasks: Sequence[Task], slot: Slot) -> Result:
        await gate.wait()
        return await of(Verdict.STORED)(tasks, slot)

    desk.tries.script = hangs
    async with desk.runner.running(), asyncio.TaskGroup() as group:
        looking = group.create_task(desk.runner.run())
        desk.start(A)
        await asyncio.sleep(desk.tries.seconds + SLACK_SECONDS - 1.0)
        assert desk.told["runner"] == ""
        await asyncio.sleep(2.0 + LOOK_SECONDS)
        assert desk.told["runner"].startswith("attempts that don't end: a for 1")
        gate.set()
        await asyncio.sleep(1.0 + LOOK_SECONDS)
        assert desk.told["runner"] == ""
        looking.cancel()


async def test_one_that_waits_for_a_token_is_not_named_and_can_be_told_from_those_at_work() -> None:
    desk = Desk()

    async def waits(_tasks: Sequence[Task], slot: Slot) -> Result:
        async with slot.stepped_out(lambda: 600.0):
            await asyncio.Event().wait()
        raise AssertionError

    desk.tries.script = waits
    async with desk.runner.running(), asyncio.TaskGroup() as group:
        looking = group.create_task(desk.runner.run())
        desk.start(A)
        await asyncio.sleep(3600.0)
        assert desk.told["runner"] == ""
        assert (desk.runner.waiting_long(120.0), desk.runner.waiting_long(1200.0)) == (1, 0)
        await desk.runner.drain(0.0, asyncio.Event())
        looking.cancel()
