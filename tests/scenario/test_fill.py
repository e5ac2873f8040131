from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace

import pytest
from tests.scenario.world import Items, World, derived, echo, item, items_of, per

from adce_async.engine.fetching.accounts import fingerprint, welcome_back
from adce_async.engine.reconciling.reconciler import Asked
from adce_async.errors import (
    AccountError,
    BlockedError,
    DeniedError,
    NotAskedError,
    NotFoundError,
    NotYetError,
    PermanentError,
    QueueError,
    StoreError,
    TransientError,
    UnreachableError,
)
from adce_async.model.dimensions import DerivedDimension
from adce_async.model.keys import PathPattern
from adce_async.model.limits import Limits
from adce_async.model.task import Verdict
from adce_async.testing.memory_queue import MemoryQueue, MemoryState
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.scripted import worst_window


async def test_an_empty_lake_is_filled_and_a_second_pass_asks_nothing(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 40)], {"ant": per(10, 1.0)})
    report = await world.fill()
    assert report.complete
    assert len(await world.keys()) == 40
    asked = len(world.sources.log)
    assert asked == 40
    assert (await world.fill()).complete
    assert len(world.sources.log) == asked
    assert worst_window(world.sources.sent("ant"), 1.0) <= 10


async def test_nothing_declared_is_complete_at_once(tmp_path) -> None:
    world = World(tmp_path, [], {})
    assert (await world.fill()).complete
    assert json.loads(world.files.gaps.read_text())["tasks"] == []


async def test_games_become_expectations_once_their_schedule_is_there(tmp_path) -> None:
    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        return item(name, games={"g1": "final", "g2": "final", "g3": "scheduled"}) if name == "0" else item(name)

    boxes = derived("ant", "box", DerivedDimension("game_id", "ant.items", "game_id", "final"))
    world = World(tmp_path, [boxes, items_of("ant", 1)], {"ant": per(10, 1.0)}, script)
    report = await world.fill()
    assert await world.keys() == {"ant/0.json", "ant-box/g1.json", "ant-box/g2.json"}
    # its third game has not been played: stored, its finals count, and still not settled
    assert report.by_kind == {"stale": 1}
    assert len(world.sources.log) == 3


async def test_one_request_serves_all_keys_that_it_can(tmp_path) -> None:
    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        return item(name, games={"g1": "final", "g2": "final"}) if name == "0" else item(name)

    game = DerivedDimension("game_id", "ant.items", "game_id", "final")
    world = World(
        tmp_path,
        [items_of("ant", 1), derived("ant", "box", game), derived("ant", "plays", game)],
        {"ant": per(10, 1.0)},
        script,
    )
    assert (await world.fill()).complete
    assert len(await world.keys()) == 5
    assert len(world.sources.log) == 3


@pytest.mark.parametrize(
    ("error", "asked", "parked"),
    [
        (NotFoundError("HTTP 404", status=404), 1, True),  # no date: nothing to wait for
        (PermanentError("HTTP 401", status=401), 1, True),
        (TransientError("HTTP 500", status=500), 4, True),  # once and three retries
        (NotYetError("not final"), 1, True),  # due for ever
    ],
)
async def test_what_never_comes_is_parked_with_its_reason(tmp_path, error, asked, parked) -> None:
    world = World(tmp_path, [items_of("ant", 1)], {"ant": per(10, 1.0)}, lambda _ask: error)
    report = await world.fill()
    assert not report.complete
    assert len(world.sources.log) == asked
    assert [entry.reason for entry in await world.queue.parked()] == [error.reason] * parked
    before = len(world.sources.log)
    await world.fill()
    assert len(world.sources.log) == before  # parked stays parked


async def test_a_refused_body_is_retried_once_then_parked_and_never_stored(tmp_path) -> None:
    world = World(
        tmp_path,
        [items_of("ant", 2)],
        {"ant": per(10, 1.0)},
        lambda ask: item("somebody else") if ask.url.endswith("/1") else echo(ask),
    )
    await world.fill()
    assert await world.keys() == {"ant/0.json"}
    assert sum(ask.url.endswith("/1") for ask in world.sources.log) == 2
    (parked,) = await world.queue.parked()
    assert "expected" in parked.reason


