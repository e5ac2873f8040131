"""Breakers go with their sources: who asks a source after another machine does not try anew what never answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import orjson

from adce_async.planning.lanes import Lanes
from adce_async.ports import Clock, StateStore


class BreakerMemory:
    """The breakers that are open, in the state store."""

    def __init__(self, lanes: Lanes, state: StateStore, clock: Clock, owns: Callable[[str], bool]) -> None:
        """`owns(source)`: whether it is ours; of a source that another asks, that one knows."""
        self._lanes = lanes
        self._state = state
        self._clock = clock
        self._owns = owns
        self._kept: dict[str, dict[str, Any] | None] = {}

    async def restore(self, sources: Collection[str] | None = None) -> None:
        """As their last owner left them; what can't be read is as if it were closed. Raises QueueError.

        A process that starts (None) knows of none: it asks those alone that come to it.
        """
        for source in sources or ():
            if source not in self._lanes:
                continue
            text = await self._state.get_text(name_of(source))
            lane, offset = self._lanes[source], self._offset()
            try:
                self._kept[source] = orjson.loads(text) if text else None
                lane.restore(self._kept[source], offset)
            except (ValueError, TypeError, LookupError):
                lane.restore(None, offset)

    async def keep(self) -> None:
        """Write down what has changed. Raises QueueError."""
        for lane in list(self._lanes):  # (more may come meanwhile)
            known = lane.remembered(self._offset())
            if self._owns(lane.source) and known != self._kept.get(lane.source):
                await self._state.set_text(name_of(lane.source), "" if known is None else orjson.dumps(known).decode())
                self._kept[lane.source] = known

    def _offset(self) -> float:
        return self._clock.now() - asyncio.get_running_loop().time()


def name_of(source: str) -> str:
    """Under which a source's breaker is remembered: JSON of `Lane.remembered`, or nothing."""
    return f"breaker {source}"
