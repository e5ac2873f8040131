"""What the small helpers in memory can do beyond their ports."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.testing.memory_queue import MemoryHistory, RecordingAlerts
from adce_async.testing.state_contract import made

HALF_LIFE = 20.0


async def test_alerts_are_recorded_in_order_and_those_that_stand_are_known() -> None:
    alerts = RecordingAlerts()
    await alerts.raised("espn", "blocked")
    await alerts.raised("disk", "full")
    await alerts.recovered("espn", "answers")
    assert alerts.log == [("raised", "espn", "blocked"), ("raised", "disk", "full"), ("recovered", "espn", "answers")]
    assert alerts.active == {"disk": "full"}


async def test_the_newest_attempts_come_first() -> None:
    history = MemoryHistory()
    await history.record([made("stored", key=str(number)) for number in range(5)])
    assert [attempt.key for attempt in await history.recent(2)] == ["4", "3"]


@given(
    told=st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(["ant", "bee"]), st.booleans(), st.integers(-9, 9)), max_size=4),
            st.integers(-30, 90),
        ),
        max_size=12,
    )
)
def test_success_rates_are_those_of_all_attempts_however_often_and_by_what_clock_they_are_asked(
    told: list[tuple[list[tuple[str, bool, int]], int]],
) -> None:
    async def compare() -> None:
        history, now = MemoryHistory(), 1_000.0
        for attempts, later in told:
            now += later
            await history.record(
                [made("stored" if good else "retry", scraper=scraper, at=now + at) for scraper, good, at in attempts]
            )
            weights: dict[str, dict[bool, float]] = {}
            for each in history.attempts:
                of = weights.setdefault(each.scraper, {True: 0.0, False: 0.0})
                of[each.verdict == "stored"] += 0.5 ** (max(0.0, now - each.at) / HALF_LIFE)
            rates = await history.success_rates(now, HALF_LIFE)
            assert rates == pytest.approx({name: of[True] / (of[True] + of[False]) for name, of in weights.items()})

    asyncio.run(compare())