async def test_a_body_that_is_too_small_is_refused_not_stored_for_ever(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 1, min_bytes=1000)], {"ant": per(10, 1.0)})
    await world.fill()
    assert await world.keys() == set()
    assert len(world.sources.log) == 2


async def test_a_bug_in_a_scraper_parks_its_task_and_nothing_else(tmp_path) -> None:
    world = World(
        tmp_path,
        [items_of("ant", 3)],
        {"ant": per(10, 1.0)},
        lambda ask: b"[1]" if ask.url.endswith("/1") else echo(ask),
    )
    await world.fill()
    (parked,) = await world.queue.parked()
    assert "a bug in scraper ant_items" in parked.reason
    assert "AttributeError" in parked.head
    assert await world.keys() == {"ant/0.json", "ant/2.json"}


@pytest.mark.parametrize(
    "raised", [SystemExit(3), asyncio.CancelledError(), MemoryError(), ExceptionGroup("x", [OSError()])]
)
async def test_whatever_a_scraper_raises_parks_its_task_and_nothing_else(tmp_path, raised: BaseException) -> None:
    class Odd(Items):
        async def scrape(self, task, ctx):
            if task.fields["id"] == "1":
                raise raised
            await super().scrape(task, ctx)

    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)}, kind=Odd)
    await world.fill()
    (parked,) = await world.queue.parked()
    assert parked.reason.startswith(f"a bug in scraper ant_items: {type(raised).__name__}")
    assert await world.keys() == {"ant/0.json", "ant/2.json"}


async def test_faults_heal(tmp_path) -> None:
    faults = {
        "0": TransientError("reset"),
        "1": BlockedError("HTTP 429", status=429, retry_after=7.0),
        "2": 30.0,
        "3": BlockedError("block page"),
        "4": UnreachableError("refused"),
    }

    def script(ask):
        name = ask.url.rsplit("/", 1)[1]
        return faults[name] if ask.nth == 0 and name in faults else echo(ask)

    world = World(tmp_path, [items_of("ant", 12)], {"ant": per(4, 1.0)}, script)
    assert (await world.fill()).complete
    assert worst_window(world.sources.sent("ant"), 1.0) <= 4


async def test_a_throttled_source_is_left_alone_until_retry_after(tmp_path) -> None:
    blocked = BlockedError("HTTP 429", status=429, retry_after=60.0)
    world = World(
        tmp_path,
        [items_of("ant", 6), items_of("bee", 6)],
        {"ant": per(1, 1.0), "bee": per(1, 1.0)},
        lambda ask: blocked if ask.source == "ant" and ask.at < 30 else echo(ask),
    )
    assert (await world.fill()).complete
    first, *others = world.sources.sent("ant")
    assert min(others) - first >= 60
    assert max(world.sources.sent("bee")) < 10


async def test_an_unreachable_source_costs_no_attempt_and_opens_its_breaker(tmp_path) -> None:
    world = World(
        tmp_path,
        [items_of("ant", 50)],
        {"ant": per(10, 1.0)},
        lambda ask: UnreachableError("no route") if ask.at < 600 else echo(ask),
    )
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(590)
        assert len(world.sources.log) < 20
        assert await world.queue.parked() == []
        await asyncio.sleep(4000)
    assert len(await world.keys()) == 50


async def test_a_full_disk_stops_nothing_for_good(tmp_path) -> None:
    class Full(MemoryStore):
        full = True

        async def put(self, key, body, provenance):
            if self.full:
                raise StoreError("no space left on device; make room")
            return await super().put(key, body, provenance)

    store = Full()
    world = World(tmp_path, [items_of("ant", 500)], {"ant": per(10, 1.0)}, store=store)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(600)
        name, text = world.troubles[-1]
        assert name == "lake"
        assert text.startswith("no space left on device; make room; ")
        assert await world.queue.parked() == []
        assert len(world.sources.log) < 20  # what can't be stored is not fetched: ever fewer tries, a minute apart
        asked = len(world.sources.log)
        store.full = False
        await asyncio.sleep(120)
    assert len(await world.keys()) == 500
    assert len(world.sources.log) == asked + 500


