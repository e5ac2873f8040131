"""What is in a lake: links, names, copies, listings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import structlog
from tests.unit.adapters.lakes import without_times

from adce_async.adapters import lake_index, store_local
from adce_async.adapters.lake_reader import LakeReader
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import StoreError
from adce_async.testing.store_contract import NOON, came, listed


async def test_what_somebody_else_changed_is_neither_verified_nor_taken_for_ours(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"ours", came())
    await store.flush()
    (lake / "a" / "1").write_bytes(b"evil")
    (lake / "a" / "2").write_bytes(b"theirs")
    assert {key: stored.verified for key, stored in (await listed(store)).items()} == {"a/1": False, "a/2": False}
    assert await store.provenance("a/1") is None
    assert await store.provenance("a/2") is None
    assert await store.put("a/1", b"ours", came()) is True
    assert await store.get("a/1") == b"ours"
    assert await store.put("a/2", b"theirs", came()) is False, "same content: now it is known where it came from"
    assert {key: stored.verified for key, stored in (await listed(store)).items()} == {"a/1": True, "a/2": True}


async def test_links_lead_nowhere_else(store: LocalStore, lake: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (lake / "folder").symlink_to(outside)
    (lake / "file").symlink_to(outside / "secret")
    os.mkfifo(lake / "pipe")
    for key in ("folder/secret", "file", "pipe"):
        assert await store.get(key) is None
        assert await store.head(key) is None
    await store.put("real/1", b"1", came())
    assert (await store.heads(["folder/secret", "real/1", "file", "pipe", "folder/other", "real/2"])).keys() == {
        "real/1"
    }
    assert (await listed(store)).keys() == {"real/1"}
    (lake / "real" / "1").unlink()
    with pytest.raises(StoreError, match="leads through a symbolic link"):
        await store.put("folder/new/1", b"1", came())
    assert not (outside / "new").exists()
    assert await store.put("file", b"ours", came()) is True
    assert (outside / "secret").read_bytes() == b"secret"
    assert (await listed(store)).keys() == {"file"}


async def test_names_that_cannot_be_keys_are_left_out_and_said_once(store: LocalStore, lake: Path) -> None:
    (lake / "back\\slash").write_bytes(b"x")
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            assert await listed(store) == {}
    assert [(one["event"], one["name"]) for one in said] == [("a file is left out", "back\\slash")]


async def test_a_lake_that_was_unmounted_is_not_empty(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"1", came())
    shutil.move(lake, lake.with_name("unmounted"))
    os.mkdir(lake)  # noqa: PTH102
    with pytest.raises(StoreError, match=r"objects\.db: listing the lake: is gone: was the folder moved, or its disk"):
        await listed(store)
    os.rmdir(lake)  # noqa: PTH106
    shutil.move(lake.with_name("unmounted"), lake)
    assert (await listed(store)).keys() == {"a/1"}


async def test_a_folder_that_vanishes_during_a_listing_is_an_error(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_index, "BATCH", 1)
    for key in ("1", "2", "a/1"):
        await store.put(key, b"1", came())
    batches = store.list()
    assert len(await anext(batches)) == 1
    shutil.rmtree(lake / "a")
    assert len(await anext(batches)) == 1
    with pytest.raises(StoreError, match=r"lake/a: listing the lake: is gone"):
        await anext(batches)


async def test_a_copy_without_times_is_what_it_was(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalStore(lake) as store:
        for number in range(3):
            await store.put(f"a/{number}", b"%d" % number, came(NOON + number))
        await store.flush()
        before = await listed(store)
    copy = without_times(lake)
    async with LakeReader(copy) as reader:
        assert await listed(reader) == before
        assert await reader.head("a/2") == before["a/2"]
        assert (await reader.provenance("a/2") or {})["fetched_at"] == NOON + 2
    async with LocalStore(copy) as store:
        assert await listed(store) == before
    monkeypatch.setattr(lake_index, "digest", None)  # nothing is left to look into
    async with LocalStore(copy) as store:
        assert await listed(store) == before
    async with LakeReader(copy) as reader:
        assert await listed(reader) == before


async def test_what_somebody_else_put_in_its_place_has_its_own_time(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LocalStore(lake) as store:
        await store.put("a/1", b"ours", came())
        (lake / "a" / "1").write_bytes(b"else")
        found = (await listed(store))["a/1"]
        assert not found.verified
        assert found.modified > NOON
        assert await store.provenance("a/1") is None
        monkeypatch.setattr(lake_index, "digest", None)  # it was looked into once
        assert (await listed(store))["a/1"] == found
        monkeypatch.undo()
        assert await store.put("a/1", b"ours", came(NOON + 1)) is True
        assert (await listed(store))["a/1"].modified == NOON + 1


async def test_copies_are_looked_into_and_remembered_in_bounded_steps(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LocalStore(lake) as store:
        for number in range(6):
            await store.put(f"a/{number}", b"12345", came())
    monkeypatch.setattr(lake_index, "MOST_HASHED", 9)
    monkeypatch.setattr(store_local, "MAX_WAITING", 3)
    async with LocalStore(without_times(lake)) as store:
        sizes, waiting = [], []
        async for batch in store.list():
            sizes.append(len(batch))
            waiting.append(store._db.waiting)
        assert sizes == [2, 2, 2]
        assert max(waiting) <= 4
