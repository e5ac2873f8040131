"""The lake for whoever only looks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adce_async.adapters.lake_reader import LakeReader
from adce_async.adapters.store_local import LocalStore
from adce_async.errors import FixMeError, StoreError
from adce_async.ports import Provenance
from adce_async.testing.clock import FakeClock

ORIGIN = Provenance("https://ant.test/1", 1.5, "ant_items", "1", "application/json", 200)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def listed(store: LocalStore) -> dict[str, bool]:
    return {found.key: found.verified async for batch in store.list() for found in batch}


async def test_it_reads_what_was_stored_and_makes_nothing(tmp_path: Path) -> None:
    async with LocalStore(tmp_path, clock=FakeClock()) as store:
        await store.put("ant/1.json", b"{}", ORIGIN)
    (tmp_path / "ant" / "2.json").write_bytes(b"{}")
    before = tree(tmp_path)
    async with LakeReader(tmp_path, clock=FakeClock()) as reader:
        assert await listed(reader) == {"ant/1.json": True, "ant/2.json": False}
        assert await reader.get("ant/2.json") == b"{}"
        assert (await reader.provenance("ant/1.json") or {})["url"] == ORIGIN.url
        assert not reader.absent
        await reader.flush()
        with pytest.raises(StoreError, match="open for looking only"):
            await reader.put("ant/3.json", b"{}", ORIGIN)
        with pytest.raises(StoreError, match="open for looking only"):
            await reader.put_file("ant/3.json", tmp_path / "ant" / "2.json", ORIGIN)
    assert tree(tmp_path) == before


async def test_a_folder_of_others_gets_no_metadata(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"{}")
    async with LakeReader(tmp_path, clock=FakeClock()) as reader:
        assert await listed(reader) == {"a": False}
    assert tree(tmp_path) == ["a"]


async def test_where_there_is_no_lake_nothing_is_stored(tmp_path: Path) -> None:
    async with LakeReader(tmp_path / "lake", clock=FakeClock()) as reader:
        assert (await listed(reader), reader.absent) == ({}, True)
        assert await reader.head("a") is None
    assert tree(tmp_path) == []


async def test_a_lake_that_vanishes_is_no_empty_lake(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    async with LocalStore(lake, clock=FakeClock()):
        pass
    async with LakeReader(lake, clock=FakeClock()) as reader:
        shutil.rmtree(lake)
        with pytest.raises(StoreError):
            await listed(reader)


async def test_a_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").write_bytes(b"")
    with pytest.raises(FixMeError, match="is no folder"):
        async with LakeReader(tmp_path / "lake", clock=FakeClock()):
            pass
