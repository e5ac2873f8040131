"""What is nearly used up is told; at its limit nothing new starts, and there is a pass when there is room again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.engine.pressure import GIGA, LAG_SECONDS, MEGA, Measures, Pressure, PressureRules
from adce_async.planning.pressure import Bounds, Level


class Desk:
    def __init__(self) -> None:
        self.memory, self.files, self.free = 100 * MEGA, 10, 50 * GIGA
        self.told: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self.relieved = self.looked_at_disks = 0
        self.error: OSError | None = None
        measures = Measures(
            lambda: int(self.memory), lambda: self.files, lambda: 100, self._free, {"of the lake": Path("/lake")}
        )
        self.pressure = Pressure(
            PressureRules(), measures, hold=lambda by, why: self.held.update({by: why}),
            tell=lambda name, text: self.told.update({name: text}), relieved=self._relieve,
        )  # fmt: skip

    def _free(self, _path: Path) -> int:
        self.looked_at_disks += 1
        if self.error is not None:
            raise self.error
        return int(self.free)

    def _relieve(self) -> None:
        self.relieved += 1

    async def look(self) -> set[str]:
        """Which are troubles."""
        await self.pressure.look()
        return {name for name, text in self.told.items() if text}


async def test_memory_is_told_then_sheds_then_goes_on() -> None:
    desk = Desk()
    assert await desk.look() == set()
    desk.memory = 1700 * MEGA
    assert await desk.look() == {"memory"}
    assert (desk.pressure.shed, desk.held["resources"]) == ("", "")
    desk.memory = 2100 * MEGA
    await desk.look()
    assert desk.told["memory"].startswith("2100 MB are used, at the limit: nothing new starts, passes wait")
    assert desk.held["resources"] == desk.pressure.shed == "memory at the limit"
    assert desk.pressure.memory is Level.LIMIT
    desk.memory = 1950 * MEGA
    await desk.look()
    assert desk.pressure.shed
    desk.memory = 1000 * MEGA
    assert await desk.look() == set()
    assert (desk.pressure.shed, desk.held["resources"], desk.relieved) == ("", "", 1)
    await desk.look()
    assert desk.relieved == 1


async def test_disks_are_looked_at_now_and_then() -> None:
    desk = Desk()
    desk.free = 0.05 * GIGA
    assert await desk.look() == {"disk of the lake"}
    assert desk.pressure.shed == "disk of the lake at the limit"
    desk.free = 50 * GIGA
    assert await desk.look() == {"disk of the lake"}
    assert desk.looked_at_disks == 1
    await asyncio.sleep(30.0)
    desk.error = OSError(5, "Input/output error")
    assert await desk.look() == {"disk of the lake"}  # what can't be told changes nothing
    desk.error = None
    await asyncio.sleep(30.0)
    assert await desk.look() == set()


async def test_open_files() -> None:
    desk = Desk()
    desk.files = 85
    assert await desk.look() == {"open files"}
    desk.files = 96
    await desk.look()
    assert desk.pressure.shed == "open files at the limit"


async def test_what_held_the_loop_is_named_for_a_minute() -> None:
    desk = Desk()
    desk.pressure.held(2.0, "somebody.parse:7")
    assert await desk.look() == {"event loop"}
    assert "held for 2.0 s by somebody.parse:7" in desk.told["event loop"]
    desk.pressure.held(11.0, "somebody.parse:8")
    await desk.look()
    assert desk.pressure.shed == "event loop at the limit"
    await asyncio.sleep(LAG_SECONDS)
    assert await desk.look() == set()
    assert desk.pressure.shed == ""


async def test_other_bounds_from_the_next_look_on() -> None:
    desk = Desk()
    desk.pressure.apply(replace(PressureRules(), memory=Bounds(50 * MEGA, 90 * MEGA), lag=Bounds()))
    await desk.look()
    assert desk.pressure.shed == "memory at the limit"
    assert desk.pressure.lag_longest() == 3600.0
    desk.pressure.apply(PressureRules())
    assert await desk.look() == set()
    assert desk.pressure.lag_longest() == pytest.approx(1.0)
