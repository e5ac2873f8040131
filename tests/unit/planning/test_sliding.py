"""Counts within a window, in bounded memory."""

from __future__ import annotations

import json

import pytest

from adce_async.planning.sliding import BUCKETS, SlidingCounts


def test_what_is_older_than_the_window_counts_no_more_and_takes_no_room() -> None:
    counts = SlidingCounts(3600.0)
    for second in range(0, 7200, 5):
        counts.add("x", float(second))
    assert 700 <= counts.of("x", 7200.0) <= 720
    assert len(counts.remembered()) <= BUCKETS
    assert counts.of("x", 20_000.0) == 0
    assert counts.of("another", 20_000.0) == 0


def test_a_clock_that_is_set_back_forgets_the_future() -> None:
    counts = SlidingCounts(60.0)
    counts.add("x", 1000.0)
    assert counts.of("x", 10.0) == 0


def test_it_can_be_remembered() -> None:
    counts = SlidingCounts(60.0)
    counts.add("x", 1000.0, 3)
    other = SlidingCounts(60.0)
    other.restore(json.loads(json.dumps(counts.remembered())))
    assert other.of("x", 1010.0) == 3
    with pytest.raises((TypeError, ValueError)):
        other.restore([["a", 1]])
