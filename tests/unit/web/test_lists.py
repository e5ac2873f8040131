from __future__ import annotations

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adce_async.web.lists import COLUMNS, FILTERS, Listing, list_routes
from adce_async.web.paging import BadQueryError, Page


class Lists:
    def __init__(self) -> None:
        self.asked: list[Page] = []

    async def _rows(self, page: Page) -> Listing:
        self.asked.append(page)
        return Listing([{"key": "a"}], {"total": 9})

    tasks = gaps = parked = history = notes = sources = _rows


async def get(lists: Lists, path: str, query: str = "") -> web.Response:
    handlers = {route.path: route.handler for route in list_routes(lists)}
    response = await handlers[path](make_mocked_request("GET", path + query))  # type: ignore[arg-type, call-arg, misc]
    assert isinstance(response, web.Response)
    return response


@pytest.mark.parametrize("name", FILTERS)
async def test_each_list_is_a_page_with_its_bounds(name: str) -> None:
    lists = Lists()
    response = await get(lists, f"/{name}", f"?limit=2&offset=4&{FILTERS[name][0]}=x")
    assert orjson.loads(response.body) == {name: [{"key": "a"}], "total": 9, "limit": 2, "offset": 4}  # type: ignore[arg-type]
    assert lists.asked == [Page(2, 4, {FILTERS[name][0]: "x"})]


async def test_a_list_without_rows_has_its_heading_all_the_same() -> None:
    class Nothing(Lists):
        async def parked(self, page: Page) -> Listing:
            return Listing([], {})

    response = await get(Nothing(), "/parked", "?format=csv")
    assert response.body == (",".join(COLUMNS["parked"]) + "\r\n").encode()


async def test_a_filter_of_another_list_is_refused() -> None:
    with pytest.raises(BadQueryError, match="priority"):
        await get(Lists(), "/parked", "?priority=HIGH")
