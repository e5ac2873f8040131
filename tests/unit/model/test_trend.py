"""What has changed in the coverage."""

from __future__ import annotations

from adce_async.model.coverage import Coverage
from adce_async.model.trend import PastCoverage


def row(name: str, expected: int, stored: int, stale: int = 0) -> Coverage:
    return Coverage("ant", name, None, expected=expected, stored=stored, missing=expected - stored, stale=stale)


def test_the_change_of_a_row_counts_what_is_expected_stored_and_open() -> None:
    past = PastCoverage(0.0, {("ant", "a", None): row("a", 10, 5)})
    assert past.change(row("a", 12, 9, stale=1)) == {
        "since": "1970-01-01T00:00:00Z", "expected": 2, "stored": 4, "gaps": -1, "completeness_pct": 16.67,
    }  # fmt: skip


def test_what_was_not_declared_begins_with_nothing_and_has_no_share_to_compare_with() -> None:
    change = PastCoverage(0.0, {}).change(row("b", 4, 1))
    assert (change["expected"], change["stored"], change["gaps"], change["completeness_pct"]) == (4, 1, 3, None)


def test_the_sums_leave_out_what_is_declared_no_more() -> None:
    past = PastCoverage(0.0, {("ant", "a", None): row("a", 10, 5), ("ant", "gone", None): row("gone", 99, 99)})
    change = past.change_of_all([row("a", 10, 10), row("b", 10, 0)])
    assert (change["expected"], change["stored"], change["completeness_pct"]) == (10, 5, 0.0)
