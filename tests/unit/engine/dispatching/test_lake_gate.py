from __future__ import annotations

import asyncio
import math

import pytest

from adce_async.engine.collecting.attempt import Result
from adce_async.engine.dispatching.lake_gate import LAKE_SECONDS, LakeGate
from adce_async.model.task import Outcome, Verdict

BROKEN = Result([Outcome("a", Verdict.RELEASED)], None, trouble="no space left")
REFUSED = Result([Outcome("a", Verdict.PARKED)], True)


class Gate(LakeGate):
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        super().__init__(lambda name, text: self.told.append((name, text)))


def result(verdict: Verdict) -> Result:
    return Result([Outcome("a", Verdict.PARKED), Outcome("b", verdict)], True)


async def test_it_is_open_until_the_lake_can_not_be_written_and_says_why() -> None:
    gate = Gate()
    for _ in range(3):
        gate.started()
    assert gate.is_open
    gate.learn(BROKEN)
    assert not gate.is_open
    assert gate.wait() == LAKE_SECONDS[0]
    assert gate.told == [("lake", "no space left; until it can be written one attempt at a time finds out")]


async def test_one_attempt_at_a_time_finds_out_ever_later() -> None:
    gate = Gate()
    gate.learn(BROKEN)
    waits = []
    for _ in range(6):
        waits.append(gate.wait())
        await asyncio.sleep(gate.wait())
        assert gate.is_open
        gate.started()
        assert (gate.is_open, gate.wait()) == (False, math.inf)
        gate.learn(BROKEN)
    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]


@pytest.mark.parametrize("verdict", [Verdict.STORED, Verdict.UNCHANGED])
async def test_what_was_stored_opens_it_for_all(verdict: Verdict) -> None:
    gate = Gate()
    gate.learn(BROKEN)
    await asyncio.sleep(gate.wait())
    gate.started()
    gate.learn(result(verdict))
    gate.started()
    assert gate.is_open
    assert gate.told[-1] == ("lake", "")


async def test_an_attempt_that_brought_nothing_tells_nothing_and_another_one_finds_out() -> None:
    gate = Gate()
    gate.learn(BROKEN)
    await asyncio.sleep(gate.wait())
    gate.started()
    gate.learn(REFUSED)
    assert gate.is_open
    gate.started()
    assert not gate.is_open  # it is still one at a time
    assert len(gate.told) == 1


async def test_an_attempt_that_was_not_made_after_all_lets_another_one_find_out() -> None:
    gate = Gate()
    gate.learn(BROKEN)
    await asyncio.sleep(gate.wait())
    gate.started()
    gate.given_up()
    assert gate.is_open
