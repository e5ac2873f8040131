"""`/cluster`: who owns what, as of the last word of the database."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from adce_async.web.answers import Document, answer


def cluster_route(document: Callable[[], Document]) -> web.RouteDef:
    """`document()`: nodes, sources, leader."""

    async def handler(_request: web.Request) -> web.Response:
        return answer(document())

    return web.get("/cluster", handler)