async def test_a_failed_listing_changes_nothing(tmp_path) -> None:
    class Torn(MemoryStore):
        torn = False

        async def list(self, prefix=""):
            async for batch in super().list(prefix):
                yield batch
            if self.torn:
                raise StoreError("the listing broke off")

    store = Torn()
    world = World(tmp_path, [items_of("ant", 5)], {"ant": per(10, 1.0)}, store=store)
    await world.look()
    before, file = await world.queue.tasks(), world.files.gaps.read_bytes()
    store.torn = True
    with pytest.raises(StoreError):
        await world.look()
    assert (await world.queue.tasks(), world.files.gaps.read_bytes()) == (before, file)


async def test_leaving_the_pool_finishes_what_runs_and_starts_nothing(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 50)], {"ant": per(1000, 1.0, burst=50)}, latency=5.0)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(1.0)
        running = len(world.sources.log)
        assert running == 5
    assert len(world.sources.log) == running
    assert len(await world.keys()) == 5
    assert (await world.queue.counts()).leased == 0


async def test_after_the_grace_what_still_runs_is_given_back(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(1000, 1.0, burst=50)}, latency=50.0, grace=2.0)
    await world.look()
    loop = asyncio.get_running_loop()
    async with world.pool.running():
        await asyncio.sleep(1.0)
        began = loop.time()
    assert loop.time() - began < 3.0
    counts = await world.queue.counts()
    assert (counts.queued, counts.leased, counts.parked) == (3, 0, 0)
    assert [task.attempts for task in await world.queue.tasks()] == [0, 0, 0]


async def test_days_of_trouble_make_one_request_a_probe(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 20)], {"ant": per(10, 1.0)}, lambda _ask: UnreachableError("down"))
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(2 * 86_400)
    assert 40 < len(world.sources.log) < 75  # about one an hour
    assert {outcome.verdict for _, outcome in world.outcomes} == {Verdict.RELEASED}


async def test_a_queue_that_cannot_be_written_starts_nothing_until_it_can(tmp_path) -> None:
    class Full(MemoryQueue):
        full = False

        async def settle(self, outcomes):
            if self.full and outcomes:
                raise QueueError("database or disk is full")
            return await super().settle(outcomes)

    queue = Full()
    world = World(tmp_path, [items_of("ant", 60)], {"ant": per(10, 1.0)}, queue=queue)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(2.0)
        queue.full = True
        await asyncio.sleep(1.0)
        asked = len(world.sources.log)
        await asyncio.sleep(60.0)
        assert len(world.sources.log) <= asked + 5
        assert any(name == "queue" and "disk is full" in text for name, text in world.troubles)
        queue.full = False
        await asyncio.sleep(60.0)
    assert len(await world.keys()) == 60
    assert len(world.sources.log) == 60
    counts = await queue.counts()
    assert (counts.queued, counts.leased) == (0, 0)


async def test_a_commit_that_fails_makes_no_attempt_count_twice(tmp_path) -> None:
    calls = itertools.count(1)

    class FullOnce(MemoryQueue):
        async def settle(self, outcomes):
            if next(calls) == 1:
                raise QueueError("database or disk is full")
            return await super().settle(outcomes)

    down = TransientError("down")
    world = World(tmp_path, [items_of("ant", 1)], {"ant": per(10, 1.0)}, lambda _: down, queue=FullOnce())
    async with world.parts.telling():
        await world.fill(max_wait=600.0)
    attempts = await world.history.recent()
    assert next(calls) > 2
    assert len(attempts) == len(world.sources.log) == 4  # one, and three retries
    assert [entry.attempts for entry in await world.queue.parked()] == [4]


