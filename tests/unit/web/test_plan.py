from __future__ import annotations

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adce_async.web.lists import Listing
from adce_async.web.paging import BadQueryError, Page
from adce_async.web.plan import plan_route


async def ask(query: str) -> web.Response:
    async def plan(page: Page) -> Listing:
        return Listing([{"key": "a", "eta": 1.5}], {"eta_seconds": 9.0, "asked": dict(page.filters)})

    response = await plan_route(plan).handler(make_mocked_request("GET", f"/plan{query}"))  # type: ignore[arg-type, call-arg, misc]
    assert isinstance(response, web.Response)
    return response


async def test_it_is_a_page_of_tasks_with_the_time_of_the_whole() -> None:
    response = await ask("?limit=1&source=ant")
    assert orjson.loads(response.body) == {  # type: ignore[arg-type]
        "tasks": [{"key": "a", "eta": 1.5}], "eta_seconds": 9.0, "asked": {"source": "ant"}, "limit": 1, "offset": 0,
    }  # fmt: skip
    assert (await ask("?format=csv")).body == b"key,source,scraper,priority,score,factors,eta\r\na,,,,,,1.5\r\n"
    with pytest.raises(BadQueryError, match="nonsense"):
        await ask("?nonsense=1")
