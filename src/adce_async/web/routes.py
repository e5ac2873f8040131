"""The endpoints that show one document each: JSON views of the running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from adce_async.web.answers import Document, answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class View(Protocol):
    """What the service shows."""

    def health(self) -> Document:
        """`/health`: status, version, uptime_seconds, components, orchestrator."""
        ...

    def broken(self) -> list[str]:
        """Loops that broke their promise."""
        ...

    def ready(self) -> list[str]:
        """Why the service is not ready; empty if it is."""
        ...

    def rate_limits(self) -> Document:
        """`/rate-limits`: an entry per source, and `_global`."""
        ...

    def status(self) -> Document:
        """`/status`: what it is doing."""
        ...

    def coverage(self) -> Document:
        """`/coverage`: rows and totals of the last pass."""
        ...


def routes(view: View) -> list[web.RouteDef]:
    """All routes for `view`."""
    return [
        web.get("/health", _health(view)),
        web.get("/health/live", _probe(view.broken)),
        web.get("/health/ready", _probe(lambda: view.broken() or view.ready())),
        web.get("/rate-limits", _document(view.rate_limits)),
        web.get("/status", _document(view.status)),
        web.get("/coverage", _document(view.coverage)),
    ]


def _document(make: Callable[[], Document]) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        return answer(make())

    return handler


def _health(view: View) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        document = view.health()
        return answer(document, 503 if document["status"] == "unhealthy" else 200)

    return handler


def _probe(why_not: Callable[[], list[str]]) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        reasons = why_not()
        return answer({"status": "failing" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)

    return handler
