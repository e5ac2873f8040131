"""The lock against a place in memory, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from adce_async.adapters.s3.lake_lock import MARGIN_SECONDS, RENEW_SECONDS, Held, LakeLock
from adce_async.adapters.s3.lock_holder import TTL_SECONDS, Holder, this_process
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError
from adce_async.testing.clock import FakeClock

LAKE = "s3://lake/nba"
CLOCK = FakeClock()


class Place:
    """`LockPlace` that heeds conditions, unless told otherwise. `ages`: it says how old the lock is."""

    def __init__(self) -> None:
        self.holder: Holder | None = None
        self.tag = ""
        self.written = 0.0
        self.number = 0
        self.ages = self.heeds = True
        self.broken: str | None = None
        self.forgets_to_answer = False

    def lose(self) -> None:
        self.holder, self.tag = None, ""

    async def read(self) -> Held | None:
        self._check()
        if not self.tag:
            return None
        return Held(self.tag, self.holder, asyncio.get_running_loop().time() - self.written if self.ages else None)

    async def write(self, holder: Holder, only_if: str) -> str | None:
        self._check()
        if self.heeds and only_if != self.tag:
            return None
        self.number += 1
        self.holder, self.tag, self.written = holder, f"tag{self.number}", asyncio.get_running_loop().time()
        if self.forgets_to_answer:  # and the request that is sent again finds another tag
            self.forgets_to_answer = False
            return None
        return self.tag

    async def remove(self) -> None:
        self._check()
        self.lose()

    def _check(self) -> None:
        if self.broken:
            raise StoreUnreachableError(self.broken)


def somebody(name: str, host: str = "elsewhere") -> Holder:
    return Holder(host, 4711, f"{host} boot", name, "2025-01-15T12:00:00Z")


def lock(place: Place, me: Holder) -> LakeLock:
    return LakeLock(place, me, LAKE, clock=CLOCK)


@asynccontextmanager
async def kept(one: LakeLock) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        keeper = group.create_task(one.keep())
        yield
        keeper.cancel()


async def test_a_free_lock_is_taken_and_let_go() -> None:
    place = Place()
    mine = lock(place, somebody("a"))
    assert not mine.held
    await mine.acquire()
    assert mine.held
    assert place.holder == somebody("a")
    await mine.release()
    assert not mine.held
    assert place.holder is None


async def test_who_renews_keeps_it_and_another_is_told_who_as_soon_as_it_was_renewed() -> None:
    place = Place()
    mine, other = lock(place, somebody("a", "host-a")), lock(place, somebody("b", "host-b"))
    await mine.acquire()
    async with kept(mine):
        await asyncio.sleep(500)
        assert mine.held
        began = asyncio.get_running_loop().time()
        with pytest.raises(
            FixMeError, match=r"another instance \(pid 4711 on host-a, since 2025.*works on s3://lake/nba"
        ):
            await other.acquire()
        assert asyncio.get_running_loop().time() - began <= RENEW_SECONDS + 3


@pytest.mark.parametrize("ages", [True, False])
async def test_a_dead_holders_lock_is_taken_over_once_it_has_run_out_and_not_before(ages: bool) -> None:
    place = Place()
    place.ages = ages
    dead, other = lock(place, somebody("a", "host-a")), lock(place, somebody("b", "host-b"))
    await dead.acquire()
    last = asyncio.get_running_loop().time()
    with capture_logs() as said:
        await other.acquire()
    took = asyncio.get_running_loop().time() - last
    assert TTL_SECONDS + MARGIN_SECONDS <= took <= TTL_SECONDS + MARGIN_SECONDS + 5
    assert not dead.held  # it had stopped to write long before
    assert next(line["event"] for line in said) == "the lake is locked"
    assert "pid 4711 on host-a" in said[0]["by"]


async def test_the_same_state_folder_is_a_dead_process_and_waits_for_nobody() -> None:
    place = Place()
    await lock(place, somebody("a")).acquire()
    again = lock(place, replace(somebody("a"), pid=4712))
    await again.acquire()
    assert again.held
    assert asyncio.get_running_loop().time() - place.written < 1


async def test_a_process_of_this_machine_that_runs_is_refused_at_once_and_one_that_does_not_is_dead() -> None:
    place = Place()
    me = this_process("a", CLOCK)
    await lock(place, me).acquire()
    began = asyncio.get_running_loop().time()
    with pytest.raises(FixMeError, match="another instance"):
        await lock(place, replace(me, instance="b")).acquire()
    place.holder = replace(me, pid=2**22 + 1)
    await lock(place, replace(me, instance="b")).acquire()
    assert asyncio.get_running_loop().time() - began < 1


async def test_who_cant_renew_writes_no_more_before_another_may_begin() -> None:
    place = Place()
    mine = lock(place, somebody("a"))
    await mine.acquire()
    place.broken = "no network"
    with capture_logs() as said:
        async with kept(mine):
            await asyncio.sleep(TTL_SECONDS - MARGIN_SECONDS + 0.1)
            assert not mine.held
            with pytest.raises(StoreError, match="no network"):
                await mine.require()
            place.broken = None
            await mine.require()
            assert mine.held
            await asyncio.sleep(60)
            assert mine.held
    assert [line["event"] for line in said] == [
        "the lock on the lake can't be renewed",
        "the lock on the lake is renewed again",
    ]


async def test_who_has_lost_it_to_another_is_told_whom_and_has_it_again_when_that_is_gone() -> None:
    place = Place()
    mine, other = lock(place, somebody("a", "host-a")), lock(place, somebody("b", "host-b"))
    await mine.acquire()
    await asyncio.sleep(TTL_SECONDS + MARGIN_SECONDS + 1)
    await other.acquire()
    with pytest.raises(StoreError, match=r"another instance \(pid 4711 on host-b"):
        await mine.require()
    await mine.release()
    assert other.held
    assert place.holder == somebody("b", "host-b")
    await other.release()
    await mine.require()
    assert mine.held


async def test_a_renewal_whose_answer_was_lost_is_no_loss() -> None:
    place = Place()
    mine = lock(place, somebody("a"))
    await mine.acquire()
    place.forgets_to_answer = True
    await mine.renew()
    assert mine.held


async def test_a_lock_that_somebody_has_removed_is_taken_again() -> None:
    place = Place()
    mine = lock(place, somebody("a"))
    await mine.acquire()
    place.lose()
    await mine.renew()
    assert place.holder == somebody("a")


async def test_a_server_without_conditions_is_no_place_for_a_lock() -> None:
    place = Place()
    place.heeds = False
    mine = lock(place, somebody("a"))
    with pytest.raises(FixMeError, match="does not heed conditional writes"):
        await mine.acquire()
    assert place.holder is None
    assert not mine.held


async def test_a_lock_that_says_nothing_is_waited_for() -> None:
    place = Place()
    place.tag, place.written = "theirs", asyncio.get_running_loop().time()
    mine = lock(place, somebody("a"))
    await mine.acquire()
    assert asyncio.get_running_loop().time() - 0 >= TTL_SECONDS
    assert mine.held


async def test_a_machine_that_slept_asks_before_it_writes_again() -> None:
    place, clock = Place(), FakeClock()
    mine = LakeLock(place, somebody("a"), LAKE, clock=clock)
    await mine.acquire()
    clock.jump(3600)  # the clock of the loop stood still
    assert not mine.held
    await mine.require()
    assert mine.held
    assert place.number == 2


async def test_who_leaves_does_not_wait_for_the_network() -> None:
    class Hanging(Place):
        async def remove(self) -> None:
            await asyncio.sleep(3600)

    place = Hanging()
    mine = lock(place, somebody("a"))
    await mine.acquire()
    await mine.release()
    assert asyncio.get_running_loop().time() < 10
