"""Counts of what is there, and how far a listing has got."""

from __future__ import annotations

import pytest

from adce_async.model.coverage import COUNTS, Coverage, DataType, Discovery, Item, ItemState, Priority
from adce_async.model.keys import PathPattern


@pytest.mark.parametrize(
    ("expected", "stored", "stale", "percent"),
    [
        (0, 0, 0, None),
        (4, 4, 0, 100.0),
        (4, 0, 0, 0.0),
        (4, 4, 1, 75.0),
        (1_000_000, 999_999, 0, 99.99),  # never rounded up to complete
        (1_000_000, 1, 0, 0.01),  # nor down to nothing
        (3, 2, 0, 66.67),
    ],
)
def test_per_cent_are_of_what_is_well_met(expected: int, stored: int, stale: int, percent: float | None) -> None:
    row = Coverage("ant", "box", None, expected=expected, stored=stored, missing=expected - stored, stale=stale)
    assert row.completeness_pct == percent
    assert row.as_dict()["completeness_pct"] == percent


def test_a_total_sums_each_count() -> None:
    rows = [Coverage("ant", "box", None, False, *range(n, n + len(COUNTS))) for n in (1, 10)]
    total = Coverage.total(rows)
    assert [getattr(total, name) for name in COUNTS] == [11 + 2 * n for n in range(len(COUNTS))]
    assert Coverage.total([]).completeness_pct is None


@pytest.mark.parametrize(
    ("states", "settled"),
    [
        ((), True),
        ((ItemState.FINAL, ItemState.POSTPONED, ItemState.CANCELLED), True),
        ((ItemState.FINAL, ItemState.LIVE), False),
        ((ItemState.SCHEDULED,), False),
    ],
)
def test_a_listing_is_settled_once_nothing_in_it_can_change(states: tuple[ItemState, ...], settled: bool) -> None:
    assert Discovery(tuple(Item({}, state) for state in states)).settled is settled


def test_names_and_order() -> None:
    assert DataType("espn", "play_by_play", "espn_summary", PathPattern("p/{id}")).qualified == "espn.play_by_play"
    assert min(Priority) is Priority.CRITICAL
