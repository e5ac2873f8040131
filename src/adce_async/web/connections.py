"""Connections are bounded, in number and in time, so that nobody who connects takes descriptors from the scrapers.

When all are taken, the one that has been idle longest is closed for the new one: a monitor is always answered, however
many connections somebody else holds open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

HEAD_SECONDS = 10.0
"""So long a client may take from its first byte to the end of its request's head, or be silent after connecting."""
LONGEST_ANSWER = 60.0
"""A client that takes longer to read its answer may be closed for one who waits."""


class Connections:
    """All open ones."""

    def __init__(self, make: Callable[[], asyncio.Protocol], most: int) -> None:
        """`make()`: what speaks HTTP on a connection."""
        self._make = make
        self._most = most
        self._open: dict[_Connection, None] = {}
        self._by_transport: dict[object, _Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __call__(self) -> asyncio.Protocol:
        """For `loop.create_server`."""
        return _Connection(self, self._make())

    def apply(self, most: int) -> None:
        """So many from now on; more that are open are closed when the next one comes."""
        self._most = most

    def begun(self, transport: object) -> None:
        """A request of this connection is being answered."""
        if (connection := self._by_transport.get(transport)) is not None:
            connection.begin()

    def ended(self, transport: object) -> None:
        """Its answer is on the way."""
        if (connection := self._by_transport.get(transport)) is not None:
            connection.end()

    def stays(self, transport: object) -> None:
        """Its answer is a stream that may last."""
        if (connection := self._by_transport.get(transport)) is not None:
            connection.lasts = True

    def add(self, connection: _Connection, transport: asyncio.BaseTransport) -> None:
        """One more; if that is one too many, another one goes."""
        while len(self._open) >= self._most:
            now = asyncio.get_running_loop().time()
            victim = min(self._open, key=lambda one: one.worth(now))
            victim.close()
            self.remove(victim)
        self._open[connection] = None
        self._by_transport[transport] = connection

    def remove(self, connection: _Connection) -> None:
        """It is closed."""
        self._open.pop(connection, None)
        self._by_transport.pop(connection.transport, None)


class _Connection(asyncio.Protocol):
    """Hands everything on to the protocol within, and keeps the time."""

    def __init__(self, all_: Connections, inner: asyncio.Protocol) -> None:
        self._all = all_
        self._inner = inner
        self._deadline: asyncio.TimerHandle | None = None
        self._answers = 0
        self.lasts = False
        self._since = 0.0
        self.transport: asyncio.Transport | None = None

    def worth(self, now: float) -> tuple[int, float]:
        """The least one is closed first: idle ones, then slow readers, then who is served; the longest first."""
        if not self._answers:
            return 0, self._since
        return (2 if self.lasts or now - self._since < LONGEST_ANSWER else 1), self._since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # (those of uvloop are of no class of asyncio's)
        self._all.add(self, transport)
        self._wait_for_head()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._answers and self._deadline is None:
            self._wait_for_head()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._forget_deadline()
        self._all.remove(self)
        self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def begin(self) -> None:
        self._forget_deadline()
        self._answers += 1
        self._since = asyncio.get_running_loop().time()

    def end(self) -> None:
        self._answers -= 1
        self._since = asyncio.get_running_loop().time()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _wait_for_head(self) -> None:
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        self._deadline = loop.call_later(HEAD_SECONDS, self.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
