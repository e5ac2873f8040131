"""Times of many rows, from as few as differ."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from adce_async.planning.row_times import RowTimes

DUES, CLOSES = [1.0, 2.0, 3.0], [10.0, None, 0.0]
SPREAD = [10.0, 10.0, math.inf, math.inf, 0.0, 0.0] * 2


@pytest.mark.parametrize(("first", "last"), [(0, 12), (0, 1), (5, 8), (11, 12), (4, 4)])
def test_each_holds_for_rows_side_by_side_again_and_again(first: int, last: int) -> None:
    closes = RowTimes(DUES, CLOSES, each=2).closes(first, last)
    assert closes.to_pylist() == SPREAD[first:last]  # type: ignore[union-attr]


def test_what_does_not_close_has_its_due_time_as_deadline() -> None:
    times = RowTimes(DUES, CLOSES, each=2)
    assert times.deadlines(pa.array([0, 1, 2, 5, 6, 10], pa.int64())).to_pylist() == [10.0, 10.0, 2.0, 3.0, 10.0, 3.0]


def test_one_time_for_all_is_a_number() -> None:
    times = RowTimes([4.0], [None])
    assert times.closes(3, 10_000_000) == math.inf
    assert times.deadlines(pa.array([0, 9_999_999], pa.int64())).to_pylist() == [4.0, 4.0]


def test_a_time_a_row_needs_no_search() -> None:
    assert RowTimes(DUES, CLOSES).closes(1, 3).to_pylist() == [math.inf, 0.0]  # type: ignore[union-attr]
