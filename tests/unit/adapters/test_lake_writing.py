"""Writing into a lake: whole, in order, over what goes wrong."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.unit.adapters.lakes import journals, leftovers, refuse, rows, without_times

from adce_async.adapters import lake_writing
from adce_async.adapters.objects_db import Row
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import StoreError, UnstorableError
from adce_async.testing.store_contract import NOON, came, listed


async def test_the_same_content_is_not_written_again(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"same", came(NOON))
    before = (lake / "a" / "1").stat()
    assert await store.put("a/1", b"same", came(NOON + 60)) is False
    after = (lake / "a" / "1").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, NOON + 60)
    assert (await listed(store))["a/1"].verified


async def test_a_body_of_several_keys_is_hashed_once_and_each_has_its_own_hash(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[bytes] = []
    sha256 = hashlib.sha256

    def counting(body: bytes) -> Any:
        hashed.append(body)
        return sha256(body)

    monkeypatch.setattr(lake_writing.hashlib, "sha256", counting)
    bodies = {"a/1": b"same", "a/2": b"same", "a/3": b"other"}
    same = bodies["a/2"] = bodies["a/1"]
    await asyncio.gather(*(store.put(key, body, came()) for key, body in bodies.items()))
    assert hashed == [same, b"other"]
    kept = {key: (await store.provenance(key) or {})["sha256"] for key in bodies}
    assert kept == {key: sha256(body).hexdigest() for key, body in bodies.items()}


async def test_files_and_all_their_folders_are_synced_before_the_metadata(
    store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def sync(path: str) -> None:
        assert rows(lake) == 0
        synced.append(os.path.relpath(path, lake))

    monkeypatch.setattr(lake_writing, "sync", sync)
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
        patch.setattr(lake_writing, "sync", broken)
        with pytest.raises(StoreError, match=r"a/1: syncing it to disk: its disk could not be read or written"):
            await store.flush()
    assert rows(lake) == 0
    await store.flush()
    assert rows(lake) == 1


async def test_what_a_killed_process_left_is_removed_but_not_under_a_living_one(lake: Path) -> None:
    async with LocalStore(lake) as store:
        (lake / ".adce" / "tmp" / "half").write_bytes(b"half")
        await store.put("a/1", b"1", came())
        async with LocalStore(lake, exclusive=False):
            assert len(leftovers(lake)) == 1
            assert len(journals(lake)) == 1
            assert rows(lake) == 0
    async with LocalStore(lake):
        assert leftovers(lake) == []
        assert journals(lake) == []


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


async def test_bodies_that_are_written_together_are_in_the_journal_when_any_of_them_is_answered(lake: Path) -> None:
    async with LocalStore(lake) as store:
        keys = [f"a/{number}" for number in range(40)]

        async def put(key: str) -> int:
            await store.put(key, key.encode(), came())
            return sum(json.dumps(key) in file.read_text() for file in journals(lake))

        assert await asyncio.gather(*map(put, keys)) == [1] * 40
        lines = [line for file in journals(lake) for line in file.read_text().splitlines()]
        assert sorted(json.loads(line)[0] for line in lines) == sorted(keys)


async def test_a_journal_of_nothing_is_removed_too(lake: Path) -> None:
    async with LocalStore(lake):
        (lake / ".adce" / "journal-0-0").write_bytes(b"")
    async with LocalStore(lake):
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
    real = store._db.note

    def note(row: Row) -> None:
        assert go.wait(10)
        real(row)

    monkeypatch.setattr(store._db, "note", note)
    async with asyncio.TaskGroup() as group:
        group.create_task(store.put("a/1", b"first", came()))
        await asyncio.sleep(0)
        group.create_task(store.put("a/1", b"second", came()))
        await asyncio.sleep(0.05)
        assert await store.get("a/1") == b"first", "renamed, but not noted yet"
        go.set()
    assert await store.get("a/1") == b"second"
    assert (await listed(store))["a/1"].verified


async def test_a_file_that_is_gone_is_trouble_of_the_lake(store: LocalStore) -> None:
    with pytest.raises(StoreError):
        await store.put_file("ant/1.bin", store.scratch(), came())


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

    monkeypatch.setattr(lake_writing, "sync", for_files_only)
    with structlog.testing.capture_logs() as said:
        for number in range(2):
            await store.put(f"a/{number}", b"1", came())
            await store.flush()
    assert rows(lake) == 2
    assert [line["call"] for line in said] == ["fsync of a folder"]


async def test_one_bad_name_fails_alone(store: LocalStore, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lake / "a" / "folder").mkdir(parents=True)
    create = lake_writing.create

    def picky(path: str, body: bytes, *rest: Any) -> os.stat_result:
        if body == b"\xc4\x87":  # as with the names of a system in Latin-1
            body.decode().encode("latin-1")
        return create(path, body, *rest)

    monkeypatch.setattr(lake_writing, "create", picky)
    bodies = {"a/1": b"1", "a/folder": b"2", "a/\u0107": b"\xc4\x87", "a/3": b"3"}
    came_of_it = await asyncio.gather(
        *(store.put(key, body, came()) for key, body in bodies.items()), return_exceptions=True
    )
    assert [True if one is True else type(one) for one in came_of_it] == [True, UnstorableError, UnstorableError, True]


async def test_what_is_renewed_is_not_written_again(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"same", came(NOON))
    before = (lake / "a" / "1").stat()
    assert await store.renew("a/1", came(NOON + 60)) is True
    after = (lake / "a" / "1").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, NOON + 60)


async def test_what_somebody_else_changed_is_not_renewed(store: LocalStore, lake: Path) -> None:
    await store.put("a/1", b"ours", came())
    (lake / "a" / "1").write_bytes(b"else")
    (lake / "a" / "2").write_bytes(b"theirs")
    before = await listed(store)
    assert await store.renew("a/1", came(NOON + 60)) is False
    assert await store.renew("a/2", came(NOON + 60)) is False
    assert await listed(store) == before
    assert await store.provenance("a/1") is None


async def test_a_copy_without_times_is_renewed_all_the_same(lake: Path) -> None:
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
    async with LocalStore(without_times(lake)) as copy:
        assert await copy.renew("a/1", came(NOON + 60)) is True
        stored = (await listed(copy))["a/1"]
        assert (stored.modified, stored.verified) == (NOON + 60, True)


async def test_a_renewal_that_a_kill_cut_off_is_forgotten_and_the_object_is_not(lake: Path) -> None:
    """The file has its new time, and nobody was told."""
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
        await store.flush()
        before = (await listed(store))["a/1"]
        os.utime(lake / "a" / "1", (NOON + 60, NOON + 60))
    async with LocalStore(lake) as store:
        assert (await listed(store))["a/1"] == before


async def test_a_renewal_lasts_from_flush_on_where_times_cannot_be_set(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "utime", errno.EPERM)
    async with LocalStore(lake) as store:
        await store.put("a/1", b"1", came())
        etag = (await listed(store))["a/1"].etag
        assert await store.renew("a/1", came(NOON + 60)) is True
    async with LocalStore(lake) as store:
        stored = (await listed(store))["a/1"]
        assert (stored.modified, stored.etag, stored.verified) == (NOON + 60, etag, True)
