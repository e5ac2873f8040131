"""The laws of the history refuse what breaks them."""

from __future__ import annotations

import pytest

from adce_async.testing.coverage_history_contract import CoverageHistoryContract
from adce_async.testing.memory_coverage import MemoryCoverageHistory


class Forgetful(MemoryCoverageHistory):
    """Drops everything before `keep_from`, also what was last known then."""

    async def record(self, rows, at, keep_from):
        await super().record(rows, at, keep_from)
        self.recorded = {when: then for when, then in self.recorded.items() if when > keep_from + 86_400}


class Clairvoyant(MemoryCoverageHistory):
    """Tells of the newest record, whatever time it is asked for."""

    async def as_of(self, at):
        return await super().as_of(float("inf"))


async def test_who_forgets_too_much_or_knows_too_much_fails() -> None:
    laws = CoverageHistoryContract()
    with pytest.raises(AssertionError):
        await laws.test_each_time_has_what_was_recorded_last_before_it(Clairvoyant())
    with pytest.raises(AssertionError):
        await laws.test_what_need_not_be_kept_still_tells_how_it_was_from_then_on(Forgetful())
