"""What a sample tells of the whole, and how surely."""

from __future__ import annotations

from random import Random

import pytest

from adce_async.planning.estimate import Estimate, Stratum, estimate, wilson


@pytest.mark.parametrize(
    ("share", "sampled", "low", "high"),
    # Brown, Cai, DasGupta (2001) and the R function prop.test(correct=FALSE)
    [(0.0, 10, 0.0, 0.2775), (1.0, 10, 0.7225, 1.0), (0.5, 10, 0.2366, 0.7634), (0.9, 1000, 0.8799, 0.9171)],
)
def test_the_interval_is_wilsons(share: float, sampled: int, low: float, high: float) -> None:
    assert wilson(share, sampled, 0.95) == pytest.approx((low, high), abs=1e-4)


def test_what_was_looked_at_whole_is_counted() -> None:
    assert estimate([Stratum(10, 10, 3), Stratum(0, 0, 0)], 0.95) == Estimate(3.0, 3, 3)
    assert estimate([], 0.95) == Estimate(0.0, 0, 0)


def test_the_bounds_never_contradict_what_was_seen() -> None:
    found = estimate([Stratum(12, 11, 11)], 0.95)
    assert (found.low, found.high) == (11, 12)
    found = estimate([Stratum(12, 11, 0)], 0.95)
    assert (found.low, found.high) == (0, 1)


def test_of_what_nothing_was_looked_at_everything_is_possible() -> None:
    assert estimate([Stratum(10, 0, 0), Stratum(5, 5, 5)], 0.95) == Estimate(10.0, 5, 15)


def test_a_larger_sample_is_surer() -> None:
    spreads = [(one := estimate([Stratum(100_000, n, n // 10)], 0.95)).high - one.low for n in (100, 1000, 10_000)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[2] < spreads[0] / 8


def test_the_number_is_within_the_bounds_as_often_as_they_say() -> None:
    """400 lakes of strata of all sizes, some full, some half empty, a tenth of each sampled."""
    chance = Random(7)
    within = 0
    for _ in range(400):
        strata, truth = [], 0
        for size in (3, 40, 500, 1200):
            share = chance.choice((0.0, 0.5, 0.9, 1.0))
            members = [chance.random() < share for _ in range(size)]
            truth += sum(members)
            sampled = chance.sample(members, max(1, size // 10))
            strata.append(Stratum(size, len(sampled), sum(sampled)))
        found = estimate(strata, 0.95)
        within += found.low <= truth <= found.high
    assert within >= 0.94 * 400
