from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.testing.example_tasks import task


class Place:
    """A slot that takes `seconds` to come back."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.is_in = True
        self._seconds = seconds

    @contextlib.asynccontextmanager
    async def stepped_out(self, _wait: object) -> AsyncIterator[None]:
        self.is_in = False
        yield
        await asyncio.sleep(self._seconds)
        self.is_in = True


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_it_holds_its_tasks_its_tokens_and_has_not_waited_yet() -> None:
    handle = AttemptHandle([task("a"), task("b")], permits=2)
    assert (handle.tasks, handle.permits, handle.waited) == ((task("a"), task("b")), 2, 0.0)


async def test_what_takes_too_long_ends() -> None:
    with pytest.raises(TimeoutError):
        async with AttemptHandle([task("a")]).within(10.0):
            await asyncio.sleep(3600.0)
    assert now() == 10.0


async def test_outside_neither_its_slot_nor_its_deadline_is_used_up_nor_while_it_waits_to_come_back() -> None:
    place = Place(seconds=1000.0)
    handle = AttemptHandle([task("a")], slot=place)
    with pytest.raises(TimeoutError):
        async with handle.within(10.0):
            await asyncio.sleep(4.0)
            async with handle.stepped_out(lambda: 3600.0):
                assert not place.is_in
                await asyncio.sleep(100.0)
            assert place.is_in
            assert now() == 1104.0
            await asyncio.sleep(3600.0)
    assert now() == 1110.0


async def test_what_fails_outside_does_not_get_its_slot_back() -> None:
    place = Place()
    handle = AttemptHandle([task("a")], slot=place)
    with pytest.raises(ValueError, match="out there"):
        async with handle.within(10.0), handle.stepped_out(lambda: 3600.0):
            raise ValueError("out there")
    assert not place.is_in


async def test_without_a_pool_and_without_a_deadline_there_is_nothing_to_step_out_of() -> None:
    async with AttemptHandle([task("a")]).stepped_out(lambda: 3600.0):
        await asyncio.sleep(100.0)
    assert now() == 100.0
