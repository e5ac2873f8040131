from __future__ import annotations

import asyncio

import pytest
from tests.scenario.world import Items, World, echo, items_of, per

from adce_async.demo.limit_audit import lower_bound_seconds
from adce_async.errors import PermanentError
from adce_async.model.limits import Limits, Window
from adce_async.model.task import Verdict
from adce_async.testing.scripted import worst_window


async def test_a_slow_source_in_front_does_not_hold_up_a_fast_one(tmp_path) -> None:
    slow = items_of("espn", 100)  # higher scores
    fast = items_of("ant", 50)
    world = World(tmp_path, [slow, fast], {"espn": per(1, 60.0), "ant": per(10, 1.0)}, size=4)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(6.0)
        assert len(world.sources.sent("ant")) == 50
        assert len(world.sources.sent("espn")) == 1


async def test_who_waits_for_a_token_within_its_attempt_lends_its_slot(tmp_path) -> None:
    class Twice(Items):
        async def scrape(self, task, ctx):
            if task.source == "espn":  # as a redirect or a robots.txt does
                await ctx.fetch("https://espn.test/first")
            await super().scrape(task, ctx)

    limits = {"espn": per(1, 20.0), "ant": per(10, 2.0)}
    world = World(tmp_path, [items_of("espn", 5), items_of("ant", 50)], limits, size=1, latency=0.01, kind=Twice)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(11.0)
        assert len(world.sources.sent("ant")) == 50
        await world.pool.drained(60.0)
    assert len(world.sources.sent("espn")) == 10
    assert world.sources.most_under_way == 1  # a slot that comes back is waited for
    assert world.lanes["espn"].latency == pytest.approx(0.02)  # two requests, without the wait between them
    assert (await world.look()).complete


async def test_while_one_waits_for_something_of_its_source_no_others_begin(tmp_path) -> None:
    gate = asyncio.Event()

    class Waits(Items):
        async def scrape(self, task, ctx):
            async with ctx._handle.stepped_out(lambda: 0.0):  # as for a robots.txt that somebody else asks for
                await gate.wait()
            await super().scrape(task, ctx)

    world = World(tmp_path, [items_of("ant", 50)], {"ant": per(100, 1.0, burst=20)}, size=3, kind=Waits)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(5.0)
        assert len(world.pool.running_tasks) == 3
        gate.set()
        await world.pool.drained(10.0)
    assert len(await world.keys()) == 50
    assert world.sources.most_under_way == 3


async def test_an_attempt_that_is_out_of_its_slot_can_be_stopped(tmp_path) -> None:
    class Twice(Items):
        async def scrape(self, task, ctx):
            await ctx.fetch("https://espn.test/first")
            await super().scrape(task, ctx)

    world = World(tmp_path, [items_of("espn", 3)], {"espn": per(1, 600.0)}, size=1, kind=Twice, grace=5.0)
    await world.look()
    began = asyncio.get_running_loop().time()
    async with world.pool.running():
        await asyncio.sleep(10.0)
    assert asyncio.get_running_loop().time() - began < 16
    assert world.limiters["espn"].snapshot()["waiting"] == 0
    assert {outcome.verdict for _, outcome in world.outcomes} == {Verdict.RELEASED}


async def test_a_source_that_has_not_answered_yet_gets_one_slot_while_others_have_work(tmp_path) -> None:
    def script(ask):
        return 30.0 if ask.source == "espn" else echo(ask)

    limits = {"espn": per(10, 1.0, burst=10), "ant": per(10, 1.0)}
    world = World(tmp_path, [items_of("espn", 50), items_of("ant", 50)], limits, script, size=4, latency=0.28)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(4.8)
        assert len(world.sources.sent("ant")) >= 46  # its bound is 48; it had to answer once, too
        assert len(world.sources.sent("espn")) == 1
        await asyncio.sleep(1.0)
        assert len(world.sources.sent("ant")) == 50
        assert len(world.sources.sent("espn")) == 4  # now there is nobody else


async def test_equal_scores_are_served_so_that_all_sources_end_together(tmp_path) -> None:
    limits = {name: per(60, 20.0) for name in ("ant", "bee", "cat")}
    tasks = {"ant": 60, "bee": 60, "cat": 60}
    world = World(tmp_path, [items_of(*each) for each in tasks.items()], limits, overall=per(100, 20.0), latency=0.05)
    assert (await world.fill()).complete
    assert max(ask.at for ask in world.sources.log) <= 180 / 100 * 20 * 1.02
    assert all(world.sources.sent(name)[-1] > 34 for name in tasks)


