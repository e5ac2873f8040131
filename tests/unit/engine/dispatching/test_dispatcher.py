from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.unit.engine.dispatching.desk import DISK_FULL, LEASE, Desk, for_ever, of
from tests.unit.engine.judged import Wall, now, turn

from adce_async.engine.dispatching.dispatcher import CLAIM_SECONDS, MOST_IDLE_SECONDS, TROUBLE_SECONDS
from adce_async.errors import StoreError
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import AHEAD_TIER, Verdict
from adce_async.planning.backlog import Backlog
from adce_async.testing.example_tasks import task

MINE = {"fields": {"id": "same"}}
"""Of tasks that the same request serves."""


def free(desk: Desk) -> tuple[int, int, int]:
    """Slots that are free, tasks in the lane, tokens that are held or sent."""
    windows = desk.limiter.snapshot()["windows"].values()
    return desk.slots.free, desk.lane.running, sum(window["used"] for window in windows)


# --- claims -----------------------------------------------------------------------------------------------------------


async def test_nothing_starts_before_the_queue_has_said_that_it_is_ours() -> None:
    desk = Desk()
    desk.queue.seconds = 3.0
    await desk.add("a", "b")
    async with desk.working():
        await asyncio.sleep(2.9)
        assert desk.tries.began == []
        assert desk.dispatcher.is_claiming
        assert desk.dispatcher.picked_keys() == {"a", "b"}
        assert len(desk.dispatcher.backlog) == 0
        assert desk.slots.free == 1
        assert desk.looks[-1] == (0.0, CLAIM_SECONDS, "claiming 2 requests")
        await asyncio.sleep(0.2)
        assert not desk.dispatcher.is_claiming
        assert desk.tries.began == [(3.0, ["a"]), (3.0, ["b"])]
        assert desk.queue.asked == [0.0]  # once for both


async def test_what_started_is_ours_until_its_lease_ends() -> None:
    desk = Desk()
    desk.tries.script = for_ever
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(LEASE - 1.0)
        assert await desk.queue.claim(["a"], now=Wall().now(), until=math.inf) == []
        await asyncio.sleep(2.0)
        assert len(await desk.queue.claim(["a"], now=Wall().now(), until=math.inf)) == 1


async def test_what_comes_of_it_is_settled_under_that_claim() -> None:
    desk = Desk()
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(2.0)
        assert await desk.settler.commit()
    assert (desk.settler.tally.refused, (await desk.queue.counts()).queued) == (0, 0)


async def test_what_is_somebody_elses_gives_slot_lane_and_token_back_at_once() -> None:
    desk = Desk((1, 60.0), size=1)
    await desk.add("a")
    await desk.queue.claim(["a"], now=0.0, until=math.inf)
    async with desk.working():
        await turn()
        assert free(desk) == (1, 0, 0)
        assert len(desk.dispatcher.backlog) == 0  # whoever has it decides what becomes of it
        await desk.add("b")
        await asyncio.sleep(2.0)
    assert desk.tries.began == [(pytest.approx(0.0, abs=0.01), ["b"])]  # with that token


async def test_of_one_request_what_is_ours_is_started_without_the_rest() -> None:
    desk = Desk()
    await desk.add("a", "b", **MINE)
    await desk.queue.claim(["a"], now=0.0, until=math.inf)
    async with desk.working():
        await asyncio.sleep(2.0)
    assert [keys for _, keys in desk.tries.began] == [["b"]]
    assert desk.ended() == [("b", Verdict.STORED, "because")]


async def test_what_is_started_is_the_task_as_the_queue_has_it_now() -> None:
    desk = Desk()
    (mine,) = await desk.add("a")
    await desk.queue.add([task("a", reason="another one by now")])
    async with desk.working():
        await turn()
        ((running,),) = desk.runner.tasks.values()
        assert (mine.reason, running.reason) == ("older than a day: „Größe“", "another one by now")


# --- a queue that fails -----------------------------------------------------------------------------------------------


