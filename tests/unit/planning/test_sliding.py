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


def test_the_sum_is_that_of_what_is_remembered_whatever_the_clock_does() -> None:
    counts = SlidingCounts(60.0)
    for at in (1000.0, 1030.0, 1059.0, 1061.0, 1010.0, 1011.0, 900.0, 5000.0, 5001.0):
        counts.add("x", at, 2)
        counts.add("y", at)
        kept = [bucket[1] for bucket in json.loads(json.dumps(counts.remembered()))]
        assert counts.of("x", at) == sum(bucket.get("x", 0) for bucket in kept)
        assert counts.of("y", at) == sum(bucket.get("y", 0) for bucket in kept)
    other = SlidingCounts(60.0)
    other.restore(json.loads(json.dumps(counts.remembered())))
    assert other.of("x", 5001.0) == counts.of("x", 5001.0) == 4
    assert other.of("x", 6000.0) == 0
