"""GET `/plan`: as `adce plan --json` says it, a page at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from adce_async.web.answers import table
from adce_async.web.lists import Listing
from adce_async.web.paging import Page, page_of

PLAN_COLUMNS = ("key", "source", "scraper", "priority", "score", "factors", "eta")
PLAN_FILTERS = ("source", "scraper", "data_type", "season", "kind", "priority", "key")


def plan_route(plan: Callable[[Page], Awaitable[Listing]]) -> web.RouteDef:
    """`plan(page)`: rows of tasks, and what stands beside them."""

    async def handler(request: web.Request) -> web.StreamResponse:
        page = page_of(request, PLAN_FILTERS)
        found = await plan(page)
        return table(
            request, "tasks", found.rows, {**found.more, "limit": page.limit, "offset": page.offset}, PLAN_COLUMNS
        )

    return web.get("/plan", handler)
