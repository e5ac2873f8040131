from __future__ import annotations

import aiohttp
import pytest
from tests.unit.web.test_server import View

from adce_async.web.page.routes import page_routes
from adce_async.web.server import Site, serving


class Pages:
    acts = True

    def now(self) -> float:
        return 0.0

    async def overview(self, *, every_season=False):
        raise RuntimeError("a bug")

    async def data(self, source: str, data_type: str, season: str):
        return None

    async def key(self, key: str):
        shown = {
            "key": key, "stored": None, "task": None, "factors": {}, "parked": None, "provenance": {}, "attempts": [],
        }  # fmt: skip
        return {"k": shown}

    async def source(self, source: str):
        return None


@pytest.mark.parametrize(
    ("path", "status", "content_type"),
    [
        ("/keys/ant/a%20b.json", 200, "text/html"),
        ("/data/ant/items/all", 404, "application/problem+json"),
        ("/sources/ant", 404, "application/problem+json"),
        ("/", 500, "application/problem+json"),
        ("/static/page.css", 200, "text/css"),
        ("/static/page.js", 200, "text/javascript"),
        ("/static/..%2Froutes.py", 404, "application/problem+json"),
    ],
)
async def test_each_page_is_there_or_says_so(path: str, status: int, content_type: str) -> None:
    site = Site(View(), more=page_routes(Pages()))
    async with serving(site, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
        async with session.get(url + path) as answer:
            assert (answer.status, answer.content_type) == (status, content_type)
            text = await answer.text()
            if content_type == "text/html":
                assert "ant/a b.json" in text
                assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
