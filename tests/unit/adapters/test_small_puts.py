"""Small bodies, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from adce_async.adapters.small_puts import SMALL_AT_ONCE, Put, SmallPuts
from adce_async.errors import StoreError
from adce_async.testing.store_contract import came


class Disk:
    """Takes all but what is called `bad`; `full`: nothing at all."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.full = False

    def write_each(self, puts: Sequence[Put]) -> Sequence[bool | Exception]:
        if self.full:
            raise StoreError("full")
        self.batches.append([key for key, *_ in puts])
        return [StoreError(key) if key == "bad" else key != "known" for key, *_ in puts]


async def test_what_is_put_at_once_is_written_together_in_its_order() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = SmallPuts(threads, disk.write_each)
        keys = [str(number) for number in range(SMALL_AT_ONCE + 3)]
        assert await asyncio.gather(*(small.put((key, b"", came())) for key in keys)) == [True] * len(keys)
        assert disk.batches == [keys[:SMALL_AT_ONCE], keys[SMALL_AT_ONCE:]]
        assert await small.put(("known", b"", came())) is False


async def test_each_hears_of_its_own_failure_and_a_later_one_is_tried_again() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = SmallPuts(threads, disk.write_each)
        puts = (small.put((key, b"", came())) for key in ("a", "bad", "b"))
        came_of_it = await asyncio.gather(*puts, return_exceptions=True)
        assert [str(one) for one in came_of_it] == ["True", "bad", "True"]
        disk.full = True
        with pytest.raises(StoreError, match="full"):
            await small.put(("a", b"", came()))
        disk.full = False
        assert await small.put(("a", b"", came())) is True


async def test_who_gave_up_leaves_the_others_alone() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = SmallPuts(threads, disk.write_each)
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(small.put(("a", b"", came())))
            other = group.create_task(small.put(("b", b"", came())))
            await asyncio.sleep(0)
            gone.cancel()
        assert other.result() is True
