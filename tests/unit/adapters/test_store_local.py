"""A lake in a folder, beyond the contract."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest
from tests.unit.adapters.lakes import journals, leftovers, refuse, rows, tree

from adce_async.adapters import lake_writing, store_local
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import FixMeError, StoreError
from adce_async.model.coverage import StoredObject
from adce_async.testing.clock import FakeClock
from adce_async.testing.store_contract import NOON, came, listed


async def test_an_object_lies_at_its_key_as_of_when_it_was_fetched(store: LocalStore, lake: Path) -> None:
    at = NOON + 0.1234567
    await store.put("espn/2024-25/1.json", b"[1]", came(at))
    file = lake / "espn" / "2024-25" / "1.json"
    status = file.stat()
    assert file.read_bytes() == b"[1]"
    etag = f"{status.st_mtime_ns:x}-3"
    expected = StoredObject("espn/2024-25/1.json", 3, etag, at, verified=True)
    assert store.own_tag("espn/2024-25/1.json") == etag  # nobody has to look at the file for it
    assert await store.head("espn/2024-25/1.json") == expected
    assert await listed(store) == {expected.key: expected}
    assert leftovers(lake) == []


async def test_metadata_lasts_from_flush_on(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"1", came())
    assert rows(lake) == 0
    await asyncio.gather(store.flush(), store.flush(), store.flush())
    assert rows(lake) == 1
    await store.put("a/2", b"2", came())
    await store.flush()
    assert rows(lake) == 2


async def test_flushes_at_once_share_a_round(store: LocalStore) -> None:
    rounds = 0
    real = store._writing.sync_all

    def counted() -> None:
        nonlocal rounds
        rounds += 1
        real()

    store._writing.sync_all = counted  # type: ignore[method-assign]
    await store.put("a/1", b"1", came())
    await asyncio.gather(*(store.flush() for _ in range(20)))
    await store.flush()
    assert rounds == 1


async def test_many_puts_without_a_flush_are_flushed(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_local, "MAX_WAITING", 3)
    for number in range(4):
        await store.put(f"a/{number}", b"1", came())
    assert rows(lake) == 4


async def test_leaving_flushes(lake: Path) -> None:
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
    assert rows(lake) == 1


async def test_the_second_to_come_is_still_at_work_when_the_first_has_left(lake: Path) -> None:
    async with contextlib.AsyncExitStack() as first:
        await first.enter_async_context(LocalStore(lake, exclusive=False))
        async with LocalStore(lake, exclusive=False) as second:
            await first.aclose()
            await second.put("a/1", b"1", came())
            async with LocalStore(lake, exclusive=False):
                assert len(journals(lake)) == 1


async def test_a_flush_ends_the_journal(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"1", came())
    assert len(journals(lake)) == 1
    await store.flush()
    assert journals(lake) == []


async def test_damaged_metadata_is_begun_anew(lake: Path) -> None:
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
    (lake / ".adce" / "objects.db").write_bytes(b"garbage " * 1000)
    async with LocalStore(lake, clock=FakeClock()) as store:
        assert store.recovered is not None
        assert "objects.db was damaged" in store.recovered
        assert (await listed(store))["a/1"].verified is False
        assert await store.put("a/1", b"1", came()) is False
        assert (await listed(store))["a/1"].verified is True


async def test_damaged_metadata_under_a_living_process_are_left_alone(lake: Path) -> None:
    async with LocalStore(lake):
        pass
    (lake / ".adce" / "objects.db").write_bytes(b"garbage " * 1000)
    with (lake / ".adce" / "presence").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        with pytest.raises(FixMeError, match=r"objects\.db: is no SQLite database any more"):
            async with LocalStore(lake):
                pass
    assert not list((lake / ".adce").glob("*broken*"))


@pytest.mark.parametrize("blocked", ["lake", "lake/.adce", "lake/.adce/tmp"])
async def test_a_lake_that_cannot_be_made_is_a_persons_business(tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocked).write_text("a file")
    with pytest.raises(FixMeError, match=r"lake.*: opening the lake: a part of its path is a file, not a folder"):
        async with LocalStore(tmp_path / "lake"):
            pass


async def test_one_instance_works_on_a_lake(store: LocalStore, lake: Path) -> None:
    (lake / ".adce" / "tmp" / "on-its-way").touch()
    before = tree(lake)
    with pytest.raises(FixMeError, match=r"another instance .* works on this lake; stop it, or use another --lake"):
        async with LocalStore(lake):
            pass
    assert tree(lake) == before, "it was refused before it changed anything"
    await store.put("a/1", b"1", came())
    assert (await listed(store)).keys() == {"a/1"}


async def test_the_lake_is_another_instances_when_all_is_on_disk(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    sync = lake_writing.sync

    def looking(path: str) -> None:
        with pytest.raises(FixMeError):
            InstanceLock(lake / ".adce" / "lock").acquire()
        seen.append(path)
        sync(path)

    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
        monkeypatch.setattr(lake_writing, "sync", looking)
    assert seen
    async with LocalStore(lake) as store:
        assert (await listed(store))["a/1"].verified


async def test_virtual_time_waits_for_the_disk(store: LocalStore) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with asyncio.timeout(3600):
        await store.put("a/1", b"x" * 2_000_000, came())
        await store.flush()
        assert await listed(store)
    assert loop.time() - before < 60


async def test_beside_another_instance_an_old_database_stays_as_it_is(lake: Path) -> None:
    """A running service of the last version must be able to go on writing."""
    async with LocalStore(lake, clock=FakeClock()) as old:
        await old.put("ant/1.json", b"1", came())
    database = sqlite3.connect(lake / ".adce" / "objects.db")
    database.executescript(
        "ALTER TABLE object DROP COLUMN etag; ALTER TABLE object DROP COLUMN last_modified;"
        " ALTER TABLE object DROP COLUMN seen_ns; PRAGMA user_version = 1"
    )
    database.close()
    presence = os.open(lake / ".adce" / "presence", os.O_RDWR)
    fcntl.flock(presence, fcntl.LOCK_SH)  # as a running instance does
    try:
        async with LocalStore(lake, clock=FakeClock()) as beside:
            assert (await beside.provenance("ant/1.json"))["etag"] == ""
            await beside.put("ant/2.json", b"2", came())
            await beside.flush()
    finally:
        os.close(presence)
    database = sqlite3.connect(lake / ".adce" / "objects.db")
    assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert len(database.execute("SELECT * FROM object WHERE key = 'ant/2.json'").fetchone()) == 10
    database.close()
    async with LocalStore(lake, clock=FakeClock()) as alone:
        assert (await alone.head("ant/2.json")).verified


@pytest.mark.parametrize("call", ["fsync", "replace"])
async def test_what_a_promise_needs_is_tried_at_opening(lake: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    refuse(monkeypatch, call, errno.EINVAL)
    with pytest.raises(FixMeError, match=r"opening the lake: its file system does not take .*: use another one"):
        async with LocalStore(lake):
            pass
    assert leftovers(lake) == []


async def test_a_lake_that_can_be_written_is_told_from_one_that_cannot(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.probe()
    refuse(monkeypatch, "fsync", errno.ENOSPC)
    with pytest.raises(StoreError, match="no space is left on its disk: free some"):
        await store.probe()
    assert leftovers(lake) == []