async def test_a_queue_that_fails_is_named_asked_again_after_five_seconds_and_nothing_is_lost() -> None:
    desk = Desk((3, 1.0), size=3, burst=3)
    desk.queue.broken = DISK_FULL
    await desk.add("a", "b", "c")
    async with desk.working():
        for _ in range(10):  # whatever happens meanwhile
            await asyncio.sleep(0.4)
            desk.wake.set()
        assert desk.queue.asked == [0.0]
        assert desk.told["queue"].startswith("disk full; nothing new starts until it can be written")
        assert (set(desk.dispatcher.backlog.keys()), desk.dispatcher.is_claiming) == ({"a", "b", "c"}, False)
        assert free(desk) == (3, 0, 0)
        await asyncio.sleep(2.0)
        assert desk.queue.asked == [0.0, TROUBLE_SECONDS]
        desk.queue.broken = None
        await asyncio.sleep(TROUBLE_SECONDS)
        assert desk.told["queue"] == ""
    assert sorted(desk.tries.began) == [(2 * TROUBLE_SECONDS, [key]) for key in "abc"]
    assert len(desk.queue.asked) == 3


async def test_what_a_failing_queue_gives_back_goes_into_the_backlog_of_then() -> None:
    desk = Desk()
    desk.queue.broken, desk.queue.seconds = DISK_FULL, 3.0
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(1.0)
        desk.dispatcher.backlog = Backlog(ScoreRules(), [task("new")])  # a pass is over
        await asyncio.sleep(3.0)
        assert set(desk.dispatcher.backlog.keys()) == {"a", "new"}


async def test_one_that_is_ended_while_it_claims_gives_everything_back() -> None:
    desk = Desk((2, 60.0), size=2, burst=2)
    desk.queue.seconds = 3.0
    await desk.add("a", "b")
    async with desk.working():
        await asyncio.sleep(1.0)
    assert set(desk.dispatcher.backlog.keys()) == {"a", "b"}
    assert free(desk) == (2, 0, 0)
    assert desk.tries.began == []


async def test_a_queue_that_can_be_asked_does_not_end_the_trouble_of_commits() -> None:
    desk = Desk()
    desk.settler.trouble = "the lake can't be flushed"
    desk.tell("queue", desk.settler.trouble)
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(2.0)
        assert desk.queue.asked == []  # what can't be committed must not pile up
        desk.settler.trouble = ""
        desk.wake.set()
        await turn()
        assert desk.queue.asked == [2.0]
        assert desk.told["queue"] == ""


async def test_nor_does_it_end_one_that_begins_while_it_asks() -> None:
    desk = Desk()
    desk.queue.seconds = 3.0
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(1.0)
        desk.settler.trouble = desk.told["queue"] = "the lake can't be flushed"
        await asyncio.sleep(3.0)
        assert desk.told["queue"] == "the lake can't be flushed"


# --- nothing polls ----------------------------------------------------------------------------------------------------


async def test_with_nothing_to_do_it_looks_once_in_five_minutes_and_has_promised_so() -> None:
    desk = Desk()
    async with desk.working():
        await asyncio.sleep(3600.0)
        assert [at for at, _, _ in desk.looks] == [n * MOST_IDLE_SECONDS for n in range(12)]
        assert {(within, detail) for _, within, detail in desk.looks} == {
            (MOST_IDLE_SECONDS + 30.0, "0 running, 0 waiting")
        }


async def test_waiting_for_a_bucket_takes_a_few_looks_a_request() -> None:
    desk = Desk((1, 60.0))
    await desk.add(*map(str, range(10)))
    async with desk.working():
        await asyncio.sleep(610.0)
        assert len(desk.tries.began) == 10
        # it sleeps until the token, starts, is woken by the end of the attempt, by what the limiter counts
        assert len(desk.looks) <= 60


async def test_full_slots_let_nothing_start_and_are_no_reason_to_look() -> None:
    desk = Desk(size=1)
    desk.tries.script = for_ever
    await desk.add("a", "b")
    async with desk.working():
        await turn()
        before = len(desk.looks)
        await asyncio.sleep(MOST_IDLE_SECONDS - 1.0)
        assert len(desk.looks) <= before + 1
        assert (desk.queue.asked, len(desk.dispatcher.backlog)) == ([0.0], 1)


async def test_whoever_wakes_it_is_served_at_once() -> None:
    desk = Desk()
    async with desk.working():
        await asyncio.sleep(100.0)
        await desk.add("a")
        await asyncio.sleep(2.0)
        assert desk.tries.began == [(100.0, ["a"])]


async def test_who_waits_for_the_end_of_work_is_told_at_each_look() -> None:
    desk = Desk()
    await desk.add("a")
    async with desk.working(), desk.dispatcher.looked:
        await desk.dispatcher.looked.wait_for(lambda: desk.ended() != [])
        assert now() == 1.0


