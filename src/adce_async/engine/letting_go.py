"""Large things are let go of in a thread, some at a time: to free 100,000 objects at once holds the loop for long."""

from __future__ import annotations

import asyncio
from typing import Any

SOME = 2000
"""So many objects are freed at once: about a millisecond, and nobody else can run meanwhile."""


async def let_go(*large: list[Any]) -> None:
    """Empty these lists. What else refers to what is in them keeps it, so the caller drops its own names first."""
    if sum(map(len, large)) > SOME:
        await asyncio.to_thread(empty, *large)
    else:
        empty(*large)


def empty(*large: list[Any]) -> None:
    """The same, in the thread that calls. Between two steps others get their turn.

    >>> numbers = list(range(5000))
    >>> empty(numbers)
    >>> numbers
    []
    """
    for each in large:
        while each:
            del each[-SOME:]
