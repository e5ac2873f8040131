from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.world import Items, World, items_of, per
from tests.unit.engine.judged import now

from adce_async.engine.dispatching import dispatcher
from adce_async.engine.dispatching.pool import FEW, PoolRules
from adce_async.engine.kept_alive import RESTART_SECONDS, LoopDiedError
from adce_async.model.limits import Limits
from adce_async.model.task import Verdict
from adce_async.planning.dispatch import decide
from adce_async.ports import QueueCounts
from adce_async.testing.memory_queue import MemoryQueue

FOR_LONG = sum(RESTART_SECONDS) + 60.0


class Queue(MemoryQueue):
    """`failures` calls of `settle` (or of `renew`) meet a bug."""

    def __init__(self, failures: int = 0, *, renewals: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self.renewals = renewals

    async def settle(self, outcomes):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a bug in settle")
        return await super().settle(outcomes)

    async def renew(self, tokens, until):
        if self.renewals:
            self.renewals -= 1
            raise RuntimeError("a bug in renew")
        return await super().renew(tokens, until)


def world(folder: Path, count: int = 5, limits: Limits | None = None, **options: Any) -> World:
    return World(folder, [items_of("ant", count)], {"ant": limits or per(1000, 1.0, burst=100)}, **options)


def decisions_that_fail(monkeypatch: pytest.MonkeyPatch, which: Sequence[int]) -> list[float]:
    """When the dispatcher decided; those of `which` (from 0) meet a bug."""
    times: list[float] = []

    def frail(*args: Any, **named: Any) -> object:
        times.append(now())
        if len(times) - 1 in which:
            raise RuntimeError("a bug in decide")
        return decide(*args, **named)

    monkeypatch.setattr(dispatcher, "decide", frail)
    return times


# --- parts that die ---------------------------------------------------------------------------------------------------


async def test_a_settler_that_dies_is_named_begins_again_and_nothing_is_lost(tmp_path) -> None:
    queue = Queue(failures=1)
    w = world(tmp_path, queue=queue)
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(0.5)
        assert await w.keys() == {f"ant/{n}.json" for n in range(5)}
        assert w.outcomes == []
        (name, text), *_ = w.troubles
        assert name == "loop settler"
        assert re.match("died: .*a bug in settle.*; started again in 1 s", text)
        await w.pool.drained(60.0)  # by itself: nothing else ends that could wake it
        assert now() < 10.0
        assert len(w.outcomes) == 5
        assert (await queue.counts()).queued == 0
        assert w.parts.health.troubles("loop settler") == []
    assert w.pool.tally.by_verdict == {"stored": 5}
    assert len(w.sources.log) == 5


async def test_a_dispatcher_that_dies_in_the_midst_of_its_choice_is_named_begins_again_and_loses_nothing(
    tmp_path, monkeypatch
) -> None:
    w = world(tmp_path)
    times = decisions_that_fail(monkeypatch, [1])  # the first one has picked a task
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(0.5)
        assert w.sources.log == []
        (name, text), *_ = w.troubles
        assert name == "loop pool"
        assert re.match("died: .*a bug in decide.*; started again in 1 s", text)
        await w.pool.drained(60.0)
        assert w.parts.health.troubles("loop pool") == []
    assert times[2] == 1.0
    assert len(w.sources.log) == 5
    assert (await w.look()).complete


async def test_who_renews_claims_may_die_and_they_are_still_held(tmp_path) -> None:
    w = world(tmp_path, 1, queue=(queue := Queue(renewals=1)), script=lambda _ask: 55.0)
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(40.0)  # it died after 30 s, and looks again 30 s after its second start
        assert [name for name, _ in w.troubles] == ["loop claims"]
        await asyncio.sleep(16.0)
        assert w.pool.tally.refused == 0
        assert w.pool.tally.by_verdict == {"retry": 1}
    assert queue.renewals == 0


@pytest.mark.parametrize("part", ["settler", "pool"])
async def test_a_part_that_keeps_dying_ends_the_pool_with_one_error_that_names_it(
    tmp_path, monkeypatch, part: str
) -> None:
    w = world(tmp_path, queue=Queue(failures=1000 if part == "settler" else 0))
    if part == "pool":
        decisions_that_fail(monkeypatch, range(1000))
    await w.look()
    with pytest.raises(LoopDiedError, match=f"^{part} died: .*, the 5th time in a row"):
        async with w.pool.running():
            await asyncio.sleep(FOR_LONG)
    assert now() < FOR_LONG
    assert (await w.queue.counts()).queued + (await w.queue.counts()).leased == 5


async def test_two_parts_that_keep_dying_are_one_error_too(tmp_path, monkeypatch) -> None:
    w = world(tmp_path, queue=Queue(failures=1000))
    decisions_that_fail(monkeypatch, range(10, 1000))
    await w.look()
    with pytest.raises(LoopDiedError):
        async with w.pool.running():
            await asyncio.sleep(FOR_LONG)


async def test_a_last_commit_that_meets_a_bug_is_named_and_the_rest_of_the_end_goes_on(tmp_path) -> None:
    w = world(tmp_path, 1, queue=(queue := Queue()))
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(0.12)  # it has ended and is not committed
        queue.failures = 1
    assert await w.keys() == {"ant/0.json"}  # so the next pass plans it no more
    assert [name for name, _ in w.troubles] == ["queue"]
    assert (await w.look()).complete


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_leaving_it_starts_nothing_new_and_lets_what_runs_end(tmp_path) -> None:
    w = world(tmp_path, 20, size=2, latency=3.0)
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(1.0)
    assert now() == pytest.approx(3.0, abs=0.1)
    assert [outcome.verdict for _, outcome in w.outcomes] == [Verdict.STORED] * 2
    assert len(w.sources.log) == 2
    assert await w.queue.counts() == QueueCounts(queued=18, leased=0, parked=0)


async def test_what_takes_longer_than_the_grace_is_released(tmp_path) -> None:
    w = world(tmp_path, 1, latency=50.0, grace=5.0)
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(1.0)
    assert now() == pytest.approx(6.0, abs=0.1)
    assert [outcome.verdict for _, outcome in w.outcomes] == [Verdict.RELEASED]
    assert (await w.queue.counts()).queued == 1


async def test_who_is_cancelled_twice_has_no_more_grace_and_what_ran_is_settled_all_the_same(tmp_path) -> None:
    w = world(tmp_path, 1, latency=50.0, grace=40.0)
    await w.look()

    async def run() -> None:
        async with w.pool.running():
            await asyncio.Event().wait()

    running = asyncio.ensure_future(run())
    await asyncio.sleep(1.0)
    running.cancel()
    await asyncio.sleep(1.0)
    assert not running.done()  # the first one has its grace
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert now() < 3.0
    assert [outcome.verdict for _, outcome in w.outcomes] == [Verdict.RELEASED]


async def test_it_can_be_run_again(tmp_path) -> None:
    w = world(tmp_path)
    await w.look()
    w.pool.hold("test", "why not")
    async with w.pool.running():
        await asyncio.sleep(1.0)
    w.pool.hold("test", "")
    async with w.pool.running():
        await w.pool.drained(10.0)
    assert len(await w.keys()) == 5


# --- what others see and set ------------------------------------------------------------------------------------------


async def test_it_says_what_runs_what_waits_and_in_which_order(tmp_path) -> None:
    w = world(tmp_path, 3, per(1, 600.0))
    await w.look()
    assert (w.pool.waiting, len(w.pool.in_order()), w.pool.seconds_to_next()) == (3, 3, 0.0)
    async with w.pool.running():
        await w.pool.busy()
        assert now() == 0.0
        ((first,),) = w.pool.running_tasks.values()
        assert first not in w.pool.in_order()
        assert w.pool.waiting == 2
        await w.pool.drained(60.0)
        assert now() < 1.0
        assert w.pool.seconds_to_next() == pytest.approx(600.0, abs=1.0)


async def test_what_is_in_hand_does_not_come_back_with_a_look_at_the_queue(tmp_path) -> None:
    w = world(tmp_path, 1, latency=5.0)
    await w.look()
    async with w.pool.running():
        for _ in range(60):  # while it runs, while it is settled
            await asyncio.sleep(0.1)
            await w.pool.refresh()
    assert len(w.sources.log) == 1


async def test_what_is_being_claimed_does_not_come_back_with_a_look_at_the_queue(tmp_path) -> None:
    class Slow(Queue):
        async def claim(self, keys, *, now, until):
            await asyncio.sleep(1.0)
            return await super().claim(keys, now=now, until=until)

    w = world(tmp_path, 1, queue=Slow())
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(0.5)
        await w.pool.refresh()
        assert w.pool.waiting == 0
        await w.pool.drained(10.0)
    assert len(w.sources.log) == 1


async def test_paused_it_starts_nothing_and_goes_on_when_told(tmp_path) -> None:
    w = world(tmp_path)
    await w.look()
    w.pool.hold("test", "why not")
    async with w.pool.running():
        await asyncio.sleep(100.0)
        assert (bool(w.pool.held), w.sources.log) == (True, [])
        w.pool.hold("test", "")
        await w.pool.drained(10.0)
    assert w.sources.log[0].at == 100.0


async def test_it_works_only_on_what_is_wanted(tmp_path) -> None:
    w = world(tmp_path)
    w.pool.select(lambda task: task.key == "ant/3.json")
    await w.look()
    async with w.pool.running():
        await w.pool.drained(10.0)
    assert await w.keys() == {"ant/3.json"}


async def test_another_size_holds_at_once_while_it_works(tmp_path) -> None:
    w = world(tmp_path, 60, size=1, latency=1.0)
    await w.look()
    async with w.pool.running():
        await asyncio.sleep(2.5)
        assert w.sources.most_under_way == 1
        w.pool.apply(PoolRules(size=4))
        await asyncio.sleep(3.0)
        assert w.sources.most_under_way == 4
        w.pool.apply(PoolRules(size=2))
        await asyncio.sleep(1.2)
        w.sources.most_under_way = 0
        await asyncio.sleep(3.0)
        assert w.sources.most_under_way == 2


async def test_a_large_queue_is_put_in_order_aside_and_done_in_the_same_way(tmp_path) -> None:
    w = world(tmp_path, FEW + 1, latency=0.0)
    await w.look()
    assert w.pool.waiting == FEW + 1
    async with w.pool.running():
        await w.pool.dry()
    assert w.pool.tally.by_verdict == {"stored": FEW + 1}


async def test_stalled_is_who_has_come_to_nothing_but_again_for_so_long(tmp_path) -> None:
    def refuses(ask):
        return b'{"id": "0"}' if ask.at < 20.0 else 1.0

    class Slow(Items):
        async def scrape(self, task, ctx):
            await asyncio.sleep(10.0)
            await super().scrape(task, ctx)

    w = world(tmp_path, 1, script=refuses, kind=Slow)
    await w.look()
    async with w.pool.running():
        await w.pool.stalled(100.0)
    assert now() == pytest.approx(110.15, abs=0.2)  # from the one that was stored on


@pytest.mark.parametrize("error", [ValueError("mine"), asyncio.CancelledError()])
async def test_what_the_block_raises_comes_out_as_it_is_after_all_is_settled(tmp_path, error: BaseException) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)}, latency=5.0)
    await world.look()
    with pytest.raises(type(error)) as caught:
        async with world.pool.running():
            await asyncio.sleep(1.0)
            raise error
    assert caught.value is error
    assert len(world.outcomes) >= 1  # what was under way had its grace
    assert (await world.queue.counts()).leased == 0
