"""The endpoints that show one document each: JSON views of the running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from adce_async.model.coverage import COUNTS
from adce_async.web.answers import Document, answer, table, wants_csv
from adce_async.web.paging import BadQueryError

ROW_COLUMNS = ("source", "data_type", "season", "required", *COUNTS, "completeness_pct")
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
        web.get("/coverage", _rows(view.coverage)),
    ]


def _document(make: Callable[[], Document]) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        if request.query.get("format", "json") != "json":
            raise BadQueryError("format: there is JSON only here")
        return answer(make())

    return handler


def _rows(make: Callable[[], Document]) -> Handler:
    """A document whose rows are to be had as CSV."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.query.get("format", "json") not in ("json", "csv"):
            raise BadQueryError("format: expected json or csv")
        document = make()
        rows = document["rows"]
        if not wants_csv(request):
            return answer(document)
        return table(request, "rows", rows if isinstance(rows, list) else [], {}, ROW_COLUMNS)

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
