"""Small calls, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from adce_async.adapters.together import AT_ONCE, Together
from adce_async.errors import StoreError


class Disk:
    """Takes all but what is called `bad`; `full`: nothing at all."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.full = False

    def write_each(self, keys: Sequence[str]) -> Sequence[bool | Exception]:
        if self.full:
            raise StoreError("full")
        self.batches.append(list(keys))
        return [StoreError(key) if key == "bad" else key != "known" for key in keys]


async def test_what_is_asked_at_once_is_done_together_in_its_order() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = Together(threads, disk.write_each)
        keys = [str(number) for number in range(AT_ONCE + 3)]
        assert await asyncio.gather(*(small.ask(key) for key in keys)) == [True] * len(keys)
        assert disk.batches == [keys[:AT_ONCE], keys[AT_ONCE:]]
        assert await small.ask("known") is False


async def test_who_asks_a_few_turns_of_the_loop_later_goes_along() -> None:
    disk = Disk()

    async def ask(key: str, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await small.ask(key)

    with ThreadPoolExecutor(1) as threads:
        small = Together(threads, disk.write_each)
        await asyncio.gather(*(ask(str(turns), turns) for turns in range(4)))
    assert disk.batches == [["0", "1", "2", "3"]]


async def test_each_hears_of_its_own_failure_and_a_later_one_is_tried_again() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = Together(threads, disk.write_each)
        asked = (small.ask(key) for key in ("a", "bad", "b"))
        came_of_it = await asyncio.gather(*asked, return_exceptions=True)
        assert [str(one) for one in came_of_it] == ["True", "bad", "True"]
        disk.full = True
        with pytest.raises(StoreError, match="full"):
            await small.ask("a")
        disk.full = False
        assert await small.ask("a") is True


async def test_who_gave_up_leaves_the_others_alone() -> None:
    disk = Disk()
    with ThreadPoolExecutor(1) as threads:
        small = Together(threads, disk.write_each)
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(small.ask("a"))
            other = group.create_task(small.ask("b"))
            await asyncio.sleep(0)
            gone.cancel()
        assert other.result() is True
