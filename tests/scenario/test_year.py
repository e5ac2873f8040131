"""A week in which everything goes wrong: no limit is passed, nothing is lost, all is there in the end."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from tests.scenario.machine import no_threads
from tests.scenario.virtual_time import VirtualLoop
from tests.scenario.year import SEASONS, YEAR, Plan, Year, league_of, timed

from adce_async.model.seasons import season_days


@pytest.mark.parametrize("seed", [4])
async def test_a_week_in_which_everything_goes_wrong(tmp_path: Path, seed: int) -> None:
    year = Year(Plan(seed, 7), tmp_path)
    result = await year.run(**YEAR)
    assert not result.problems(), f"seed {seed}: python -m tests.scenario.year 7 {seed}: {result.problems()}"
    assert {"kill", "stop", "sleeps a day", "clock", "disk", "delete", "settings", "asked"} <= result.happened.keys()
    assert result.failed_share > 0.01
    assert result.stored > 280


def test_what_has_to_be_there_after_a_year_is_of_the_days_of_its_seasons() -> None:
    days = {day for first, last in SEASONS for day in league_of(Plan(1, 365)).days() if first <= day <= last}
    assert days == {day for season in ("2024-25", "2025-26") for day in season_days(season)
                    if dt.date(2025, 3, 29) <= day <= dt.date(2026, 4, 1)}  # fmt: skip


def test_virtual_time_goes_on_when_an_instant_is_less_than_a_float_can_tell() -> None:
    async def long() -> float:
        await asyncio.sleep(2**24 - 0.05)
        for _ in range(5):
            await asyncio.sleep(0.1)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(long()) == pytest.approx(2**24 + 0.45, abs=1e-5)


def test_a_seed_repeats_to_the_last_request() -> None:
    traces = set()
    for _ in range(2):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
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
