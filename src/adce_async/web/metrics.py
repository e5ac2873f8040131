"""`/metrics`, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from adce_async.web.answers import problem


def metrics_route(render: Callable[[], bytes | None], content_type: str) -> web.RouteDef:
    """`render()`: the figures as text of this `content_type`; None: they are switched off."""

    async def handler(_request: web.Request) -> web.Response:
        body = render()
        if body is None:
            return problem(404, "metrics.prometheus is off")
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return web.get("/metrics", handler)
