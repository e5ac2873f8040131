"""What a sample tells of the whole: Wilson's interval, for a sample without replacement, over strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Stratum:
    """`hits` of the `sampled` of all its `size` members have what is looked for."""

    size: int
    sampled: int
    hits: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many members have it: the best guess, and the bounds within which the number is with the given confidence."""

    value: float
    low: int
    high: int


def wilson(share: float, sampled: float, confidence: float) -> tuple[float, float]:
    """The bounds of a share of which `share` was found among `sampled` independent ones (Wilson, 1927).

    >>> [round(bound, 3) for bound in wilson(0.9, 100, 0.95)]
    [0.826, 0.945]
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    square = z * z / sampled
    middle = (share + square / 2.0) / (1.0 + square)
    spread = z / (1.0 + square) * sqrt(share * (1.0 - share) / sampled + square / (4.0 * sampled))
    return max(0.0, middle - spread), min(1.0, middle + spread)


def estimate(strata: Sequence[Stratum], confidence: float) -> Estimate:
    """How many members of all `strata` have it. Those that were looked at whole are counted, not estimated.

    The size of the sample is reduced to its effective one (Kish), since some strata weigh more than others, and raised
    by what it leaves out of the whole (the finite population correction). That strata are more uniform than the whole
    is not made use of, so the bounds are rather too wide.

    >>> estimate([Stratum(1000, 100, 90), Stratum(10, 10, 7)], 0.95)
    Estimate(value=907.0, low=837, high=951)
    """
    certain = sum(one.hits for one in strata if one.sampled >= one.size)
    unsure = [one for one in strata if one.sampled < one.size]
    size = sum(one.size for one in unsure)
    if not size:
        return Estimate(float(certain), certain, certain)
    if any(not one.sampled for one in unsure):  # nothing is known of it
        seen = certain + sum(one.hits for one in unsure)
        known = [one for one in unsure if one.sampled]
        share = sum(one.hits for one in known) / sum(one.sampled for one in known) if known else 0.5
        missed = sum(one.sampled - one.hits for one in unsure)
        return Estimate(certain + share * size, seen, certain + size - missed)
    value = sum(one.size * one.hits / one.sampled for one in unsure)
    sampled, hits = sum(one.sampled for one in unsure), sum(one.hits for one in unsure)
    effective = size * size / sum(one.size * one.size / one.sampled for one in unsure)
    low, high = wilson(value / size, effective * (size - 1) / (size - sampled), confidence)
    return Estimate(
        certain + value,
        certain + max(hits, floor(low * size)),
        certain + min(size - (sampled - hits), ceil(high * size)),
    )
