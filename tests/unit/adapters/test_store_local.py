"""A lake in a folder, beyond the contract."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import resource
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from adce_async.adapters import store_local
from adce_async.adapters.lake_reader import LakeReader
from adce_async.adapters.objects_db import Row
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import FixMeError, StoreError, UnstorableError
from adce_async.model.coverage import StoredObject
from adce_async.testing.clock import FakeClock
from adce_async.testing.store_contract import NOON, came, listed


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
async def store(lake: Path) -> AsyncIterator[LocalStore]:
    async with LocalStore(lake, clock=FakeClock()) as store:
        yield store


def leftovers(lake: Path) -> list[Path]:
    return list((lake / ".adce" / "tmp").iterdir())


def journals(lake: Path) -> list[Path]:
    return list((lake / ".adce").glob("journal-*"))


def rows(lake: Path) -> int:
    """How many objects a process would know of that starts now."""
    with contextlib.closing(sqlite3.connect(lake / ".adce" / "objects.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM object").fetchone()
    return int(count)


async def test_an_object_lies_at_its_key_as_of_when_it_was_fetched(store: LocalStore, lake: Path) -> None:
    at = NOON + 0.1234567
    await store.put("espn/2024-25/1.json", b"[1]", came(at))
    file = lake / "espn" / "2024-25" / "1.json"
    status = file.stat()
    assert file.read_bytes() == b"[1]"
    etag = f"{status.st_mtime_ns:x}-3"
    expected = StoredObject("espn/2024-25/1.json", 3, etag, at, verified=True)
    assert await store.head("espn/2024-25/1.json") == expected
    assert await listed(store) == {expected.key: expected}
    assert leftovers(lake) == []


async def test_the_same_content_is_not_written_again(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"same", came(NOON))
    before = (lake / "a" / "1").stat()
    assert await store.put("a/1", b"same", came(NOON + 60)) is False
    after = (lake / "a" / "1").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, NOON + 60)
    assert (await listed(store))["a/1"].verified


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
    real = store._sync_all

    def counted() -> None:
        nonlocal rounds
        rounds += 1
        real()

    store._sync_all = counted  # type: ignore[method-assign]
    await store.put("a/1", b"1", came())
    await asyncio.gather(*(store.flush() for _ in range(20)))
    await store.flush()
    assert rounds == 1


async def test_files_and_all_their_folders_are_synced_before_the_metadata(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def sync(path: str) -> None:
        assert rows(lake) == 0
        synced.append(os.path.relpath(path, lake))

    monkeypatch.setattr(store_local, "sync", sync)
    await store.put("a/b/1", b"1", came())
    await store.put("a/c/2", b"2", came())
    await store.flush()
    assert sorted(synced[:2]) == ["a/b/1", "a/c/2"]
    assert sorted(synced[2:]) == [".", "a", "a/b", "a/c"]
    assert rows(lake) == 2


async def test_a_flush_that_failed_is_made_good_by_the_next(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: str) -> None:
        raise OSError(5, "Input/output error", path)

    await store.put("a/1", b"1", came())
    with monkeypatch.context() as patch:
        patch.setattr(store_local, "sync", broken)
        with pytest.raises(StoreError, match=r"a/1: syncing it to disk: its disk could not be read or written"):
            await store.flush()
    assert rows(lake) == 0
    await store.flush()
    assert rows(lake) == 1


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


async def test_what_a_killed_process_left_is_removed_but_not_under_a_living_one(lake: Path) -> None:
    async with LocalStore(lake) as store:
        (lake / ".adce" / "tmp" / "half").write_bytes(b"half")
        await store.put("a/1", b"1", came())
        async with LocalStore(lake):
            assert len(leftovers(lake)) == 1
            assert len(journals(lake)) == 1
            assert rows(lake) == 0
    async with LocalStore(lake):
        assert leftovers(lake) == []
        assert journals(lake) == []


async def test_the_second_to_come_is_still_at_work_when_the_first_has_left(lake: Path) -> None:
    async with contextlib.AsyncExitStack() as first:
        await first.enter_async_context(LocalStore(lake))
        async with LocalStore(lake) as second:
            await first.aclose()
            await second.put("a/1", b"1", came())
            async with LocalStore(lake):
                assert len(journals(lake)) == 1


async def test_a_journal_carries_metadata_over_a_kill_if_the_content_is_as_it_says(lake: Path) -> None:
    async with LocalStore(lake) as store:
        for key in ("good", "shorter", "other", "gone"):
            await store.put(key, b"content", came())
        shutil.copytree(lake, lake.with_name("killed"))
    killed = lake.with_name("killed")
    at = (killed / "good").stat().st_mtime
    for key, body in (("shorter", b"con"), ("other", b"CONTENT")):  # what a power failure makes of them
        (killed / key).write_bytes(body)
        os.utime(killed / key, (at, at))
    (killed / "gone").unlink()
    (journal,) = journals(killed)
    with journal.open("ab") as file:
        file.write(b'["cut", 1, \0\0\n[]\n{}\n')
    assert rows(killed) == 0
    async with LocalStore(killed) as store:
        assert {key: stored.verified for key, stored in (await listed(store)).items()} == {
            "good": True,
            "shorter": False,
            "other": False,
        }
        assert rows(killed) == 1
        assert journals(killed) == []


async def test_a_journal_of_nothing_is_removed_too(lake: Path) -> None:
    async with LocalStore(lake):
        (lake / ".adce" / "journal-0-0").write_bytes(b"")
    async with LocalStore(lake):
        assert journals(lake) == []


async def test_a_flush_ends_the_journal(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"1", came())
    assert len(journals(lake)) == 1
    await store.flush()
    assert journals(lake) == []


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Writing a file beyond 64 KB fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_disk")
async def test_a_body_that_does_not_fit_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    async with LocalStore(lake) as store:
        await store.put("a/1", b"old", came())
        with pytest.raises(StoreError, match=r"lake/a/1: storing it: is larger than the file system or .*: raise that"):
            await store.put("a/1", b"x" * 200_000, came(NOON + 1))
        assert leftovers(lake) == []
        assert await store.get("a/1") == b"old"
        assert (await listed(store))["a/1"].verified


async def test_a_key_below_a_file_or_at_a_folder_is_refused_in_plain_words(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"1", came())
    with pytest.raises(StoreError, match=r"a/1/deeper: storing it: a part of its path is a file, not a folder"):
        await store.put("a/1/deeper", b"2", came())
    with pytest.raises(StoreError, match=r"lake/a: storing it: is a folder, not a file"):
        await store.put("a", b"3", came())
    assert leftovers(lake) == []
    assert (await listed(store)).keys() == {"a/1"}


async def test_a_folder_that_somebody_removed_is_made_again(store: LocalStore, lake: Path) -> None:
    await store.put("a/b/1", b"1", came())
    shutil.rmtree(lake / "a")
    assert await store.put("a/b/2", b"2", came()) is True
    assert (await listed(store)).keys() == {"a/b/2"}


async def test_puts_of_one_key_take_turns(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = store._db.record

    def record(row: Row) -> None:
        assert go.wait(10)
        real(row)

    monkeypatch.setattr(store._db, "record", record)
    async with asyncio.TaskGroup() as group:
        group.create_task(store.put("a/1", b"first", came()))
        await asyncio.sleep(0)
        group.create_task(store.put("a/1", b"second", came()))
        await asyncio.sleep(0.05)
        assert await store.get("a/1") == b"first", "renamed, but not recorded yet"
        go.set()
    assert await store.get("a/1") == b"second"
    assert (await listed(store))["a/1"].verified


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
    assert await listed(store) == {}
    with pytest.raises(StoreError, match="leads through a symbolic link"):
        await store.put("folder/new/1", b"1", came())
    assert not (outside / "new").exists()
    assert await store.put("file", b"ours", came()) is True
    assert (outside / "secret").read_bytes() == b"secret"
    assert (await listed(store)).keys() == {"file"}


async def test_a_lake_may_itself_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").symlink_to("disk")
    async with LocalStore(tmp_path / "lake") as store:
        await store.put("a/1", b"1", came())
        assert (await listed(store)).keys() == {"a/1"}


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
    monkeypatch.setattr(store_local, "BATCH", 1)
    for key in ("1", "2", "a/1"):
        await store.put(key, b"1", came())
    batches = store.list()
    assert len(await anext(batches)) == 1
    shutil.rmtree(lake / "a")
    assert len(await anext(batches)) == 1
    with pytest.raises(StoreError, match=r"lake/a: listing the lake: is gone"):
        await anext(batches)


async def test_a_large_listing_comes_in_batches_and_does_not_hold_the_loop(store: LocalStore, lake: Path) -> None:
    for folder in range(3):
        (lake / f"{folder}").mkdir()
        for number in range(1000):
            (lake / f"{folder}" / f"{number}.json").touch()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.0001)
            beats += 1

    async with asyncio.TaskGroup() as group:
        heart = group.create_task(beat())
        sizes = [len(batch) async for batch in store.list()]
        heart.cancel()
    assert sizes == [2000, 1000]
    assert beats > 0


async def test_a_listing_may_be_left_early(store: LocalStore) -> None:
    for number in range(5):
        await store.put(f"a/{number}", b"1", came())
    async for batch in store.list():
        assert len(batch) == 5
        break
    assert len(await listed(store)) == 5


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
    with store.lock(), pytest.raises(FixMeError, match=r"another instance .* works on this lake"):
        LocalStore(lake).lock().acquire()
    assert await listed(store) == {}


async def test_virtual_time_waits_for_the_disk(store: LocalStore) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with asyncio.timeout(3600):
        await store.put("a/1", b"x" * 2_000_000, came())
        await store.flush()
        assert await listed(store)
    assert loop.time() - before < 60


async def test_a_file_that_is_gone_is_trouble_of_the_lake(store: LocalStore) -> None:
    with pytest.raises(StoreError):
        await store.put_file("ant/1.bin", store.scratch(), came())


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


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Make the file system refuse a call."""

    def refused(*_args: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refused)


