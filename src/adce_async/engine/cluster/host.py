"""The parts of a machine, as the node of a cluster sees them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import structlog

from adce_async.cluster_ports import SharedQueue
from adce_async.engine.cluster.quota import GLOBAL
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.engine.source_memory import SourceMemory
from adce_async.model.limits import Limits
from adce_async.ports import Clock

log = structlog.get_logger("adce.cluster")

SHORTEST_MEMORY = 3600.0
SLACK_SECONDS = 5.0
"""A claim whose renewal is late by less is not lost yet."""


class PartsHost:
    """Satisfies `membership.Host`. `overall_rules()`: the global limits as configured; the limiter has our part."""

    def __init__(
        self,
        *,
        limiters: Mapping[str, RateLimiter],
        overall: RateLimiter,
        overall_rules: Callable[[], Limits],
        pool: WorkerPool,
        memories: Sequence[SourceMemory],
        clock: Clock,
        ask_pass: Callable[[], None],
        moved: Callable[[], None] = lambda: None,
        queue: SharedQueue | None = None,
    ) -> None:
        """`moved()`: other sources are ours now, for who watches them."""
        self._queue = queue
        self._moved = moved
        self._limiters = limiters
        self._overall = overall
        self._overall_rules = overall_rules
        self._pool = pool
        self._memories = memories
        self._clock = clock
        self._ask_pass = ask_pass

    def limits(self) -> Mapping[str, Limits]:
        """Of each source."""
        return {name: limiter.limits for name, limiter in self._limiters.items()}

    def overall(self) -> Limits:
        """Of all machines together."""
        return self._overall_rules()

    def history(self) -> float:
        """The longest window of all."""
        every = [self.overall(), *self.limits().values()]
        return max([SHORTEST_MEMORY, *(window.seconds for limits in every for window in limits.windows)])

    def doing(self) -> str:
        """In a few words."""
        return f"{len(self._pool.running_tasks)} running, {self._pool.waiting} waiting"

    def is_busy_with(self, source: str) -> bool:
        """Whether anything of it is under way or not settled."""
        return self._pool.is_busy_with(source)

    async def gained(self, sent: Mapping[str, Sequence[float]]) -> None:
        """Each limiter knows what was sent, and what refusals have taught, in place of what it knew."""
        now = self._clock.now()
        for source, ages in sent.items():
            if source in self._limiters:
                self._limiters[source].restore([now - ago for ago in ages], afresh=True)
        for memory in self._memories:
            await memory.restore(sent)
        self._moved()

    def changed(self, sources: Collection[str]) -> None:
        """Waiters look again."""
        for source in sources:
            limiter = self._overall if source == GLOBAL else self._limiters.get(source)
            if limiter is not None:
                limiter.ownership_changed()

    def let_go(self, sources: Collection[str]) -> None:
        """What is under way there is given back."""
        if sources:
            self._pool.let_go(sources)

    def set_part(self, part: Limits, others: Sequence[float]) -> None:
        """Of the global limits."""
        if others:
            now = self._clock.now()
            self._overall.restore([now - ago for ago in others])
        if part != self._overall.limits:
            self._overall.set_limits(part)

    async def refresh(self) -> None:
        """The queue is another one."""
        await self._pool.refresh()

    async def sweep(self) -> None:
        """Claims that ran out come back."""
        if self._queue is not None and (lost := await self._queue.sweep(self._clock.now() - SLACK_SECONDS)):
            log.warning("claims ran out", claims=lost, next="they are made again")

    def ask_pass(self) -> None:
        """We lead."""
        self._ask_pass()
