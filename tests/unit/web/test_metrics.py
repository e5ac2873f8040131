from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adce_async.web.metrics import metrics_route


async def test_the_figures_are_text_and_404_where_they_are_off() -> None:
    shown: list[bytes | None] = [b"adce_info 1\n", None]
    handler = metrics_route(lambda: shown.pop(0), "text/plain; version=9").handler
    response = await handler(make_mocked_request("GET", "/metrics"))  # type: ignore[arg-type, call-arg, misc]
    assert isinstance(response, web.Response)
    assert (response.body, response.headers["Content-Type"]) == (b"adce_info 1\n", "text/plain; version=9")
    response = await handler(make_mocked_request("GET", "/metrics"))  # type: ignore[arg-type, call-arg, misc]
    assert response.status == 404
