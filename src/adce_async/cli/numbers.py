"""Numbers on the command line: `nan` and `inf` are floats for Python, and nothing that anybody means."""

from __future__ import annotations

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A FloatRange without them.

    >>> FiniteRange(min=0).convert("1.5", None, None)
    1.5
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """(As click calls it.) Raises click.BadParameter."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value!r} is no number to count with.", param, ctx)
        return found
