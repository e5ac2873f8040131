"""What the history in memory can do beyond its port (whose laws are run in tests/contract)."""

from __future__ import annotations

import pytest

from adce_async.errors import QueueError
from adce_async.testing.coverage_history_contract import NOON, row
from adce_async.testing.memory_coverage import MemoryCoverageHistory


async def test_it_can_be_broken_and_keeps_copies() -> None:
    history = MemoryCoverageHistory()
    given = row(1)
    await history.record((given,), NOON, 0.0)
    given.stored = 7
    assert history.recorded == {NOON: [row(1)]}
    history.broken = QueueError("disk full")
    with pytest.raises(QueueError, match="disk full"):
        await history.record((given,), NOON + 1, 0.0)
