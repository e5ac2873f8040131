"""What the histories of attempts have in common, whatever database they are in: bounds, and how they are weighed."""

from __future__ import annotations

from collections.abc import Iterable

MAX_ROWS = 200_000
MAX_NOTES = 10_000
MAX_AGE_SECONDS = 30 * 86400.0
TRIM_EVERY = 1000
"""Attempts recorded between two trims: how far the bounds may be exceeded."""
STEPS = 8
"""Steps of the weight in a half-life."""


def weighted(rows: Iterable[tuple[str, int, int, int]]) -> dict[str, float]:
    """Success by scraper, of rows (scraper, age in eighths of a half-life, attempts, those that stored something).

    >>> weighted([("a", 0, 1, 1), ("a", 8, 2, 0)])
    {'a': 0.5}
    """
    sums: dict[str, tuple[float, float]] = {}
    for scraper, step, count, good in rows:
        weight = 0.5 ** (step / STEPS)
        tried, stored = sums.get(scraper, (0.0, 0.0))
        sums[scraper] = (tried + weight * count, stored + weight * good)
    return {scraper: stored / tried for scraper, (tried, stored) in sums.items() if tried}