async def test_five_sources_drain_at_their_lower_bound(tmp_path) -> None:
    counts = {"espn": 120, "nba_api": 60, "bbref": 40, "hoopr": 80, "kaggle": 30}
    limits = {
        "espn": per(60, 60.0, burst=10),
        "nba_api": per(30, 60.0, burst=5),
        "bbref": per(20, 60.0, burst=3, min_delay=3.0),
        "hoopr": per(40, 60.0, burst=8),
        "kaggle": per(20, 60.0),
    }
    world = World(tmp_path, [items_of(name, count) for name, count in counts.items()], limits, latency=0.8)
    await world.look()
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with world.pool.running():
        await world.pool.drained(3600.0)
        took = loop.time() - began
    bare = {name: Limits(each.windows, each.burst, each.min_delay, guard=0.0) for name, each in limits.items()}
    bound = max(lower_bound_seconds(bare[name], count) for name, count in counts.items())
    assert took <= 1.02 * bound + 0.8  # the last answer takes its latency
    for name, each in limits.items():
        assert worst_window(world.sources.sent(name), 60.0) <= each.windows[0].limit


async def test_global_limits_hold_over_all_sources(tmp_path) -> None:
    limits = {"ant": per(60, 60.0), "bee": per(60, 60.0)}
    world = World(tmp_path, [items_of("ant", 90), items_of("bee", 90)], limits, overall=per(80, 60.0))
    assert (await world.fill()).complete
    everything = sorted(world.sources.sent("ant") + world.sources.sent("bee"))
    assert worst_window(everything, 60.0) <= 80
    assert everything[-1] - everything[0] <= 180 / 80 * 60 * 1.02
    assert min(len([t for t in world.sources.sent(name) if t < 60]) for name in limits) >= 30


async def test_one_slot_is_one_at_a_time(tmp_path) -> None:
    limits = {"ant": Limits((Window(100, 1.0),), burst=10), "bee": Limits((Window(100, 1.0),), burst=10)}
    world = World(tmp_path, [items_of("ant", 10), items_of("bee", 10)], limits, size=1, latency=1.0)
    assert (await world.fill()).complete
    assert world.sources.most_under_way == 1


async def test_a_hanging_source_leaves_slots_to_the_others(tmp_path) -> None:
    limits = {"ant": per(10, 1.0, burst=10), "bee": per(10, 1.0)}
    world = World(
        tmp_path,
        [items_of("ant", 50), items_of("bee", 50)],
        limits,
        lambda ask: 30.0 if ask.source == "ant" else ask.url.rsplit("/", 1)[1].join(['{"id": "', '"}']).encode(),
    )
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(12.0)
        assert len(world.sources.sent("bee")) == 50
        await asyncio.sleep(300.0)
        assert world.lanes["ant"].breaker.state == "open"


async def test_tasks_that_ask_nothing_hold_up_nobody(tmp_path) -> None:
    """A source without its token parks each task before it asks: the others' tokens are not held meanwhile."""
    limits = {"ant": per(10, 1.0), "bee": per(10, 1.0)}
    world = World(tmp_path, [items_of("ant", 20), items_of("bee", 10)], limits, overall=per(20, 1.0), size=2)

    async def refuse(_task, _ctx) -> None:
        raise PermanentError("no token")

    world.scrapers["bee_items"].scrape = refuse
    began = asyncio.get_running_loop().time()
    await world.fill()
    assert len([key for key in await world.keys() if key.startswith("ant")]) == 20
    assert asyncio.get_running_loop().time() - began < 6
    assert len(await world.queue.parked()) == 10


class Twice(Items):
    async def scrape(self, task, ctx):
        await ctx.fetch(f"https://{task.source}.test/first")  # as a redirect or a robots.txt does
        await super().scrape(task, ctx)


async def test_who_waits_for_an_hour_within_his_attempt_holds_neither_a_run_nor_its_end(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(1, 3600.0)}, latency=0.01, kind=Twice)
    await world.look()
    began = asyncio.get_running_loop().time()
    async with world.pool.running():
        await world.pool.drained(60.0)
        assert world.pool.running_tasks
        said = world.limiters["ant"].snapshot()
        assert said["cooling_until"]
        assert said["cooling_reason"].startswith("limit of 1 an hour")
    assert asyncio.get_running_loop().time() - began < 5.0
    assert len(world.sources.sent("ant")) == 1
    counts = await world.queue.counts()
    assert (counts.queued, counts.parked) == (3, 0)


async def test_a_pool_that_is_cancelled_again_while_it_drains_settles_what_is_under_way(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(100, 1.0, burst=9)}, latency=20.0, size=3)
    await world.look()

    async def work() -> None:
        async with world.pool.running():
            await asyncio.sleep(1e6)

    began = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        working = group.create_task(work(), name="work")
        await asyncio.sleep(5.0)
        working.cancel()
        await asyncio.sleep(0.1)
        assert not working.done()  # what is under way has its grace
        working.cancel()
        await asyncio.wait([working])
        assert asyncio.get_running_loop().time() - began < 6.0
    assert working.cancelled()
    assert not world.pool.running_tasks
    assert (await world.queue.counts()).queued == 3
    await world.fill()
    assert (await world.look()).complete
