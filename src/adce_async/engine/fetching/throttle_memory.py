"""Keeps over restarts what the sources' refusals taught: a crash loop must not ask again what has just said no."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict

import orjson

from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.planning.throttle import Remembered
from adce_async.ports import StateStore


class ThrottleMemory:
    """Cool-downs and lowered rates of all sources, in the state store."""

    def __init__(
        self,
        limiters: Mapping[str, RateLimiter],
        state: StateStore,
        owns: Callable[[str], bool] = lambda _source: True,
    ) -> None:
        """`owns(source)`: whether it is ours; of a source that another asks, he knows."""
        self._owns = owns
        self._limiters = limiters
        self._state = state
        self._kept: dict[str, Remembered | None] = {}

    async def restore(self, sources: Collection[str] | None = None) -> None:
        """Bring back what was kept of `sources` (of all). What can't be read is as if there were nothing."""
        for name, limiter in list(self._limiters.items()):  # (more may come meanwhile)
            if sources is not None and name not in sources:
                continue
            text = await self._state.get_text(name_of(name))
            self._kept[name] = None
            try:
                known = Remembered.of(orjson.loads(text)) if text else None
            except (ValueError, TypeError, KeyError):
                continue
            if known is not None:
                limiter.restore_throttle(known)
                self._kept[name] = known

    async def keep(self) -> None:
        """Write down what has changed. Raises QueueError."""
        for name, limiter in list(self._limiters.items()):  # (more may come meanwhile)
            known = limiter.throttle_state()
            if self._owns(name) and known != self._kept.get(name):
                await self._state.set_text(name_of(name), "" if known is None else orjson.dumps(asdict(known)).decode())
                self._kept[name] = known


def name_of(source: str) -> str:
    """Under which a source's throttle is remembered: JSON of a `Remembered`, or nothing."""
    return f"throttle {source}"
