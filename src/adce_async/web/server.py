"""Serving: binds, says clearly when it can't, bounds whoever comes, and closes within a second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adce_async.errors import FixMeError
from adce_async.web.binding import Place, listening
from adce_async.web.connections import Connections
from adce_async.web.guard import ClientRates, guarding
from adce_async.web.lists import Lists, list_routes
from adce_async.web.openapi import openapi_route
from adce_async.web.protocol import with_own_errors
from adce_async.web.routes import View, routes
from adce_async.web.stream import Follow, stream_route
from adce_async.web.verbs import Actions, verb_routes

SHUTDOWN_SECONDS = 0.5
KEEPALIVE_SECONDS = 15.0
MOST_BODY_BYTES = 1_048_576
MOST_HEAD_BYTES = 8190
"""Of a request line, and of a header."""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """What one client, and all together, may take. `names`: by which the service may be called, lower case."""

    requests_per_second: float = 50.0
    burst: int = 100
    connections: int = 100
    names: frozenset[str] = frozenset()
    token: str | None = None
    """Who has it may change things; None: nobody may."""
    read_token: str | None = None
    """Who has it may look, where not everybody may."""
    readers_open: bool = True
    """Whether everybody may look."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """All that are known."""
        return tuple(filter(None, (self.token, self.read_token)))

    @property
    def readers(self) -> tuple[str, ...]:
        """With which of them one may look; empty: nobody needs one (or nobody may)."""
        return () if self.readers_open else self.tokens


@dataclass(frozen=True, slots=True)
class Site:
    """What is served: documents, and where there is more, lists, verbs and events (with their kinds)."""

    view: View
    lists: Lists | None = None
    actions: Actions | None = None
    follow: Follow | None = None
    kinds: frozenset[str] = frozenset()
    more: tuple[web.RouteDef, ...] = field(default=())

    def all_routes(
        self, token: str | None, stays: Callable[[object], object] = lambda _transport: None
    ) -> list[web.RouteDef]:
        """`token`: who has it may use the verbs; `stays(transport)`: the answer on this connection may last."""
        found = [*routes(self.view), *self.more]
        if self.lists is not None:
            found += list_routes(self.lists)
        if self.actions is not None:
            found += verb_routes(self.actions, token)
        if self.follow is not None:
            found.append(stream_route(self.follow, self.kinds, stays))
        return [*found, openapi_route(found)]


@contextlib.asynccontextmanager
async def serving(
    site: Site,
    host: str,
    port: int,
    limits: WebLimits | None = None,
    place: Place | None = None,
    now: Callable[[], WebLimits | None] = lambda: None,
) -> AsyncIterator[str]:
    """The endpoints, while the scope lasts; yields their URL. Port 0 takes any free one; `place`: instead of both.

    `now()`: the limits that hold by now, if they are others; tokens, and who may look, stay as in `limits`.

    Raises FixMeError if it can't be used, or if others could change things (or nobody could look) without a token.
    """
    limits, place = limits or WebLimits(), place or Place(host, port)
    _check(limits, place)
    loop = asyncio.get_running_loop()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # its tracebacks of what clients send help nobody
    connections: list[Connections] = []  # made once the server is: the middleware is made before it
    rates = ClientRates(limits.requests_per_second, limits.burst, loop.time)

    def renew() -> None:
        holds = now() or limits
        rates.apply(holds.requests_per_second, holds.burst)
        connections[0].apply(holds.connections)

    app = web.Application(
        middlewares=[
            _counting(connections, renew),
            guarding(rates, lambda: (now() or limits).names, limits.readers, limits.tokens),
        ],
        client_max_size=MOST_BODY_BYTES,
    )

    def stays(transport: object) -> None:
        connections[0].stays(transport)

    app.add_routes(site.all_routes(limits.token, stays))
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS,
        keepalive_timeout=KEEPALIVE_SECONDS, max_line_size=MOST_HEAD_BYTES, max_field_size=MOST_HEAD_BYTES,
    )  # fmt: skip
    await runner.setup()
    try:
        assert runner.server is not None
        make = runner.server
        connections.append(Connections(lambda: with_own_errors(make()), limits.connections))
        async with listening(connections[0], place) as url:
            yield url
    finally:
        await runner.cleanup()


def _check(limits: WebLimits, place: Place) -> None:
    """Raises FixMeError if others could change things, or nobody could look, without a token."""
    if not place.is_local and limits.token is None:
        raise FixMeError(
            f"health_check.host: {place.host} can be reached by others, and no token is set; expected 127.0.0.1, or a "
            "token (ADCE_TOKEN, health_check.token_file)"
        )
    if not limits.readers_open and not limits.readers:
        raise FixMeError(
            "health_check.public: is false, and there is no token to read with; expected one (ADCE_TOKEN or "
            "ADCE_READ_TOKEN, health_check.token_file or read_token_file)"
        )


def _counting(connections: list[Connections], renew: Callable[[], None]) -> Middleware:
    """So that a connection knows when a request of it is being answered. `renew()`: goes by what holds now."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        renew()
        connections[0].begun(transport)
        try:
            return await handler(request)
        finally:
            connections[0].ended(transport)

    return count
