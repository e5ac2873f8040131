"""Only what has changed is read; what is broken is left out and named; a run that is cut off goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.unit.adapters.tables.rows import read
from tests.unit.engine.tabling.ants import Ants, Lake, StreamedAnts, body, key

from adce_async.engine.tabling import maker as module
from adce_async.errors import StoreError


def games(folder: Path) -> list[str]:
    return sorted(row["game_id"] for row in read(folder, "schedules"))


async def test_an_empty_lake_makes_empty_tables(tmp_path: Path) -> None:
    made = await Lake(tmp_path).make()
    assert (made.tabled, made.read, {counts.rows for counts in made.tables.values()}) == (0, 0, {0})


async def test_each_object_is_read_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in (1, 2, 3):
        await lake.put(number)
    told: list[tuple[int, int]] = []
    made = await lake.make(progress=lambda done, total: told.append((done, total)))
    assert (made.tabled, made.read, made.tables["schedules"].rows) == (3, 3, 3)
    assert told[-1] == (3, 3)
    made = await lake.make()
    assert (made.tabled, made.read, lake.scraper.read) == (3, 0, [])
    assert made.as_dict()["objects"] == {"tabled": 3, "read": 0, "unchanged": 3, "unverified": 0, "broken": 0}


async def test_what_has_changed_is_read_and_what_is_gone_is_taken_out(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for number in (1, 2, 3):
        await lake.put(number)
    await lake.make()
    await lake.put(2, body(2, "x", "y"), at=2000.0)
    lake.store.delete(key(3))
    await lake.put(4)
    made = await lake.make()
    assert sorted(lake.scraper.read) == [key(2), key(4)]
    assert (made.tabled, made.read) == (3, 2)
    assert games(tmp_path) == ["1", "4", "x", "y"]
    for number in (1, 2, 4):
        lake.store.delete(key(number))
    assert (await lake.make()).tables["schedules"].rows == 0


async def test_a_renewal_changes_the_time_and_reads_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)
    await lake.make()
    await lake.put(1, at=5000.0)
    await lake.make()
    assert lake.scraper.read == []
    (row,) = read(tmp_path, "schedules")
    assert row["fetched_at"].timestamp() == 5000.0


async def test_another_version_of_the_scraper_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)
    await lake.make()
    monkeypatch.setattr(type(lake.scraper), "version", "2")
    await lake.make()
    assert lake.scraper.read == [key(1)]


@pytest.mark.parametrize("scraper", [Ants, StreamedAnts])
async def test_what_is_broken_is_left_out_and_read_again_only_when_it_changes(tmp_path: Path, scraper) -> None:
    lake = Lake(tmp_path, scraper)
    await lake.put(1)
    await lake.put(2, b'{"id": "2", "games"')
    await lake.put(3, body(7))
    made = await lake.make()
    assert (made.tabled, made.read, set(made.left_out)) == (1, 1, {key(2), key(3)})
    assert made.left_out[key(3)] == "RefusedError: id 7"
    again = await lake.make()
    assert (lake.scraper.read, again.left_out) == ([], made.left_out)
    await lake.put(3, at=2000.0)
    assert set((await lake.make()).left_out) == {key(2)}
    assert games(tmp_path) == ["1", "3"]


async def test_what_the_store_can_not_hand_out_is_tried_again_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)
    await lake.put(2)
    get = lake.store.get

    async def fails(key_: str) -> bytes | None:
        if key_ == key(1):
            raise StoreError("no answer")
        return await get(key_)

    with monkeypatch.context() as patch:
        patch.setattr(lake.store, "get", fails)
        made = await lake.make()
    assert (made.tabled, made.left_out) == (1, {key(1): "can't be read: no answer"})
    made = await lake.make()
    assert (made.tabled, made.read, lake.scraper.read) == (2, 1, [key(1)])


async def test_a_store_that_hands_out_nothing_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path, count=200)
    for number in range(1, 200):
        await lake.put(number)

    async def fails(_: str) -> bytes | None:
        raise StoreError("no answer")

    monkeypatch.setattr(lake.store, "get", fails)
    with pytest.raises(StoreError, match="objects in a row can't be read: no answer"):
        await lake.make()
    assert games(tmp_path) == []


async def test_an_object_that_goes_meanwhile_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)

    async def gone(_: str) -> bytes | None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(lake.store, "get", gone)
        made = await lake.make()
    assert (made.tabled, made.left_out) == (0, {})
    assert (await lake.make()).tabled == 1


async def test_a_run_that_is_cut_off_leaves_the_tables_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    await lake.put(1)
    await lake.make()
    await lake.put(2)

    async def never(_: str) -> bytes | None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(lake.store, "get", never)
        with pytest.raises(asyncio.CancelledError):
            await lake.make()
    assert games(tmp_path) == ["1"]
    assert (await lake.make()).read == 1
    assert games(tmp_path) == ["1", "2"]


async def test_so_many_are_read_at_a_time_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path, count=50)
    for number in range(1, 50):
        await lake.put(number)
    at_once, most = 0, 0
    get = lake.store.get

    async def counted(key_: str) -> bytes | None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return await get(key_)

    monkeypatch.setattr(lake.store, "get", counted)
    await lake.make()
    assert most == module.AT_ONCE
    monkeypatch.setattr(module, "BYTES_AT_ONCE", 1)
    most = 0
    monkeypatch.setattr(type(lake.scraper), "version", "2")
    await lake.make()
    assert most == 1
