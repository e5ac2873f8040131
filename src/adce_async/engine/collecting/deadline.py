"""The time that an attempt may take, without the time that it waits in our own queue.

The timeout of an attempt is there for servers that hang; waiting for a token of the limiter is no fault of anybody's
and may take longer than any timeout (one request in ten minutes is a limit, too).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Deadline:
    """`async with deadline:` raises TimeoutError after `seconds`, not counting `standing_still`."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._timeout.__aexit__(kind, error, trace)

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Its clock stands still meanwhile."""
        timeout = self._timeout
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
