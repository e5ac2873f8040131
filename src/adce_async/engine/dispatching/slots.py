"""The pool's slots: a Semaphore, and a way to step out of one.

An attempt has a slot from its first step to its last, except while it waits for something of its own source that may
take long (a token for a redirect or a retry within it, another's robots.txt): somebody else may use it meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from adce_async.planning.lanes import Lane


class Slots:
    """`size` slots. `on_free()` is called when one has become free."""

    def __init__(self, size: int, on_free: Callable[[], None]) -> None:
        self.size = size
        self.taken = 0
        """Used, or claimed by an attempt that is about to use one."""
        self._semaphore = asyncio.Semaphore(size)
        self._too_many = 0
        """Places that go as they are left, or come upon free: the pool has become smaller than what it had."""
        self._on_free = on_free

    def apply(self, size: int) -> None:
        """So many from now on. What is in stays in; where it is too much, places go as they are left."""
        self._too_many += self.size - size
        self.size = size
        while self._too_many < 0:
            self._too_many += 1
            self._semaphore.release()
        self._on_free()

    @property
    def free(self) -> int:
        """How many can be claimed."""
        return self.size - self.taken

    def claim(self, lane: Lane) -> Slot:
        """A slot for an attempt of `lane` that is about to start."""
        self.taken += 1
        return Slot(self, lane)

    async def enter(self) -> None:
        """(For Slot.) Wait for a place; at most `size` are in, but for those who were in when there were more."""
        await self._semaphore.acquire()
        while self._too_many > 0:  # a place that was free when the pool became smaller: it is none any more
            self._too_many -= 1
            await self._semaphore.acquire()

    def leave(self, *, inside: bool) -> None:
        """(For Slot.)"""
        self.taken -= 1
        if inside:
            if self._too_many > 0:
                self._too_many -= 1
            else:
                self._semaphore.release()
        self._on_free()

    def poke(self) -> None:
        """(For Slot.) Its lane may begin something again."""
        self._on_free()


class Slot:
    """One attempt's slot, claimed from the start."""

    def __init__(self, slots: Slots, lane: Lane) -> None:
        self._slots = slots
        self._lane = lane
        self._claimed = True
        self._inside = False
        self._wait: Callable[[], float] = lambda: 0.0

    @property
    def is_outside(self) -> bool:
        """True while its attempt waits without it."""
        return not self._claimed

    def wait(self) -> float:
        """Seconds that what its attempt waits for without it will take still."""
        return self._wait()

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
    async def stepped_out(self, wait: Callable[[], float]) -> AsyncIterator[None]:
        """Without it, for `wait()` seconds still. Meanwhile the lane begins nothing else: it would wait, too."""
        self._lane.outside += 1
        self._wait = wait
        self.leave()
        try:
            yield
            await self.enter()
        finally:
            self._lane.outside -= 1
            self._slots.poke()
