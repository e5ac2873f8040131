"""The figures of one pass."""

from __future__ import annotations

from adce_async.model.cycle import CycleMetrics


def test_all_figures_are_told_with_no_more_digits_than_they_are_worth() -> None:
    cycle = CycleMetrics(1.23456, 2.0, 0.0004, 3.0, 173, 173 * 0.005 / 1000, 7)
    assert cycle.as_dict() == {
        "durations": {"list": 1.235, "expand": 2.0, "diff": 0.0, "plan": 3.0},
        "list_operations": 173,
        "list_cost_usd": 0.000865,
        "drift": 7,
    }
