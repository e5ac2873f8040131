"""How near a resource is to its end: fine, near it, or at its limit; and well below again before it counts as fine.

Pure.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.IntEnum):
    """The worse, the higher."""

    FINE = 0
    WARNING = 1
    LIMIT = 2


RELEASE = 0.1
"""A level is left when the value is better than what raised it by this share."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Values from which on a level holds; None: never. `little`: the smaller the value, the worse (free space)."""

    warning: float | None = None
    limit: float | None = None
    little: bool = False

    def level(self, value: float, before: Level = Level.FINE) -> Level:
        """The level at `value`, coming from the level `before`.

        >>> memory = Bounds(800.0, 1000.0)
        >>> [memory.level(value, Level.LIMIT).name for value in (1001.0, 901.0, 899.0, 721.0, 719.0)]
        ['LIMIT', 'LIMIT', 'WARNING', 'WARNING', 'FINE']
        >>> Bounds(10.0, 1.0, little=True).level(0.5).name
        'LIMIT'
        """
        for level, bound in ((Level.LIMIT, self.limit), (Level.WARNING, self.warning)):
            if bound is not None and self._reached(value, bound, held=before >= level):
                return level
        return Level.FINE

    def _reached(self, value: float, bound: float, *, held: bool) -> bool:
        if self.little:
            return value <= bound * (1.0 + RELEASE if held else 1.0)
        return value >= bound * (1.0 - RELEASE if held else 1.0)
