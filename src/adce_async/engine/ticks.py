"""When those wake who look now and then: all at the same moments, so that a service at rest wakes once for all of them.

Each look has an interval of its own; it comes at the whole multiples of it on the loop's clock, whenever it was begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EARLY_SECONDS = 0.005
"""A timer may go off a little early: what is left of an interval by then is waited for with the next one."""


def until_tick(every: float, time: Callable[[], float] | None = None) -> float:
    """Seconds until the next whole multiple of `every` (seconds, above 0) of the loop's time, or of `time`.

    >>> [round(until_tick(10.0, lambda: now), 3) for now in (20.0, 23.0, 29.996)]
    [10.0, 7.0, 10.004]
    """
    now = time() if time is not None else asyncio.get_running_loop().time()
    left = every - now % every
    return left if left > min(EARLY_SECONDS, every / 100) else left + every


async def tick(every: float) -> None:
    """Wait for the next moment of those who look `every` so many seconds."""
    await asyncio.sleep(until_tick(every))


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until `event` is set; after `seconds` (infinite: never) it is set all the same.

    For who looks again in either case: a timer that sets the event takes a third of what `asyncio.timeout` does, which
    cancels and raises.
    """
    loop = asyncio.get_running_loop()
    timer = loop.call_later(seconds, event.set) if seconds != float("inf") else None
    try:
        await event.wait()
    finally:
        if timer is not None:
            timer.cancel()
