"""The pool's slots: a Semaphore, and a way to step out of one.

An attempt has a slot from its first step to its last, except while it waits for something of its own source that may
take long (a token for a redirect or a retry within it, another's robots.txt): somebody else may use it meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar

import structlog

from adce_async.engine.collecting.deadline import standing_still
from adce_async.engine.dispatching.lanes import Lane
from adce_async.engine.fetching.limiter import Permit, RateLimiter

log = structlog.get_logger("adce.pool")

SAY_WAITING_AFTER = 5.0
"""A wait for a source longer than this is logged; seconds."""


class Slots:
    """`size` slots. `on_free()` is called when one has become free."""

    def __init__(self, size: int, on_free: Callable[[], None]) -> None:
        self.size = size
        self.taken = 0
        """Used, or claimed by an attempt that is about to use one."""
        self._semaphore = asyncio.Semaphore(size)
        self.on_free = on_free

    @property
    def free(self) -> int:
        """How many can be claimed."""
        return self.size - self.taken

    def claim(self, lane: Lane) -> Slot:
        """A slot for an attempt of `lane` that is about to start."""
        self.taken += 1
        return Slot(self, lane)

    async def enter(self) -> None:
        """(For Slot.) Wait for a place; at most `size` are in."""
        await self._semaphore.acquire()

    def leave(self, *, inside: bool) -> None:
        """(For Slot.)"""
        self.taken -= 1
        if inside:
            self._semaphore.release()
        self.on_free()


class Slot:
    """One attempt's slot, claimed from the start."""

    def __init__(self, slots: Slots, lane: Lane) -> None:
        self._slots = slots
        self._lane = lane
        self._claimed = True
        self._inside = False

    @property
    def is_outside(self) -> bool:
        """True while its attempt waits without it."""
        return not self._claimed

    def wait(self) -> float:
        """Seconds until its source may be asked again."""
        return self._lane.wait()

    async def enter(self) -> None:
        """Claim it again if it was left, and wait for it."""
        if not self._claimed:
            self._slots.taken += 1
            self._claimed = True
        await self._slots.enter()
        self._inside = True

    def leave(self) -> None:
        """Give it back; may be called twice."""
        if self._claimed:
            inside, self._claimed, self._inside = self._inside, False, False
            self._slots.leave(inside=inside)

    @contextlib.asynccontextmanager
    async def stepped_out(self) -> AsyncIterator[None]:
        """Without it. Meanwhile the lane begins nothing else: that would have to wait for the same."""
        self._lane.outside += 1
        self.leave()
        try:
            yield
            await self.enter()
        finally:
            self._lane.outside -= 1
            self._slots.on_free()


SLOT: ContextVar[Slot | None] = ContextVar("SLOT", default=None)
"""That of the attempt that runs."""


@contextlib.asynccontextmanager
async def stepped_out() -> AsyncIterator[None]:
    """Without the slot of the attempt that runs, and without its deadline, which has nothing to do with such waits.

    What is cancelled, or fails, meanwhile does not get its slot back: it has no more use for it.
    """
    slot = SLOT.get()
    with standing_still():
        if slot is None:
            yield
            return
        async with slot.stepped_out():
            yield


async def reserved(limiter: RateLimiter) -> Permit:
    """A token for a request within an attempt (a redirect, robots.txt, another page)."""
    wait = limiter.delay()
    if wait <= 0:
        return await limiter.reserve()
    if wait > SAY_WAITING_AFTER:
        log.info("waiting within an attempt", source=limiter.source, seconds=round(wait, 1), why=limiter.why())
    permit: Permit | None = None
    try:
        async with stepped_out():
            permit = await limiter.reserve()
    except BaseException:
        if permit is not None:  # cancelled while it waited for its slot
            permit.release()
        raise
    return permit