async def test_a_source_that_promises_to_be_better_soon_for_ever_is_noticed(tmp_path) -> None:
    def script(ask):
        return BlockedError("HTTP 429", status=429, retry_after=2.0) if ask.url.endswith("/1") else echo(ask)

    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)}, script)
    await world.look()
    async with world.pool.running():
        await world.pool.stalled(120.0)
        assert 120 <= asyncio.get_running_loop().time() < 130
        assert len(await world.keys()) == 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60.0):
                await world.pool.drained(120.0)


async def test_slow_work_is_progress(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 4)], {"ant": per(1, 100.0)}, latency=50.0)
    await world.look()
    async with world.pool.running():
        stalled = asyncio.get_running_loop().create_task(world.pool.stalled(120.0))
        await world.pool.drained(120.0)
        assert not stalled.done()
        stalled.cancel()
    assert len(await world.keys()) == 4


async def test_a_pass_in_the_middle_of_the_work_repeats_nothing(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 80)], {"ant": per(40, 1.0, burst=10)}, latency=0.3)
    await world.look()
    async with world.pool.running():
        for _ in range(30):
            await asyncio.sleep(0.07)
            await world.look()
        await world.pool.drained(10.0)
    assert len(world.sources.log) == 80
    assert (await world.look()).complete


async def test_waiting_for_a_slow_limit_is_no_timeout(tmp_path) -> None:
    """A scraper of two requests, and a source that allows one in ten minutes: far beyond the 60 s of an attempt."""
    world = World(tmp_path, [items_of("ant", 2)], {"ant": per(1, 600.0)})
    for scraper in world.scrapers.values():
        scraper.scrape = _twice(scraper)  # type: ignore[method-assign]
    report = await world.fill(max_wait=3600.0)
    assert report.complete
    assert {outcome.verdict for _, outcome in world.outcomes} == {Verdict.STORED}
    assert len(world.sources.log) == 4


def _twice(scraper):
    async def scrape(task, ctx):
        await ctx.fetch(scraper.url_for(task.fields))
        await ctx.save(await ctx.fetch(scraper.url_for(task.fields)))

    return scrape


async def test_a_file_dropped_while_a_pass_is_under_way_is_not_overwritten_unread(tmp_path) -> None:
    class Slow(MemoryStore):
        async def list(self, prefix=""):
            await asyncio.sleep(100.0)
            async for batch in super().list(prefix):
                yield batch

    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)}, store=Slow())
    await world.fill()
    entry = {"id": "x", "source": "ant", "data_type": "items", "keys": ["ant/1.json"], "force": True}

    async def drop() -> None:
        await asyncio.sleep(50.0)
        world.files.gaps.write_text(json.dumps({"tasks": [entry]}))
        assert await world.reconciler.read_gap_file()  # at once, not when the pass is over
        world.files.gaps.write_text(json.dumps({"tasks": [entry | {"keys": ["ant/2.json"]}]}))

    async with asyncio.TaskGroup() as group:
        group.create_task(drop())
        await world.look()
    assert {task.key for task in await world.queue.tasks()} == {"ant/1.json", "ant/2.json"}
    assert {key for each in json.loads(world.files.gaps.read_text())["tasks"] for key in each["keys"]} == {
        "ant/1.json",
        "ant/2.json",
    }


async def test_an_old_entry_of_a_whole_type_is_expanded_before_it_is_executed(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(10, 1.0)})
    old = {
        "id": "task_000001",
        "priority": "HIGH",
        "source": "ant",
        "scraper": "ant_async_scraper",
        "data_type": "items",
        "missing_files": 3,
    }
    world.files.gaps.write_text(json.dumps({"tasks": [old]}))
    assert await world.reconciler.take_file(None) == Asked(None)
    assert len(await world.queue.tasks()) == 3


