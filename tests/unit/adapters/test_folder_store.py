"""A lake in a folder, read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from adce_async.adapters.store_local import LocalStore
from adce_async.model.coverage import StoredObject
from adce_async.testing.store_contract import came, listed

TRIES = 20
"""A loop that is held stands still each time; a busy machine may let one that is not stand still now and then."""


async def test_a_lake_may_itself_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").symlink_to("disk")
    async with LocalStore(tmp_path / "lake") as store:
        await store.put("a/1", b"1", came())
        assert (await listed(store)).keys() == {"a/1"}


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
        for _ in range(TRIES):
            sizes = [len(batch) async for batch in store.list()]
            if beats > 0:
                break
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


async def test_looks_at_the_same_time_share_a_thread_and_each_gets_its_own(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await store.put(f"a/{number}", b"1", came())
    asked: list[set[str]] = []
    heads = store._index.heads

    def counting(keys: set[str]) -> Mapping[str, StoredObject]:
        asked.append(keys)
        return heads(keys)

    monkeypatch.setattr(store._index, "heads", counting)
    first, second = await asyncio.gather(store.heads(["a/0", "a/1", "../a"]), store.heads(["a/1", "a/9"]))
    assert (first.keys(), second.keys()) == ({"a/0", "a/1"}, {"a/1"})
    assert second["a/1"] == await store.head("a/1")
    assert asked == [{"a/0", "a/1", "a/9"}]
