"""The time that an attempt may take, without the time that it waits in our own queue.

The timeout of an attempt is there for servers that hang; waiting for a token of the limiter is no fault of anybody's
and may take longer than any timeout (one request in ten minutes is a limit, too).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

_RUNNING: ContextVar[asyncio.Timeout | None] = ContextVar("_RUNNING", default=None)


@contextlib.asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after `seconds`, not counting what is spent in `standing_still`."""
    async with asyncio.timeout(seconds) as timeout:
        token = _RUNNING.set(timeout)
        try:
            yield
        finally:
            _RUNNING.reset(token)


@contextlib.contextmanager
def standing_still() -> Iterator[None]:
    """The clock of the surrounding `deadline`, if there is one, stands still meanwhile."""
    timeout = _RUNNING.get()
    if timeout is None or (at := timeout.when()) is None or timeout.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = at - loop.time()
    timeout.reschedule(None)
    try:
        yield
    finally:
        timeout.reschedule(loop.time() + left)
