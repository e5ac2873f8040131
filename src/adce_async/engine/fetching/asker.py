"""On whose behalf a request is sent: what it holds for it, and how it waits.

An asker goes by hand from the attempt through `fetch` down to the wire. Who sends a request for somebody without an
attempt (a test, a question by hand) is `Alone`.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import structlog

from adce_async.engine.fetching.limiter import Permit, RateLimiter

log = structlog.get_logger("adce.pool")

SAY_WAITING_AFTER = 5.0
"""A wait for a source longer than this is logged; seconds."""


Wait: TypeAlias = Callable[[], float]
"""Seconds until what somebody waits for can be there."""


class Asker(Protocol):
    """Whoever sends requests."""

    scraper: str
    """Name of the scraper that it asks for, which may have bounds of its own; '': none."""
    permits: int
    """Tokens of `try_acquire` that were taken for it, and that its next requests take over."""
    waited: float
    """Seconds for which it has waited for tokens within its attempt."""

    def stepped_out(self, wait: Wait) -> AbstractAsyncContextManager[None]:
        """While it waits for something of its own source that may take long: others may use what it holds."""
        ...

    def wait(self) -> float:
        """Seconds that such a wait will take still; 0 without one."""
        ...


class Alone:
    """An asker that holds nothing that others could use meanwhile."""

    def __init__(self, permits: int = 0, scraper: str = "") -> None:
        self.permits = permits
        self.scraper = scraper
        self.waited = 0.0
        self._wait: Wait = _nothing

    @contextlib.asynccontextmanager
    async def stepped_out(self, wait: Wait) -> AsyncIterator[None]:
        """Nothing to step out of."""
        self._wait = wait
        try:
            yield
        finally:
            self._wait = _nothing

    def wait(self) -> float:
        """Of what it waits for."""
        return self._wait()


async def token_for(asker: Asker, limiter: RateLimiter) -> Permit:
    """The token that was taken for `asker`, or another one: of a redirect, robots.txt, another page.

    What is cancelled while it waits gives its token back.
    """
    permit = limiter.claim() if asker.permits else None
    asker.permits = max(0, asker.permits - 1)
    if permit is not None:
        return permit
    wait = limiter.delay()
    if wait <= 0:
        return await limiter.reserve()
    if wait > SAY_WAITING_AFTER:
        seconds = round(wait, 1) if math.isfinite(wait) else None  # until its source is ours again: nobody knows when
        log.info("waiting within an attempt", source=limiter.source, seconds=seconds, why=limiter.why())
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asker.stepped_out(limiter.delay):
            permit = await limiter.reserve()
    except BaseException:
        if permit is not None:  # cancelled while it waited to step in again
            permit.release()
        raise
    finally:
        asker.waited += loop.time() - began
    return permit


def _nothing() -> float:
    return 0.0
