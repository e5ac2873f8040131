"""`/events`: server-sent events. A client that comes back says what it saw last, and gets what it missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import orjson
from aiohttp import web

from adce_async.redaction import redact
from adce_async.web.answers import Document, problem
from adce_async.web.paging import BadQueryError

BEAT_SECONDS = 15.0
"""After so long without an event a comment goes out, so that nobody in between takes the connection for dead."""
MOST_STREAMS = 16
DROPPED = "dropped"
"""Kind of what stands for missed events: nobody can do without."""
WRITE_SECONDS = 30.0
"""A client that does not read for so long is let go; it comes back with `Last-Event-ID`."""


class Numbered(Protocol):
    """One event: its id, kind and document."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def kind(self) -> str: ...  # noqa: D102

    @property
    def document(self) -> Document: ...  # noqa: D102


class Follower(Protocol):
    """Somebody who watches."""

    async def next(self) -> Sequence[Numbered]:
        """Wait for what comes next; it can be cut off without losing any."""
        ...


Follow = Callable[[str | None], Follower]
"""From what came after an id on; None: from now on."""


def stream_route(
    follow: Follow, kinds: frozenset[str], stays: Callable[[object], object] = lambda _transport: None
) -> web.RouteDef:
    """`stays(transport)`: the answer on this connection may last."""
    open_streams: set[object] = set()

    async def handler(request: web.Request) -> web.StreamResponse:
        wanted = _wanted(request, kinds)
        if len(open_streams) >= MOST_STREAMS:
            return problem(429, f"{MOST_STREAMS} streams are open already", headers={"Retry-After": "10"})
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        open_streams.add(response)
        try:
            await response.prepare(request)
            stays(request.transport)
            last = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
            await _send(response, follow(last), wanted)
        except (ConnectionError, TimeoutError):  # the client has gone, or sleeps
            pass
        finally:
            open_streams.discard(response)
        return response

    return web.get("/events", handler)


async def _send(response: web.StreamResponse, events: Follower, wanted: frozenset[str]) -> None:
    """Until the client is gone (ConnectionError) or reads no more (TimeoutError)."""
    await response.write(b"retry: 2000\n\n")
    while True:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                found = await events.next()
        except TimeoutError:
            await _write(response, b": still here\n\n")
            continue
        lines = [
            f"id: {event.id}\nevent: {event.kind}\ndata: {redact(orjson.dumps(event.document).decode())}\n\n"
            for event in found
            if event.kind in wanted or event.kind == DROPPED
        ]
        if lines:
            await _write(response, "".join(lines).encode())


async def _write(response: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(text)


def _wanted(request: web.Request, kinds: frozenset[str]) -> frozenset[str]:
    given = request.query.get("kinds")
    if not given:
        return kinds
    wanted = frozenset(given.split(","))
    if unknown := sorted(wanted - kinds):
        raise BadQueryError(f"kinds: there is no {unknown[0]!r}; expected some of {', '.join(sorted(kinds))}")
    return wanted
