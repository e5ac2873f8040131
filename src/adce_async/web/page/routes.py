"""`/`, `/data/...`, `/keys/...`, `/sources/...` and what they need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from aiohttp import web

from adce_async.web.answers import problem
from adce_async.web.page.rendering import render, static_files

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Values = Mapping[str, object]


class Pages(Protocol):
    """What each page shows: the values of its template; None: there is no such thing."""

    acts: bool
    """Whether somebody may do something from there; if not, nothing is offered."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def overview(self, *, every_season: bool = False) -> Values:
        """`/`; `every_season`: however long that page gets."""
        ...

    async def data(self, source: str, data_type: str, season: str) -> Values | None:
        """One data type in one season."""
        ...

    async def key(self, key: str) -> Values | None:
        """One key."""
        ...

    async def source(self, source: str) -> Values | None:
        """One source."""
        ...


def page_routes(pages: Pages) -> tuple[web.RouteDef, ...]:
    """All of them."""

    async def data(request: web.Request) -> Values | None:
        found = request.match_info
        return await pages.data(found["source"], found["data_type"], found["season"])

    async def overview(request: web.Request) -> Values | None:
        return await pages.overview(every_season=request.query.get("seasons") == "all")

    return (
        web.get("/", _handler(pages, "overview.html", overview)),
        web.get("/data/{source}/{data_type}/{season}", _handler(pages, "data.html", data)),
        web.get("/keys/{key:.+}", _handler(pages, "key.html", lambda request: pages.key(request.match_info["key"]))),
        web.get(
            "/sources/{source}",
            _handler(pages, "source.html", lambda request: pages.source(request.match_info["source"])),
        ),
        web.get("/static/{name}", _static),
    )


def _handler(
    pages: Pages, template: str, values: Callable[[web.Request], Awaitable[Values | None]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        found = await values(request)
        if found is None:
            return problem(404, "there is no such page; `/` shows what there is")
        body = await asyncio.to_thread(render, template, pages.now(), {"acts": pages.acts, **found})
        response = web.Response(body=body, content_type="text/html", charset="utf-8")
        response.headers.update({"Cache-Control": "no-store", "Content-Security-Policy": _POLICY})
        response.enable_compression()
        return response

    return handler


async def _static(request: web.Request) -> web.StreamResponse:
    found = static_files().get(request.match_info["name"])
    if found is None:
        return problem(404, "there is no such file")
    body, content_type = found
    response = web.Response(body=body, content_type=content_type, charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # (its address changes with it)
    response.enable_compression()
    return response
