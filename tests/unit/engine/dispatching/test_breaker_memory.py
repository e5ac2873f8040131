"""An open breaker is known to whoever asks its source next."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.judged import Wall
from tests.unit.planning.lane_fakes import Tokens

from adce_async.engine.dispatching.breaker_memory import BreakerMemory, name_of
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane, Lanes
from adce_async.testing.memory_queue import MemoryState


class Machine:
    """One lane, and where its breaker is remembered."""

    def __init__(self, state: MemoryState, *, owns: bool = True) -> None:
        self.lane = Lane("ant", Tokens(), Breaker(2, 60.0, 3600.0), asyncio.get_running_loop().time)
        self.memory = BreakerMemory(Lanes({"ant": self.lane}), state, Wall(), lambda _source: owns)

    async def asks(self, times: int = 1, *, answered: bool = False) -> None:
        for _ in range(times):
            assert self.lane.begin()
            self.lane.end(0.1, answered=answered, why="no connection to ant.test")
        await self.memory.keep()


@pytest.fixture
async def state() -> MemoryState:
    return MemoryState()


async def test_the_next_one_waits_as_long_and_the_interval_goes_on_to_grow(state: MemoryState) -> None:
    one, two = Machine(state), Machine(state)
    await one.asks(2)
    await asyncio.sleep(20)
    await two.memory.restore(["ant", "unknown"])
    assert round(two.lane.wait()) == 40
    assert "breaker open after 2 failures" in two.lane.trouble()
    assert "no connection to ant.test" in two.lane.trouble()
    await asyncio.sleep(two.lane.wait())
    await two.asks()
    assert round(two.lane.wait()) == 120
    await one.memory.restore(["ant"])
    assert round(one.lane.wait()) == 120


async def test_what_has_answered_meanwhile_is_open_to_all(state: MemoryState) -> None:
    one, two = Machine(state), Machine(state)
    await one.asks(2)
    await two.memory.restore(["ant"])
    await asyncio.sleep(60)
    await two.asks(answered=True)
    assert state.texts == {name_of("ant"): ""}
    await one.memory.restore(["ant"])
    assert (one.lane.wait(), one.lane.trouble()) == (0.0, "")


async def test_a_probe_under_way_is_the_next_ones_to_make(state: MemoryState) -> None:
    one, two = Machine(state), Machine(state)
    await one.asks(2)
    written = dict(state.texts)
    await asyncio.sleep(60)
    assert one.lane.begin()
    await one.memory.keep()
    assert state.texts == written
    await two.memory.restore(["ant"])
    assert two.lane.wait() == 0.0
    assert two.lane.breaker.state == "open"


async def test_who_does_not_own_a_source_writes_nothing_and_who_starts_knows_nothing(state: MemoryState) -> None:
    await Machine(state, owns=False).asks(2)
    assert state.texts == {}
    await Machine(state).asks(2)
    fresh = Machine(state)
    await fresh.memory.restore()
    assert fresh.lane.wait() == 0.0


async def test_damaged_notes_are_as_none_and_a_clock_that_jumped_silences_nobody(state: MemoryState) -> None:
    for text in ("{", "[]", '{"retry_at": 1}', '{"retry_at": NaN, "interval": 1, "failures": 1, "why": ""}'):
        state.texts[name_of("ant")] = text
        machine = Machine(state)
        await machine.memory.restore(["ant"])
        assert (machine.lane.wait(), machine.lane.trouble()) == (0.0, "")
    state.texts[name_of("ant")] = '{"retry_at": 9e12, "interval": 9e12, "failures": 7, "why": ""}'
    await machine.memory.restore(["ant"])
    assert machine.lane.wait() == 3600.0
