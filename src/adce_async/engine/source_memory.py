"""What sources have taught, where restarts and other machines find it: cool-downs, lowered rates, doubts, breakers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.breaker_memory import BreakerMemory
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.fetching.throttle_memory import ThrottleMemory
from adce_async.planning.lanes import Lanes
from adce_async.ports import Clock, StateStore


class SourceMemory(Protocol):
    """One kind of it."""

    async def restore(self, sources: Collection[str] | None = None) -> None:
        """What was kept of `sources`, as they come to us; None: of all, as the process starts. Raises QueueError."""
        ...

    async def keep(self) -> None:
        """Write down what has changed of the sources that are ours. Raises QueueError."""
        ...


def all_memories(
    limiters: Mapping[str, RateLimiter],
    lanes: Lanes,
    doubts: Doubts,
    state: StateStore,
    clock: Clock,
    owns: Callable[[str], bool] | None,
) -> Sequence[SourceMemory]:
    """All kinds. `owns(source)`: whether it is ours; None: this process is alone, and they all are."""
    if owns is None:
        return [ThrottleMemory(limiters, state), doubts]
    return [ThrottleMemory(limiters, state, owns), doubts, BreakerMemory(lanes, state, clock, owns)]
