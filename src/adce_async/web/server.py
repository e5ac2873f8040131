"""Serving: binds, says clearly when it can't, and closes within a second."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from adce_async.errors import FixMeError
from adce_async.web.routes import View, routes

log = structlog.get_logger("adce.web")

SHUTDOWN_SECONDS = 0.5


@contextlib.asynccontextmanager
async def serving(view: View, host: str, port: int) -> AsyncIterator[str]:
    """The endpoints, while the scope lasts; yields their URL. Port 0 takes any free one.

    Raises FixMeError if the port is in use or not allowed.
    """
    app = web.Application()
    app.add_routes(routes(view))
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise FixMeError(
                f"health_check.port: {host}:{port} can't be used: {error.strerror or error}; "
                "free it or set another one (ADCE_HEALTH_CHECK__PORT, 0 for any)"
            ) from error
        bound = runner.addresses[0][1]
        url = f"http://{host}:{bound}"
        log.info("serving", url=url)
        yield url
    finally:
        await runner.cleanup()
