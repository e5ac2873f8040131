"""A lake in a folder, read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from adce_async.adapters.store_local import LocalStore
from adce_async.testing.store_contract import came, listed


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