def without_times(lake: Path) -> Path:
    """A copy that keeps no times, as of `cp -r` or unzip."""
    return Path(shutil.copytree(lake, lake.with_name("copy"), copy_function=shutil.copyfile))


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
    monkeypatch.setattr(store_local, "digest", None)  # nothing is left to look into
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
        monkeypatch.setattr(store_local, "digest", None)  # it was looked into once
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
    monkeypatch.setattr(store_local, "MOST_HASHED", 9)
    monkeypatch.setattr(store_local, "MAX_WAITING", 3)
    async with LocalStore(without_times(lake)) as store:
        sizes, waiting = [], []
        async for batch in store.list():
            sizes.append(len(batch))
            waiting.append(store._db.waiting)
        assert sizes == [2, 2, 2]
        assert max(waiting) <= 4


async def test_where_times_cannot_be_set_the_index_bears_them(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "utime", errno.EPERM)
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
        assert await store.put("a/1", b"2", came()) is True
        assert await store.put("a/1", b"2", came(NOON + 5)) is False
        before = (await listed(store))["a/1"]
        assert (before.modified, before.verified) == (NOON + 5, True)
    async with LocalStore(lake) as store:
        assert (await listed(store))["a/1"] == before


async def test_a_folder_that_cannot_be_synced_stops_nothing_and_is_said_once(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def for_files_only(path: str) -> None:
        if Path(path).is_dir():
            raise OSError(errno.EINVAL, "Invalid argument", path)

    monkeypatch.setattr(store_local, "sync", for_files_only)
    with structlog.testing.capture_logs() as said:
        for number in range(2):
            await store.put(f"a/{number}", b"1", came())
            await store.flush()
    assert rows(lake) == 2
    assert [line["call"] for line in said] == ["fsync of a folder"]


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


async def test_one_bad_name_fails_alone(store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lake / "a" / "folder").mkdir(parents=True)
    create = store_local.create

    def picky(path: str, body: bytes, *rest: Any) -> os.stat_result:
        if body == b"\xc4\x87":  # as with the names of a system in Latin-1
            body.decode().encode("latin-1")
        return create(path, body, *rest)

    monkeypatch.setattr(store_local, "create", picky)
    bodies = {"a/1": b"1", "a/folder": b"2", "a/\u0107": b"\xc4\x87", "a/3": b"3"}
    came_of_it = await asyncio.gather(
        *(store.put(key, body, came()) for key, body in bodies.items()), return_exceptions=True
    )
    assert [True if one is True else type(one) for one in came_of_it] == [True, UnstorableError, UnstorableError, True]
