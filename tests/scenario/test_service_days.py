"""The whole service as shipped, in virtual time: its passes are on time, and at rest it does next to nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.scenario.machine import no_threads
from tests.scenario.service_days import days_of_service
from tests.scenario.year import HOUR, Plan, Year, configure


async def test_a_quarter_of_a_day_with_faults() -> None:
    found = await days_of_service(0.25, 1)
    assert not found.result.problems()
    (passes,) = found.passes_a_day
    assert 24 <= passes <= 28
    assert found.longest_pause <= 901.0
    assert 0.0 < found.result.failed_share < 0.05


async def test_at_rest_it_wakes_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    year = Year(Plan(1, 1, calm=24 * HOUR), tmp_path)
    configure(tmp_path, look=None, reconciliation_interval_minutes=120)
    loop = asyncio.get_running_loop()
    timers: set[float] = set()
    call_at = loop.call_at

    def counted(when: float, *given: object, **named: object) -> asyncio.TimerHandle:
        timers.add(round(when, 3))
        return call_at(when, *given, **named)  # type: ignore[arg-type]

    with no_threads():
        async with year.machine.life():
            await asyncio.sleep(4.1 * HOUR)  # the lake is complete, and the games of the night are over
            monkeypatch.setattr(loop, "call_at", counted)
            await asyncio.sleep(HOUR)
            monkeypatch.undo()
    # each half a minute somebody looks whether all is well; nearly all others wake at the same moments
    assert 110 <= len(timers) < 150
