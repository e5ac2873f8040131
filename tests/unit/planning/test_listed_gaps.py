"""The most urgent gaps are listed, all are counted."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from adce_async.model.coverage import DataType, Expectation, Findings, Priority
from adce_async.model.days import DAY
from adce_async.model.keys import PathPattern
from adce_async.planning.comparison import Comparison
from adce_async.planning.expectations import Expectations
from adce_async.planning.listed_gaps import most_urgent
from adce_async.planning.plan import PlanRules, prioritise

NOW = 1_733_000_000.0
RULES = PlanRules("2024-25")


def compared(name: str, season: str, days: list[float], **rules: bool) -> Comparison:
    data_type = DataType("ant", name, "ant_items", PathPattern("ant/{id}.json"), **rules)  # type: ignore[arg-type]
    made = [Expectation(f"{name}/{n}", {}, season, NOW - 400 * DAY, NOW - age * DAY) for n, age in enumerate(days)]
    one = Comparison(data_type, season, Expectations.of(made))
    one.take([])
    one.evaluate(NOW)
    return one


PARTS = [
    compared("old", "2019-20", [900.0] * 3),
    compared("must", "2024-25", [1.0, 30.0, 6.9, 40.0, 7.5], required=True),
    compared("last", "2023-24", [300.0] * 4, required=True),
    compared("night", "2024-25", [0.3, 2.0, 30.0], watched=True, required=True),
]


def expected() -> list[tuple[Priority, int, int]]:
    """(priority, part, row) of each gap, by the rule for single ones."""
    return sorted(
        (prioritise(gap, Findings(part.data_type, part.coverage), RULES, NOW), place, row)
        for place, part in enumerate(PARTS)
        for row, gap in zip(part.gap_rows().to_pylist(), part.gaps(part.gap_rows().to_pylist()), strict=True)
    )


@pytest.mark.parametrize("most", [0, 1, 2, 3, 5, 8, 14, 15, 100])
def test_they_are_the_first_by_priority(most: int) -> None:
    chosen, left_out = most_urgent(PARTS, RULES, NOW, most)
    order = expected()
    assert sorted((place, row) for place, rows in enumerate(chosen) for row in rows) == sorted(
        (place, row) for _, place, row in order[:most]
    )
    assert left_out == Counter(priority for priority, _, _ in order[most:])


def test_which_priority_it_is_does_not_depend_on_the_order_of_parts() -> None:
    shuffled = random.Random(3).sample(PARTS, len(PARTS))
    assert most_urgent(shuffled, RULES, NOW, 4)[1] == most_urgent(PARTS, RULES, NOW, 4)[1]
