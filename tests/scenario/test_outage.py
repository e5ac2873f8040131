"""One outage is not forty dead keys; forty dead keys are not an outage."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from tests.scenario.world import World, echo, items_of, per

from adce_async.errors import BlockedError, NotFoundError, PermanentError, TransientError
from adce_async.model.dimensions import ListDimension
from adce_async.planning.outage import FEW
from adce_async.testing.memory_queue import MemoryState

FAST = {"ant": per(50, 1.0, burst=50)}


def number(ask) -> int:
    return int(ask.url.rsplit("/", 1)[1])


KINDS = {
    "text": lambda ask: b"System.Net.WebException: (500) Internal Server Error.",
    "empty": lambda ask: b"",
    "a page with a clock": lambda ask: b"<!DOCTYPE html><html><title>Back soon</title>%f</html>" % ask.at,
    "an empty envelope": lambda ask: b"{}",
    "an envelope with an id": lambda ask: json.dumps(
        {"error": "internal", "request": f"r-{number(ask) * 7919:x}9"}
    ).encode(),
    "404": lambda ask: NotFoundError("HTTP 404", status=404, head="Not Found"),
    "410": lambda ask: NotFoundError("HTTP 410", status=410, head="gone"),
    "400": lambda ask: PermanentError("HTTP 400", status=400, head=f"bad request {number(ask)}"),
    "500": lambda ask: TransientError("HTTP 500", status=500),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("begins", [0.0, 0.3])
async def test_an_outage_parks_nothing_asks_little_and_heals_by_itself(tmp_path, kind, begins) -> None:
    def script(ask):
        return KINDS[kind](ask) if began + begins <= ask.at < began + 1000 else echo(ask)

    world = World(tmp_path, [items_of("ant", 100)], FAST, script, size=1)
    began = asyncio.get_running_loop().time()
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(400 if begins == 0 else 900)
        assert await world.queue.parked() == []
        assert sum(began + begins <= ask.at for ask in world.sources.log) < 40
        await asyncio.sleep(6000)
        assert (await world.look()).complete
    assert await world.queue.parked() == []


@pytest.mark.parametrize("kind", ["text", "404", "400"])
async def test_an_outage_that_outlives_a_restart_is_still_one(tmp_path, kind) -> None:
    bad = True
    state = MemoryState()
    world = World(tmp_path, [items_of("ant", 5)], FAST, lambda ask: KINDS[kind](ask) if bad else echo(ask), state=state)
    for _ in range(4):  # each run asks for one or two
        await world.fill(max_wait=3.0)
        world = World(
            tmp_path, [items_of("ant", 5)], FAST, lambda ask: KINDS[kind](ask) if bad else echo(ask),
            state=state, queue=world.queue, store=world.store, clock=world.clock,
        )  # fmt: skip
        await world.doubts.restore()
    assert await world.queue.parked() == []
    bad = False
    assert (await world.fill(max_wait=3.0)).complete


async def test_few_keys_parked_before_a_restart_come_back(tmp_path) -> None:
    """Too few to tell in one run; the next one, in the next run, tells."""
    state = MemoryState()
    bad = KINDS["404"]
    world = World(tmp_path, [items_of("ant", FEW - 1)], FAST, bad, state=state)
    await world.fill(max_wait=3.0)
    assert len(await world.queue.parked()) == FEW - 1
    world = World(
        tmp_path, [items_of("ant", FEW + 1)], FAST, lambda ask: bad(ask) if ask.at < began + 30 else echo(ask),
        state=state, queue=world.queue, clock=world.clock,
    )  # fmt: skip
    await world.doubts.restore()
    began = asyncio.get_running_loop().time()
    assert (await world.fill()).complete


async def test_forty_dead_keys_of_a_source_that_serves_are_parked_and_hold_up_nobody(tmp_path) -> None:
    gone = NotFoundError("HTTP 404", status=404, head="Not Found")
    world = World(tmp_path, [items_of("ant", 10)], FAST)
    assert (await world.fill()).complete
    later = World(
        tmp_path, [items_of("ant", 100)], FAST, lambda ask: gone if 10 <= number(ask) < 50 else echo(ask),
        store=world.store, clock=world.clock,
    )  # fmt: skip
    began = asyncio.get_running_loop().time()
    await later.fill()
    assert asyncio.get_running_loop().time() - began < 10
    assert len(await later.queue.parked()) == 40
    assert len(await later.keys()) == 60
    assert len(later.sources.log) <= 90 + 8  # hardly more than one request each


async def test_good_keys_among_dead_ones_are_found_though_nothing_was_ever_served(tmp_path) -> None:
    gone = NotFoundError("HTTP 404", status=404, head="Not Found")
    world = World(tmp_path, [items_of("ant", 60)], FAST, lambda ask: echo(ask) if number(ask) == 33 else gone)
    await world.look()
    async with world.pool.running():
        for _ in range(3):
            await asyncio.sleep(3600)
            await world.look()
    assert await world.keys() == {"ant/33.json"}
    assert len(await world.queue.parked()) == 59  # the source serves, so it was about them
    assert len(world.sources.log) < 3 * 60


async def test_where_nothing_is_ever_served_a_run_ends_and_after_days_the_keys_are_given_up(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adce_async.planning.outage.DOUBT_SECONDS", 86_400.0)  # instead of a week
    gone = NotFoundError("HTTP 404", status=404, head="Not Found")
    world = World(tmp_path, [items_of("ant", 20)], FAST, lambda ask: gone)
    await world.fill(max_wait=10.0)  # ends
    assert await world.queue.parked() == []
    async with world.pool.running():
        await asyncio.sleep(20 * 3600)
        assert await world.queue.parked() == []
        await asyncio.sleep(11 * 3600)
    assert len(await world.queue.parked()) == 20
    assert len(world.sources.log) < 200


async def test_an_outage_of_one_address_leaves_the_others_alone(tmp_path) -> None:
    plays = items_of("ant", 30, name="plays")
    plays = replace(
        plays,
        data_type=replace(
            plays.data_type, scraper="ant_plays", pattern=type(plays.data_type.pattern)("plays/{id}.json")
        ),
    )

    def script(ask):
        return b"oops" if "ant_plays" in ask.url and ask.at < began + 300 else echo(ask)

    world = World(tmp_path, [items_of("ant", 200), plays], {"ant": per(2, 1.0)}, script, more={"ant_plays": "ant"})
    began = asyncio.get_running_loop().time()
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(150)
        assert sum("ant_plays" in ask.url for ask in world.sources.log) < 20
        assert len(world.sources.log) > 200
        assert "ant_plays" in world.doubts.trouble("ant")
        await asyncio.sleep(1000)
        assert world.doubts.trouble("ant") == ""
    assert len(await world.keys()) == 230
    assert await world.queue.parked() == []


async def test_an_outage_is_seen_across_scrapers_of_which_each_has_one_key(tmp_path) -> None:
    names = [f"ant_{n}" for n in range(8)]
    base = items_of("ant", 1)
    declared = [
        replace(
            base,
            data_type=replace(base.data_type, name=name, scraper=name, pattern=type(base.data_type.pattern)(name + "/{id}.json")),
            dimensions=(ListDimension("id", ("1",)),),
        )
        for name in names
    ]  # fmt: skip
    gone = NotFoundError("HTTP 404", status=404, head="default backend - 404")
    world = World(
        tmp_path, declared, FAST, lambda ask: gone if ask.at < began + 100 else echo(ask),
        more=dict.fromkeys(names, "ant"), size=1,
    )  # fmt: skip
    began = asyncio.get_running_loop().time()
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(50)
        assert await world.queue.parked() == []
        assert len(world.sources.log) < 8 + 3
        await asyncio.sleep(1000)
        await world.look()
        await asyncio.sleep(100)
    assert len(await world.keys()) == 8


async def test_a_source_that_flaps_loses_nothing(tmp_path) -> None:
    world = World(
        tmp_path, [items_of("ant", 300)], {"ant": per(2, 1.0)},
        lambda ask: b"oops" if (ask.at - began) % 40 < 20 else echo(ask),
    )  # fmt: skip
    began = asyncio.get_running_loop().time()
    await world.look()
    async with world.pool.running():
        for _ in range(20):
            await asyncio.sleep(300)
            await world.look()
    assert len(await world.keys()) == 300
    assert await world.queue.parked() == []


async def test_what_is_about_an_account_is_never_an_outage(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 10)], FAST, lambda ask: PermanentError("HTTP 401", status=401))
    await world.fill()
    assert len(await world.queue.parked()) == 10


async def test_a_probe_that_is_blocked_gives_up_nothing(tmp_path) -> None:
    def script(ask):
        since = ask.at - began
        if since > 400:
            return echo(ask)
        return b"oops" if since < 3 else BlockedError("HTTP 429", status=429)

    world = World(tmp_path, [items_of("ant", 20)], FAST, script)
    began = asyncio.get_running_loop().time()
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(8000)
    assert len(await world.keys()) == 20
