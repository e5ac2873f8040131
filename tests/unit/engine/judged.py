"""A limiter is judged from what was sent, by rules that know nothing of how it works."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

from adce_async.engine.fetching.limiter import Limits, RateLimiter
from adce_async.model.limits import Window

GUARD = 0.02
START = 1_734_220_800.0  # 2024-12-15


class Wall:
    """A wall clock that follows virtual time."""

    offset = START

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.offset


class Journal:
    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def record(self, source: str, at_wall: float, *also: str) -> None:
        for name in (source, *also):
            self.times[name].append(at_wall)


def limiter(*windows: tuple[int, float], parent: RateLimiter | None = None, name: str = "ant", **kwargs) -> RateLimiter:
    own = {key: kwargs.pop(key) for key in ("burst", "min_delay", "guard") if key in kwargs}
    limits = Limits(tuple(Window(limit, float(seconds)) for limit, seconds in windows), **own)
    return RateLimiter(name, limits, Wall(), parent, **kwargs)


def now() -> float:
    return asyncio.get_running_loop().time()


async def turn() -> None:
    """What was sent counts from the next turn of the loop on."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def sent_by(source: RateLimiter, count: int, waiters: int = 1) -> list[float]:
    """When `count` requests went out, asked for by so many callers at once."""
    times: list[float] = []
    left = iter(range(count))

    async def ask() -> None:
        for _ in left:
            await source.acquire()
            times.append(now())

    async with asyncio.TaskGroup() as group:
        for _ in range(waiters):
            group.create_task(ask(), name="ask")
    return times


def violations(arrivals: Sequence[float], limits: Limits) -> list[str]:
    """Which limits the arrivals break; windows are half-open, the bucket is judged on closed intervals."""
    at = sorted(arrivals)
    broken = [
        f"{window.name} at {first}"
        for window in limits.windows
        for first, last in zip(at, at[window.limit :], strict=False)
        if last - first < window.seconds
    ]
    broken += [f"min_delay at {a}" for a, b in itertools.pairwise(at) if b - a < limits.min_delay]
    level, before = 0.0, -math.inf
    for arrival in at if limits.rate else ():
        level = max(0.0, level - (arrival - before) * (limits.rate or 0.0)) + 1
        before = arrival
        if level > limits.burst + 1e-6:
            broken.append(f"burst at {arrival}: {level}")
    return broken