async def test_what_is_delayed_starts_when_it_is_due() -> None:
    desk = Desk()
    await desk.add("a", not_before=Wall().now() + 42.0)
    async with desk.working():
        assert desk.dispatcher.seconds_to_next() == pytest.approx(42.0)
        await asyncio.sleep(50.0)
    assert desk.tries.began == [(pytest.approx(42.0), ["a"])]


# --- what holds it back -----------------------------------------------------------------------------------------------


async def test_paused_it_starts_nothing_new() -> None:
    desk = Desk()
    desk.dispatcher.held.hold("test", "why not")
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(1000.0)
        assert desk.queue.asked == []
        assert "nothing starts: why not" in desk.dispatcher._detail()
        desk.dispatcher.held.hold("test", "")
        desk.wake.set()
        await asyncio.sleep(2.0)
        assert desk.tries.began == [(1000.0, ["a"])]


async def test_told_to_stop_it_ends_and_starts_nothing_more() -> None:
    desk = Desk()
    async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
        group.create_task(desk.dispatcher.run())
        await turn()
        await desk.add("a")
        desk.dispatcher.stopping = True
    assert desk.queue.asked == []


async def test_while_the_lake_can_not_be_written_one_at_a_time_finds_out() -> None:
    desk = Desk()
    desk.tries.script = of(Verdict.RELEASED, answered=None, trouble=str(StoreError("no space left")))
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(2.0)
        await desk.add("b", "c", "d")
        await asyncio.sleep(60.0)
    assert desk.tries.began == [(0.0, ["a"]), (6.0, ["b"]), (17.0, ["c"]), (38.0, ["d"])]


async def test_what_is_not_ours_leaves_the_gate_of_the_lake_to_the_next_one() -> None:
    desk = Desk()
    desk.tries.script = of(Verdict.RELEASED, answered=None, trouble="no space left")
    await desk.add("a")
    async with desk.working():
        await asyncio.sleep(2.0)
        await desk.add("b")
        await desk.queue.claim(["b"], now=0.0, until=math.inf)
        await asyncio.sleep(6.0)
        assert len(desk.dispatcher.backlog) == 0  # it would have been the one
        await desk.add("c")
        await asyncio.sleep(2.0)
    assert desk.tries.began == [(0.0, ["a"]), (8.0, ["c"])]


async def test_seconds_to_next_is_the_wait_of_its_source_and_never_without_work() -> None:
    desk = Desk((1, 60.0))
    assert desk.dispatcher.seconds_to_next() == math.inf
    await desk.add("a")
    assert desk.dispatcher.seconds_to_next() == 0.0
    await desk.limiter.acquire()
    await turn()
    assert desk.dispatcher.seconds_to_next() == pytest.approx(60.0, abs=0.1)


async def test_a_long_wait_is_said_once_and_stands_in_its_signs_of_life() -> None:
    desk = Desk((1, 600.0))
    await desk.add("a", "b")
    with capture_logs() as lines:
        async with desk.working():
            await asyncio.sleep(500.0)
            desk.wake.set()
            await turn()
            assert "0 running, 1 waiting; ant in 1" in desk.looks[-1][2]
    said = [line for line in lines if line["event"] == "waiting"]
    assert len(said) == 1
    assert (said[0]["source"], said[0]["seconds"]) == ("ant", pytest.approx(600.0, abs=6.0))


async def test_nothing_starts_before_so_many_wait_and_then_all_are_worked_off() -> None:
    desk = Desk(size=1)
    desk.dispatcher.least = 3
    await desk.add("a", "b")
    async with desk.working():
        await asyncio.sleep(1000.0)
        assert desk.tries.began == []
        assert "nothing starts before 3 wait (min_tasks_to_trigger)" in desk.dispatcher._detail()
        await desk.add("c")
        await asyncio.sleep(100.0)
        assert [keys for _, keys in desk.tries.began] == [["a"], ["b"], ["c"]]
        await desk.add("d")  # the next ones wait for each other again
        await asyncio.sleep(1000.0)
        assert len(desk.tries.began) == 3


async def test_what_is_ahead_of_all_others_waits_for_no_others() -> None:
    desk = Desk(size=1)
    desk.dispatcher.least = 3
    await desk.add("a")
    (known,) = await desk.queue.tasks()
    final = replace(known, key="final", fields={"id": "final"}, tier=AHEAD_TIER)
    await desk.queue.add([final])
    async with desk.working():
        desk.dispatcher.backlog.add(final)
        desk.wake.set()
        await asyncio.sleep(10.0)
        assert desk.tries.began[0][1] == ["final"]