async def test_one_key_that_the_api_denies_is_parked_and_the_source_goes_on(tmp_path) -> None:
    denied = DeniedError("HTTP 403 from ant.test: Permission was denied", status=403)
    world = World(
        tmp_path,
        [items_of("ant", 6)],
        {"ant": per(1, 1.0)},
        lambda ask: denied if ask.url.endswith("/2") else echo(ask),
    )
    await world.fill()
    (parked,) = await world.queue.parked()
    assert (parked.key, parked.last_status, parked.reason) == ("ant/2.json", 403, denied.reason)
    assert len(await world.keys()) == 5
    assert max(world.sources.sent("ant")) < 10  # nothing cooled


async def test_what_another_account_was_refused_comes_back_with_other_credentials(tmp_path) -> None:
    refused = AccountError("HTTP 401 from ant.test: Unauthenticated", status=401)
    texts = MemoryState()
    world = World(tmp_path, [items_of("ant", 3)], {"ant": per(1, 1.0)}, lambda ask: refused)
    await welcome_back(world.queue, texts, {"ant": fingerprint(["token-1"])})
    await world.fill()
    assert len(await world.queue.parked()) == 3
    assert await welcome_back(world.queue, texts, {"ant": fingerprint(["token-1"]), "bee": "1"}) == ()
    back = await welcome_back(world.queue, texts, {"ant": fingerprint(["token-2"])})
    assert sorted(back) == ["ant/0.json", "ant/1.json", "ant/2.json"]
    assert "token" not in str(texts.texts).replace("credentials", "")


async def test_a_host_whose_robots_txt_cannot_be_had_opens_no_breaker(tmp_path) -> None:
    held = NotAskedError("robots.txt of www.ant.test can't be had", retry_after=600.0)
    world = World(
        tmp_path,
        [items_of("ant", 12)],
        {"ant": per(4, 1.0)},
        lambda ask: echo(ask) if ask.url.endswith("/11") else held,
    )
    await world.fill(max_wait=30)
    assert await world.keys() == {"ant/11.json"}
    assert world.lanes["ant"].breaker.state == "closed"
    assert all(task.not_before >= 600.0 for task in await world.queue.tasks())


async def test_what_is_claimed_ahead_is_free_again_after_a_stop(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 300)], {"ant": Limits()}, latency=0.001)
    await world.look()
    async with world.pool.running():
        await asyncio.sleep(0.03)
        assert (await world.queue.counts()).leased > 5  # more than the slots hold
        await world.pool.refresh()  # a new look at the queue loses none of them
    stored = len(await world.keys())
    counts = await world.queue.counts()
    assert 0 < stored < 300
    assert (counts.queued, counts.leased) == (300 - stored, 0)
    assert (await world.fill()).complete
    assert len(world.sources.log) == 300  # none was asked for twice


async def test_what_one_request_serves_is_done_by_one_attempt_also_where_it_is_claimed_ahead(tmp_path) -> None:
    box = items_of("ant", 60, name="box")
    plays = replace(
        items_of("ant", 60, name="plays"),
        data_type=replace(items_of("ant", 60, name="plays").data_type, pattern=PathPattern("plays/{id}.json")),
    )
    world = World(tmp_path, [box, plays], {"ant": Limits()}, latency=0.001)
    assert (await world.fill()).complete
    assert len(world.sources.log) == 60  # 120 objects
    assert (await world.queue.counts()).leased == 0


async def test_a_queue_that_is_looked_at_anew_while_it_is_claimed_from_strands_nothing(tmp_path) -> None:
    ahead: list[int] = []

    class Looked(MemoryQueue):
        async def claim(self, keys, *, now, until):
            claims = await super().claim(keys, now=now, until=until)
            if len(keys) > 20 and not ahead:
                ahead.append(len(keys))
                await world.pool.refresh()  # committed, and not told yet
            return claims

    world = World(tmp_path, [items_of("ant", 300)], {"ant": Limits()}, latency=0.001, queue=Looked())
    await world.look()
    async with world.pool.running():
        await world.pool.drained(1.0)
        assert ahead
        assert len(await world.keys()) == 300
    assert len(world.sources.log) == 300
