"""The time that an attempt may take, without the time that it waits in our own queue.

The timeout of an attempt is there for servers that hang; waiting for a token of the limiter is no fault of anybody's
and may take longer than any timeout (one request in ten minutes is a limit, too).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def standing_still(timeout: asyncio.Timeout) -> Iterator[None]:
    """The clock of `timeout`, which is at work, stands still meanwhile."""
    if (at := timeout.when()) is None or timeout.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = at - loop.time()
    timeout.reschedule(None)
    try:
        yield
    finally:
        timeout.reschedule(loop.time() + left)
