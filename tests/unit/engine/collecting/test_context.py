from __future__ import annotations

import pytest
from tests.unit.engine.collecting.attempt_parts import URL, Bench, item, not_modified
from tests.unit.engine.judged import START

from adce_async.engine.collecting.context import CheckOnly, validators
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.errors import NotAskedError, PermanentError, RefusedError, StoreError, TransientError, UnstorableError
from adce_async.model.coverage import GapKind
from adce_async.model.task import Verdict
from adce_async.ports import Provenance
from adce_async.scraping.base import Page, Want

NEW, STALE = {"kind": GapKind.MISSING}, {"kind": GapKind.STALE}
KNOWN = Provenance(URL, START, "ant_items", "1", "application/json", 200, '"e1"', "")


def test_validators_are_those_that_the_provenance_has() -> None:
    assert validators({"etag": '"a"', "last_modified": "Mon"}) == {"If-None-Match": '"a"', "If-Modified-Since": "Mon"}
    assert validators({"etag": "", "url": URL}) == {}


async def test_what_the_check_accepts_is_stored_for_each_key_with_its_provenance() -> None:
    bench = Bench()
    context = bench.context(item(1, **NEW), item(2, **NEW))
    await context.save(await context.fetch(URL))
    assert context.saved == {"ant/1.json": Verdict.STORED, "ant/2.json": Verdict.STORED}
    assert dict(bench.store.bodies) == {"ant/1.json": b"good", "ant/2.json": b"good"}
    known = await bench.store.provenance("ant/2.json")
    assert (known["url"], known["scraper"], known["scraper_version"]) == (URL, "ant_items", "1")
    assert bench.services.recent.all().keys() == {"ant/1.json", "ant/2.json"}
    assert (context.size, context.body) == (4, b"good")


async def test_of_a_source_that_is_another_machines_by_now_nothing_is_stored() -> None:
    bench = Bench()
    context = bench.context(item(1, **NEW))
    page = await context.fetch(URL)
    bench.services.owns = lambda source: source != "ant"
    with pytest.raises(NotAskedError, match="another machine stores"):
        await context.save(page)
    assert (dict(bench.store.bodies), context.saved) == ({}, {})
    bench.services.owns = lambda source: source == "ant"
    await context.save(page)
    assert list(bench.store.bodies) == ["ant/1.json"]


async def test_the_same_body_again_is_unchanged() -> None:
    bench = Bench()
    for verdict in (Verdict.STORED, Verdict.UNCHANGED):
        context = bench.context(item(1, **NEW))
        await context.save(await context.fetch(URL))
        assert context.saved == {"ant/1.json": verdict}


async def test_what_the_check_refuses_is_not_stored_and_raised_if_nothing_was() -> None:
    bench = Bench(lambda _ask: b"bad")
    context = bench.context(item(1, **NEW))
    with pytest.raises(RefusedError, match="a bad body"):
        await context.save(await context.fetch(URL))
    assert (dict(bench.store.bodies), context.saved, list(context.refused)) == ({}, {}, ["ant/1.json"])


async def test_of_several_keys_the_good_ones_are_stored_and_nothing_is_raised() -> None:
    bench = Bench(lambda _ask: b"ant/1.json")  # no good body for that key
    context = bench.context(item(1, **NEW), item(2, **NEW))
    await context.save(await context.fetch(URL))
    assert (list(context.saved), list(context.refused)) == (["ant/2.json"], ["ant/1.json"])


async def test_only_the_key_that_is_named_is_saved() -> None:
    bench = Bench()
    context = bench.context(item(1, **NEW), item(2, **NEW))
    await context.save(await context.fetch(URL), "ant/2.json")
    assert list(bench.store.bodies) == ["ant/2.json"]


async def test_a_body_below_the_least_size_is_refused_until_it_is_another() -> None:
    bench = Bench(min_bytes={"ant.items": 5})
    context = bench.context(item(1, **NEW))
    page = await context.fetch(URL)
    with pytest.raises(RefusedError, match=r"4 bytes, at least 5 expected \(min_bytes\)"):
        await context.save(page)
    bench.services.apply({})
    await context.save(page)
    assert (list(context.saved), context.refused) == (["ant/1.json"], {})


async def test_a_name_that_cannot_be_stored_is_given_up_alone() -> None:
    bench = Bench()
    put = bench.store.put

    async def fails(key, body, provenance):
        if key == "ant/1.json":
            raise UnstorableError("no such name here")
        return await put(key, body, provenance)

    bench.store.put = fails  # type: ignore[method-assign]
    context = bench.context(item(1, **NEW), item(2, **NEW))
    await context.save(await context.fetch(URL))
    assert list(context.saved) == ["ant/2.json"]
    assert isinstance(context.refused["ant/1.json"], PermanentError)


