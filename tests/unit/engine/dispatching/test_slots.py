from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.judged import limiter, turn

from adce_async.engine.dispatching.slots import Slot, Slots
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane


class Room:
    """Slots, and who is in them."""

    def __init__(self, size: int) -> None:
        self.freed = 0
        self.lane = Lane("ant", limiter(), Breaker(), asyncio.get_running_loop().time)
        self.slots = Slots(size, self._free)
        self.inside: set[Slot] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def _free(self) -> None:
        self.freed += 1

    async def come(self, slot: Slot | None = None) -> Slot:
        """One more who wants in; he may have to wait."""
        slot = slot or self.slots.claim(self.lane)
        self._tasks.add(asyncio.ensure_future(self._enter(slot)))
        await turn()
        return slot

    async def _enter(self, slot: Slot) -> None:
        await slot.enter()
        self.inside.add(slot)

    async def go(self, slot: Slot) -> None:
        self.inside.remove(slot)
        slot.leave()
        await turn()

    async def end(self) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.wait(self._tasks)


async def test_what_is_claimed_is_not_free_before_anybody_is_in() -> None:
    room = Room(2)
    first = room.slots.claim(room.lane)
    room.slots.claim(room.lane)
    assert (room.slots.free, room.freed) == (0, 0)
    first.leave()  # it was not started after all
    assert (room.slots.free, room.freed) == (1, 1)
    first.leave()
    assert room.slots.free == 1


async def test_a_slot_that_was_only_claimed_frees_no_place_of_somebody_else() -> None:
    room = Room(1)
    one = await room.come()
    two = room.slots.claim(room.lane)
    two.leave()
    await room.come()
    assert room.inside == {one}
    await room.end()


async def test_who_steps_out_lends_his_place_and_waits_for_it_on_his_way_back() -> None:
    room = Room(1)
    one = await room.come()
    back = asyncio.Event()

    async def step_out() -> None:
        async with one.stepped_out(lambda: 3600.0):
            assert one.is_outside
            assert room.lane.outside == 1
            await back.wait()

    stepping = asyncio.ensure_future(step_out())
    await turn()
    assert (room.slots.free, room.freed) == (1, 1)
    two = await room.come()
    assert two in room.inside
    back.set()
    await turn()
    assert not stepping.done()
    assert (one.is_outside, room.lane.outside) == (False, 1)  # it waits for its place, and its lane begins nothing
    await room.go(two)
    assert stepping.done()
    assert (room.lane.outside, room.slots.taken) == (0, 1)
    await room.end()


async def test_who_fails_outside_does_not_come_back_and_his_lane_goes_on() -> None:
    room = Room(1)
    one = await room.come()
    with pytest.raises(ValueError, match="out there"):
        async with one.stepped_out(lambda: 3600.0):
            raise ValueError("out there")
    assert (one.is_outside, room.lane.outside, room.slots.free) == (True, 0, 1)
    assert room.freed == 2  # its lane may begin something again
    one.leave()
    assert room.slots.free == 1
    await room.end()


async def test_growing_while_full_lets_those_in_who_wait() -> None:
    room = Room(1)
    slots = [await room.come() for _ in range(4)]
    assert room.inside == {slots[0]}
    room.slots.apply(3)
    await turn()
    assert room.inside == set(slots[:3])
    assert room.freed == 1
    await room.end()


async def test_shrinking_while_full_ends_nobody_and_places_go_as_they_are_left() -> None:
    room = Room(3)
    one, two, three = [await room.come() for _ in range(3)]
    room.slots.apply(1)
    assert room.inside == {one, two, three}
    assert room.slots.free == -2
    waits = await room.come()
    await room.go(one)
    await room.go(two)
    assert room.inside == {three}
    await room.go(three)
    assert room.inside == {waits}
    await room.end()


async def test_who_waits_longest_gets_the_place_that_is_left_whatever_goes_before() -> None:
    room = Room(2)
    one, two = await room.come(), await room.come()
    first, _ = await room.come(), await room.come()
    room.slots.apply(1)
    await room.go(one)
    assert room.inside == {two}
    await room.go(two)
    assert room.inside == {first}
    await room.end()


async def test_shrinking_and_growing_again_while_full_is_as_if_nothing_had_been() -> None:
    room = Room(3)
    slots = [await room.come() for _ in range(3)]
    for size in (1, 2, 3, 1, 4):
        room.slots.apply(size)
    more = [await room.come() for _ in range(2)]
    assert room.inside == {*slots, more[0]}
    await room.go(slots[0])
    assert room.inside == {*slots[1:], *more}
    assert room.slots.free == 0
    await room.end()


async def test_shrinking_while_there_is_room_takes_the_free_places_first() -> None:
    room = Room(3)
    one = await room.come()
    room.slots.apply(1)
    two = await room.come()  # who was outside meanwhile comes back
    assert room.inside == {one}
    await room.go(one)
    assert room.inside == {two}
    await room.end()


async def test_who_gives_up_waiting_behind_a_smaller_size_leaves_all_places_where_they_were() -> None:
    room = Room(3)
    one = await room.come()
    room.slots.apply(1)
    gives_up = room.slots.claim(room.lane)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await gives_up.enter()
    gives_up.leave()
    room.slots.apply(2)
    two, three = await room.come(), await room.come()
    assert room.inside == {one, two}
    await room.go(two)
    assert room.inside == {one, three}
    await room.end()
