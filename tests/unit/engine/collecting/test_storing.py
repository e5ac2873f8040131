from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from tests.unit.engine.collecting.attempt_parts import URL, Bench, item
from tests.unit.engine.judged import START

from adce_async.engine.collecting.judgement import Accepted
from adce_async.engine.collecting.storing import Stored, provenance_of, put_each, remember
from adce_async.errors import QueueError, StoreError, UnstorableError
from adce_async.model.coverage import Discovery, GapKind, StoredObject
from adce_async.ports import Judgement, Provenance
from adce_async.scraping.base import Page
from adce_async.testing.memory_store import MemoryStore

PAGE = Page(URL, b"good", headers={"etag": '"e1"', "content-type": "application/json"}, fetched_at=START)
KNOWN = Provenance(URL, START, "ant_items", "1", "application/json", 200, '"e1"', "")
KEYS = ("ant/1.json", "ant/2.json")


class Picky(MemoryStore):
    """Takes nothing of the keys that have an `error`; counts how often it is looked at. Knows no etag by heart."""

    def __init__(self, **error: StoreError) -> None:
        super().__init__()
        self.error = {f"ant/{name[1:]}.json": each for name, each in error.items()}
        self.looks = 0

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        if key in self.error:
            raise self.error[key]
        return await super().put(key, body, provenance)

    def own_tag(self, _key: str) -> str:
        return ""

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        self.looks += 1
        return await super().heads(keys)


def stored(number: int, found: Discovery | None = None, facts: str = "", **changes: object) -> Stored:
    return Stored(item(number, **changes), Accepted(found, Judgement("", facts=facts)), is_new=True)


def test_the_provenance_of_a_page_is_what_was_asked_for_and_by_whom() -> None:
    assert provenance_of(PAGE, Bench().scraper) == KNOWN


async def test_a_body_is_put_under_each_key_and_said_of_each_whether_it_is_new() -> None:
    store = MemoryStore()
    await store.put(KEYS[1], b"good", KNOWN)
    assert await put_each(store, PAGE, KEYS, KNOWN) == [True, False]
    assert await put_each(store, PAGE, KEYS[:1], KNOWN) == [False]
    assert dict(store.bodies) == dict.fromkeys(KEYS, b"good")


@pytest.mark.parametrize("error", [StoreError("the disk is full"), UnstorableError("no such name")])
async def test_what_one_key_fails_of_keeps_no_other_from_being_stored(error: StoreError) -> None:
    store = Picky(_1=error)
    assert await put_each(store, PAGE, KEYS, KNOWN) == [error, True]
    assert await put_each(store, PAGE, KEYS[:1], KNOWN) == [error]
    assert list(store.bodies) == [KEYS[1]]


async def test_what_is_renewed_is_not_written_and_what_is_gone_is() -> None:
    store = Picky(_1=StoreError("written all the same"))
    await MemoryStore.put(store, KEYS[0], b"good", KNOWN)
    assert await put_each(store, PAGE, KEYS, KNOWN, renewed=KEYS[0]) == [False, True]
    store.delete(KEYS[1])
    assert await put_each(store, PAGE, KEYS[1:], KNOWN, renewed=KEYS[1]) == [True]


async def test_what_objects_name_and_state_is_kept_for_their_etags_after_one_look_at_all_of_them() -> None:
    bench = Bench()
    bench.services.store = store = Picky()
    await put_each(store, PAGE, (*KEYS, "ant/3.json"), KNOWN)
    named = Discovery(())
    await remember(bench.services, bench.scraper, PAGE, [stored(1, named), stored(2, facts="[1]"), stored(3)])
    etags = {key: one.etag for key, one in (await MemoryStore.heads(store, KEYS)).items()}
    tags = {key: bench.scraper.cache_tag(etag) for key, etag in etags.items()}
    assert bench.discoveries.found == {KEYS[0]: (tags[KEYS[0]], named)}
    assert await bench.verifications.facts("") == {KEYS[1]: (tags[KEYS[1]], "[1]")}
    assert store.looks == 1
    recent = bench.services.recent.all()
    assert {key: one.etag for key, one in recent.items()} == {**etags, "ant/3.json": ""}


async def test_the_etag_of_what_we_have_stored_is_remembered_where_the_lake_knows_it() -> None:
    class Knowing(Picky):
        def own_tag(self, key: str) -> str:
            return "" if key == KEYS[1] else f"tag of {key}"

    bench = Bench()
    bench.services.store = store = Knowing()
    await remember(bench.services, bench.scraper, PAGE, [stored(1, facts="[1]")])
    assert (bench.services.recent.all()[KEYS[0]].etag, store.looks) == (f"tag of {KEYS[0]}", 0)
    assert await bench.verifications.facts("") == {KEYS[0]: (bench.scraper.cache_tag(f"tag of {KEYS[0]}"), "[1]")}
    await put_each(store, PAGE, KEYS, KNOWN)
    await remember(bench.services, bench.scraper, PAGE, [stored(1, facts="[1]"), stored(2, facts="[1]")])
    assert (bench.services.recent.all()[KEYS[0]].etag, store.looks) == (f"tag of {KEYS[0]}", 1)
    assert bench.services.recent.all()[KEYS[1]] == await store.head(KEYS[1])  # what nobody remembers is looked at


async def test_who_has_nothing_to_tell_is_not_looked_at() -> None:
    bench = Bench()
    bench.services.store = store = Picky()
    await remember(bench.services, bench.scraper, PAGE, [stored(1), stored(2)])
    assert (store.looks, bench.discoveries.found) == (0, {})
    await remember(bench.services, bench.scraper, PAGE, [stored(3, kind=GapKind.INVALID)])
    assert store.looks == 1
    assert (await bench.verifications.accepted("")).keys() == {"ant/3.json"}


async def test_what_can_not_be_remembered_is_stored_all_the_same() -> None:
    bench = Bench()

    async def save(_found: object) -> None:
        raise QueueError("the disk is full")

    bench.discoveries.save = save  # type: ignore[method-assign]
    bench.verifications.save = save  # type: ignore[method-assign]
    await remember(bench.services, bench.scraper, PAGE, [stored(1, Discovery(()), "[1]")])
    assert list(bench.services.recent.all()) == ["ant/1.json"]
