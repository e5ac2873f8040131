"""Many values in few: what percentiles need, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

FIRST_STEP = 0.005
"""Values closer together than this share of theirs become one, as soon as there are too many; then twice it, ..."""

SIGNS = 3
"""Values below, at and above zero never become one."""


class Distribution:
    """Values and how often each was: exact until there are more than `most`, then within a known share of each.

    >>> some = Distribution(most=3)
    >>> for value in (1.0, 1.0, 1.001, 5.0, 90.0):
    ...     some.add(value)
    >>> values, counts = some.taken()
    >>> [round(value) for value in values], counts
    ([1, 5, 90], [3, 1, 1])
    """

    __slots__ = ("_counts", "_most", "_step")

    def __init__(self, most: int) -> None:
        self._counts: dict[float, int] = {}
        self._most = max(SIGNS, most)
        self._step = 0.0

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def error(self) -> float:
        """The share of itself by which a value may be wrong."""
        return math.expm1(self._step / 2)

    def add(self, value: float, count: int = 1) -> None:
        """Not a number and without bounds: ignored, nobody can show them."""
        if not math.isfinite(value):
            return
        self._put(value, count)
        while len(self._counts) > self._most:
            self._coarsen()

    def shrink(self, most: int) -> None:
        """No more than `most` values from now on."""
        self._most = max(SIGNS, most)
        while len(self._counts) > self._most:
            self._coarsen()

    def taken(self) -> tuple[Sequence[float], Sequence[int]]:
        """Values in order, and how often each was."""
        ordered = sorted(self._counts.items())
        return [value for value, _ in ordered], [count for _, count in ordered]

    def _put(self, value: float, count: int) -> None:
        at = self._rounded(value)
        self._counts[at] = self._counts.get(at, 0) + count

    def _coarsen(self) -> None:
        self._step = self._step * 2 or FIRST_STEP
        before, self._counts = self._counts, {}
        for value, count in before.items():
            self._put(value, count)

    def _rounded(self, value: float) -> float:
        """To the nearest of a scale on which each is larger than the one before by the same share."""
        if not self._step or value == 0:
            return value
        place = round(math.log(abs(value)) / self._step)
        # a scale so coarse that it leaves what a float can hold: one value for all
        return math.copysign(math.exp(min(700.0, max(-700.0, place * self._step))), value)