async def test_what_a_body_names_is_remembered_for_its_etag() -> None:
    bench = Bench(lambda _ask: b"a game")
    context = bench.context(item(1, **NEW))
    await context.save(await context.fetch(URL))
    stored = await bench.store.head("ant/1.json")
    tag, found = bench.discoveries.found["ant/1.json"]
    assert (tag, found) == (bench.scraper.cache_tag(stored.etag), context.found["ant/1.json"])


# --- asked again with a condition -------------------------------------------------------------------------------------


async def test_what_is_stale_is_asked_for_with_its_validators_and_not_modified_is_as_if_it_had_come() -> None:
    bench = Bench(not_modified)
    await bench.store.put("ant/1.json", b"good", KNOWN)
    context = bench.context(item(1, **STALE))
    page = await context.fetch(URL, headers={"X-Mine": "1"})
    assert bench.asked[0].headers == {"If-None-Match": '"e1"', "X-Mine": "1"}
    assert (page.body, page.headers["etag"]) == (b"good", '"e1"')
    await context.save(page)
    assert context.saved == {"ant/1.json": Verdict.UNCHANGED}


@pytest.mark.parametrize(
    ("changes", "url"),
    [({"kind": GapKind.STALE, "force": True}, URL), ({"kind": GapKind.SMALL}, URL), (STALE, URL + "/other")],
)
async def test_what_is_wrong_forced_or_from_elsewhere_is_asked_for_anew(changes, url: str) -> None:
    bench = Bench(not_modified)
    await bench.store.put("ant/1.json", b"good", KNOWN)
    assert (await bench.context(item(1, **changes)).fetch(url)).body == b"new"


async def test_what_is_gone_from_the_lake_meanwhile_is_asked_for_again_later() -> None:
    bench = Bench()
    await bench.store.put("ant/1.json", b"good", KNOWN)

    def vanishes(ask):
        bench.store.delete("ant/1.json")
        return not_modified(ask)

    bench.sources._script = vanishes
    with pytest.raises(TransientError, match="gone from the lake"):
        await bench.context(item(1, **STALE)).fetch(URL)


# --- what is left over ------------------------------------------------------------------------------------------------


async def test_a_large_body_lies_in_a_file_until_the_attempt_is_over() -> None:
    bench = Bench()
    context = bench.context(item(1, **NEW))
    page = await context.fetch(URL, stream=True)
    assert (page.body, page.size, context.body) == (b"", 4, b"good")
    await context.save(page)
    await context.clear_up()
    assert not page.file.exists()
    assert bench.store.bodies["ant/1.json"] == b"good"


async def test_a_token_that_was_not_used_is_given_back_once() -> None:
    bench = Bench()
    assert bench.limiter.try_acquire()
    context = bench.context(item(1), permits=1)
    await context.clear_up()
    assert bench.limiter.claim() is None
    assert bench.limiter.try_acquire()
    await context.clear_up()
    assert bench.limiter.claim() is not None  # that one is somebody else's


async def test_who_only_checks_keeps_nothing() -> None:
    bench = Bench(lambda _ask: b"a game")
    trial = CheckOnly(bench.services, AttemptHandle([item(1)]), bench.scraper)
    await trial.save(await trial.fetch(URL))
    assert list(trial.saved) == ["ant/1.json"]
    assert (dict(bench.store.bodies), bench.discoveries.found, bench.services.recent.all()) == ({}, {}, {})


async def test_a_bug_for_one_key_is_raised_after_what_came_before_it_is_stored() -> None:
    bench = Bench()

    def check(_page: Page, want: Want) -> None:
        if want.key == "ant/2.json":
            raise ZeroDivisionError

    bench.scraper.check = check  # type: ignore[method-assign]
    context = bench.context(item(1), item(2), item(3))
    with pytest.raises(ZeroDivisionError):
        await context.save(await context.fetch(URL))
    assert list(context.saved) == ["ant/1.json"]


async def test_what_one_key_can_not_be_stored_for_is_raised_after_the_others_are_remembered() -> None:
    bench = Bench(lambda _ask: b"a game")
    put = bench.store.put

    async def full(key: str, body: bytes, provenance: Provenance) -> bool:
        if key == "ant/1.json":
            raise StoreError("the disk is full")
        return await put(key, body, provenance)

    bench.store.put = full  # type: ignore[method-assign]
    context = bench.context(item(1), item(2))
    with pytest.raises(StoreError, match="full"):
        await context.save(await context.fetch(URL))
    assert context.saved == {"ant/2.json": Verdict.STORED}
    assert list(bench.discoveries.found) == ["ant/2.json"]


async def test_what_a_body_was_parsed_into_is_gone_once_it_is_judged() -> None:
    bench = Bench(lambda _ask: b"[]")
    bench.scraper.check = lambda page, _want: page.json()  # type: ignore[method-assign]
    context = bench.context(item(1), item(2))
    page = await context.fetch(URL)
    await context.save(page)
    assert "_json" not in vars(page)
    assert page.json() == []
