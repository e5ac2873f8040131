"""What the small helpers in memory can do beyond their ports."""

from __future__ import annotations

from adce_async.testing.memory_queue import MemoryHistory, RecordingAlerts
from adce_async.testing.state_contract import made


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
