"""Whose a source is where there is but one process."""

from __future__ import annotations

import math


class Always:
    """`ports.Ownership` of one process: every source is ours, for ever."""

    def until(self, source: str) -> float:
        """Infinite."""
        return math.inf
