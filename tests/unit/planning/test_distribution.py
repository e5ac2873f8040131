"""Percentiles of what is kept are those of what was put in, within the error that it names."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from adce_async.planning.distribution import SIGNS, Distribution


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def spread(distribution: Distribution) -> list[float]:
    return [value for value, count in zip(*distribution.taken(), strict=True) for _ in range(count)]


def test_few_values_are_kept_as_they_are() -> None:
    some = Distribution(150)
    for value in (3.0, 0.1, 3.0, 0.0, -2.0):
        some.add(value)
    assert some.taken() == ([-2.0, 0.0, 0.1, 3.0], [1, 1, 1, 2])
    assert some.error == 0


def test_percentiles_of_many_are_within_the_named_error() -> None:
    chance = random.Random(7)
    values = [chance.lognormvariate(0.0, 1.5) for _ in range(20_000)]
    some = Distribution(150)
    for value in values:
        some.add(value)
    assert len(some) <= 150
    assert 0 < some.error < 0.05
    kept = spread(some)
    assert len(kept) == len(values)
    for share in (0.5, 0.95, 0.99):
        assert math.isclose(percentile(kept, share), percentile(values, share), rel_tol=2.1 * some.error)
    assert math.isclose(sum(kept), sum(values), rel_tol=some.error)


def test_it_can_be_made_smaller_still() -> None:
    some = Distribution(150)
    for value in range(1, 101):
        some.add(float(value))
    some.shrink(10)
    assert len(some) <= 10
    assert sum(some.taken()[1]) == 100


@given(
    st.lists(st.floats(width=64), max_size=80),
    st.integers(1, 20),
)
def test_whatever_comes_there_are_never_too_many(values: list[float], most: int) -> None:
    some = Distribution(most)
    for value in values:
        some.add(value)
    assert len(some) <= max(most, SIGNS)
    assert sum(some.taken()[1]) == sum(math.isfinite(value) for value in values)
    assert all(math.isfinite(value) for value in some.taken()[0])
