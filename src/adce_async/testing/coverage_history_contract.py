"""What every `ports.CoverageHistory` does; an adapter's test derives from it and gives `history`."""

from __future__ import annotations

from adce_async.model.coverage import Coverage
from adce_async.model.trend import PastCoverage
from adce_async.ports import CoverageHistory

NOON = 1_750_000_000.0
HOUR, DAY = 3600.0, 86400.0
MONTH = 30 * DAY


def row(stored: int, name: str = "items", season: str | None = "2024-25") -> Coverage:
    """Ten are expected of it."""
    return Coverage("ant", name, season, required=True, expected=10, stored=stored, missing=10 - stored)


class CoverageHistoryContract:
    """The laws of the port."""

    async def test_nothing_is_known_at_first(self, history: CoverageHistory) -> None:
        """Not even a time."""
        assert await history.as_of(NOON) is None

    async def test_each_time_has_what_was_recorded_last_before_it(self, history: CoverageHistory) -> None:
        """Law 1."""
        both = (row(1), row(5, "others", None))
        await history.record(both, NOON, NOON - MONTH)
        await history.record((row(4), both[1]), NOON + HOUR, NOON - MONTH)
        await history.record((row(4), both[1]), NOON + 2 * HOUR, NOON - MONTH)
        for at, stored in ((0.0, 1), (HOUR - 1, 1), (HOUR, 4), (9 * HOUR, 4)):
            found = await history.as_of(NOON + at)
            assert found is not None
            assert (found.since, found.rows["ant", "items", "2024-25"]) == (NOON + at, row(stored))
            assert found.rows["ant", "others", None] == both[1]

    async def test_before_the_first_record_the_first_counts_and_says_since_when(self, history: CoverageHistory) -> None:
        """Better than no trend on the first day."""
        await history.record((row(1),), NOON, NOON - MONTH)
        await history.record((row(2), row(3, "others")), NOON + HOUR, NOON - MONTH)
        found = await history.as_of(NOON - DAY)
        assert found == PastCoverage(NOON, {("ant", "items", "2024-25"): row(1)})

    async def test_what_lies_after_a_record_is_forgotten(self, history: CoverageHistory) -> None:
        """Law 2: the clock was put back."""
        await history.record((row(9),), NOON + DAY, NOON - MONTH)
        await history.record((row(1),), NOON, NOON - MONTH)
        found = await history.as_of(NOON + 2 * DAY)
        assert found is not None
        assert found.rows["ant", "items", "2024-25"] == row(1)

    async def test_what_need_not_be_kept_still_tells_how_it_was_from_then_on(self, history: CoverageHistory) -> None:
        """Whatever is dropped."""
        for days in range(6):
            await history.record((row(days),), NOON + days * DAY, NOON + (days - 2) * DAY)
        for days in (3, 4, 5):
            found = await history.as_of(NOON + days * DAY + 1)
            assert found is not None
            assert found.rows["ant", "items", "2024-25"] == row(days)
