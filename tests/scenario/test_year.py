"""A week in which everything goes wrong: no limit is passed, nothing is lost, all is there in the end."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest
from tests.scenario.machine import no_threads, virtual_loop
from tests.scenario.year import YEAR, Plan, Year, timed


@pytest.mark.parametrize("seed", [4])
async def test_a_week_in_which_everything_goes_wrong(tmp_path: Path, seed: int) -> None:
    year = Year(Plan(seed, 7), tmp_path)
    result = await year.run(**YEAR)
    assert not result.problems(), f"seed {seed}: python -m tests.scenario.year 7 {seed}: {result.problems()}"
    assert {"kill", "stop", "sleeps a day", "clock", "disk", "delete", "settings", "asked"} <= result.happened.keys()
    assert result.failed_share > 0.01
    assert result.stored > 280


def test_virtual_time_goes_on_when_an_instant_is_less_than_a_float_can_tell() -> None:
    async def long() -> float:
        await asyncio.sleep(2**24 - 0.05)
        for _ in range(5):
            await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=virtual_loop) as runner:
        assert runner.run(long()) == pytest.approx(2**24 + 0.45, abs=1e-5)


def test_a_seed_repeats_to_the_last_request() -> None:
    traces = set()
    for _ in range(2):
        with asyncio.Runner(loop_factory=virtual_loop) as runner:
            traces.add(runner.run(timed(2.5, 3)).trace)
    assert len(traces) == 1


async def test_what_is_lost_wrong_or_too_fast_would_be_seen(tmp_path: Path) -> None:
    year = Year(Plan(3, 2.05), tmp_path)
    year.machine.store.seed("bee/none.json", b'{"id": "somebody else", "rows": []}', modified=year.plan.start)
    year.league = dataclasses.replace(year.league, games_per_day=3)  # a game a day that the site does not have
    with no_threads():
        for _ in range(5):
            year.audit.arrived("ant", "https://ant.test/items/1.json")
    result = await year.run(**YEAR)
    assert result.violations >= 3
    assert result.wrong[0] == "bee/none.json"
    assert any(key.startswith("espn_box_scores/") for key in result.lost)
    assert len(result.problems()) == 3
