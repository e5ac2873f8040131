"""Asking again: conditions, what caches promise, large bodies."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from tests.scenario.world import World, item, items_of, per

from adce_async.errors import NotModifiedError, QueueError, StoreError
from adce_async.model.coverage import DataType
from adce_async.model.days import DAY
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import Verdict

FAST = {"ant": per(10, 1.0)}


async def test_an_object_with_a_validator_is_asked_for_with_a_condition(tmp_path) -> None:
    def script(ask):
        if ask.headers.get("If-None-Match") == '"1"':
            return NotModifiedError(status=304)
        return item(0), {"etag": '"1"', "content-type": "application/json"}

    world = World(tmp_path, [items_of("ant", 1, freshness_seconds=DAY)], FAST, script)
    assert (await world.fill()).complete
    await asyncio.sleep(2 * DAY)
    assert (await world.look()).by_kind == {"stale": 1}
    assert (await world.fill()).complete
    assert [outcome.verdict for _, outcome in world.outcomes] == [Verdict.STORED, Verdict.UNCHANGED]
    assert [bool(ask.headers) for ask in world.sources.log] == [False, True]
    stored = await world.store.head("ant/0.json")
    assert stored.modified > world.clock.now() - DAY
    kept = await world.store.provenance("ant/0.json")
    assert (kept["etag"], kept["content_type"]) == ('"1"', "application/json")


async def test_no_condition_where_the_answer_is_for_something_else_as_well(tmp_path) -> None:
    """One request serves both; that nothing has changed would be no help for the one that is not there, or not good."""
    beside = DataType("ant", "beside", "ant_items", PathPattern("beside/{id}.json"))
    both = [items_of("ant", 1, freshness_seconds=DAY), Declared(beside, (), (ListDimension("id", ("0",)),))]
    world = World(tmp_path, both, FAST, lambda _: (item(0), {"etag": '"1"'}))
    assert (await world.fill()).complete
    world.store.delete("beside/0.json")
    await asyncio.sleep(2 * DAY)
    assert (await world.look()).by_kind == {"stale": 1, "missing": 1}
    assert (await world.fill()).complete
    assert [ask.headers for ask in world.sources.log] == [{}, {}]


async def test_no_condition_for_what_is_gone_or_came_from_elsewhere(tmp_path) -> None:
    def script(ask):
        return item(0, at=ask.at), {"etag": '"1"'}

    world = World(tmp_path, [items_of("ant", 1, freshness_seconds=DAY)], FAST, script)
    await world.fill()
    world.store.delete("ant/0.json")
    assert (await world.fill()).complete
    world.store._provenance["ant/0.json"] = replace(world.store._provenance["ant/0.json"], url="https://ant.test/other")
    await asyncio.sleep(2 * DAY)
    assert (await world.fill()).complete
    assert [ask.headers for ask in world.sources.log] == [{}, {}, {}]


async def test_what_was_refused_is_not_asked_for_while_the_same_answer_would_come(tmp_path) -> None:
    answers = iter([(b'{"id": "other"}', {"x-full-ttl": "300.000"}), item(0)])
    world = World(tmp_path, [items_of("ant", 1)], FAST, lambda _ask: next(answers))
    assert (await world.fill(max_wait=600)).complete
    first, second = (ask.at for ask in world.sources.log)
    assert 300 <= second - first < 310


async def test_a_large_body_goes_from_file_to_file(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 2)], FAST, lambda ask: item(ask.url[-1], rows="x" * 300_000))
    scraper = world.scrapers["ant_items"]
    scraper.stream = True
    sizes = []
    scraper.check = lambda page, want: sizes.append((page.body, page.size))
    scraper.discover = lambda page, want: None
    taken = []
    scratch = world.store.scratch

    def noted():
        taken.append(scratch())
        return taken[-1]

    world.store.scratch = noted
    assert (await world.fill()).complete
    assert len(taken) == 2
    assert all(body == b"" and size > 300_000 for body, size in sizes)
    assert not any(path.exists() for path in taken)
    assert json.loads(world.store.bodies["ant/1.json"])["id"] == "1"


async def test_a_full_disk_is_not_made_longer_by_what_caches_promise(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 1)], FAST, lambda _ask: (item(0), {"cache-control": "max-age=3600"}))
    put, failed = world.store.put, []

    async def full(*arguments):
        if not failed:
            failed.append(1)
            raise StoreError("the disk is full")
        return await put(*arguments)

    world.store.put = full
    assert (await world.fill(max_wait=120)).complete
    first, second = (ask.at for ask in world.sources.log)
    assert second - first < 60


async def test_a_discovery_that_cannot_be_kept_loses_nothing(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 1)], FAST, lambda _ask: item(0, games={"g1": "final"}))
    save, failed = world.discoveries.save, []

    async def full(found):
        if not failed:
            failed.append(1)
            raise QueueError("adce.db: the disk is full")
        await save(found)

    world.discoveries.save = full
    assert (await world.fill()).complete
    assert failed
    assert not await world.queue.parked()


async def test_a_temporary_file_that_stays_ends_nothing(tmp_path, monkeypatch) -> None:
    world = World(tmp_path, [items_of("ant", 2)], FAST, lambda ask: item(ask.url[-1]))
    scraper = world.scrapers["ant_items"]
    scraper.stream, scraper.check, scraper.discover = True, lambda _page, _want: None, lambda _page, _want: None
    unlink = Path.unlink

    def read_only(path: Path, *, missing_ok: bool = False) -> None:
        if "adce-memory-store" in str(path):
            raise OSError(30, "Read-only file system")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", read_only)
    assert (await world.fill()).complete


async def test_each_season_has_what_its_parents_name_whatever_key_they_share(tmp_path) -> None:
    """Rosters by season name players, whose pages have no season, and who name their game logs by season."""
    seasons = ("2022-23", "2023-24", "2024-25")

    def typed(name: str, pattern: str, *dimensions: object) -> Declared:
        return Declared(DataType("ant", name, "ant_items", PathPattern(pattern)), seasons, dimensions)

    names = [
        typed("roster", "ant-roster/{season}.json"),
        typed("player", "ant-player/{game_id}.json", DerivedDimension("game_id", "ant.roster", "game_id")),
        typed("log", "ant-log/{season}/{game_id}.json", DerivedDimension("game_id", "ant.player", "game_id")),
    ]
    world = World(tmp_path, names, FAST, lambda ask: item("p1", games={"p1": "final"}))
    for scraper in world.scrapers.values():
        scraper.url_fields = lambda fields: {"id": fields.get("game_id", "p1")}
        scraper.check = lambda _page, _want: None
    assert (await world.fill()).complete
    assert {key for key in await world.keys() if "log" in key} == {f"ant-log/{season}/p1.json" for season in seasons}
