"""What each endpoint answers, without a network: the handlers as routes name them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adce_async.redaction import SECRETS
from adce_async.web.answers import answer
from adce_async.web.paging import BadQueryError
from adce_async.web.routes import ROW_COLUMNS, routes


class View:
    """A service that is well unless told otherwise."""

    condition = "healthy"
    loops: tuple[str, ...] = ()
    not_ready: tuple[str, ...] = ()

    def health(self) -> dict[str, object]:
        return {"status": self.condition}

    def broken(self) -> list[str]:
        return list(self.loops)

    def ready(self) -> list[str]:
        return list(self.not_ready)

    def rate_limits(self) -> dict[str, object]:
        return {"ant": {"tokens": 1}}

    def status(self) -> dict[str, object]:
        return {"queue": 7}

    def coverage(self) -> dict[str, object]:
        return {"rows": []}


async def get(view: View, path: str) -> tuple[int, Any]:
    handlers = {route.path: route.handler for route in routes(view)}
    response = await handlers[path](make_mocked_request("GET", path))  # type: ignore[arg-type, call-arg, misc]
    assert isinstance(response, web.Response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content_type == "application/json"
    assert isinstance(response.body, bytes)
    return response.status, orjson.loads(response.body)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/health", {"status": "healthy"}),
        ("/rate-limits", {"ant": {"tokens": 1}}),
        ("/status", {"queue": 7}),
        ("/coverage", {"rows": []}),
    ],
)
async def test_each_path_shows_its_document(path: str, document: object) -> None:
    assert await get(View(), path) == (200, document)


async def test_the_coverage_is_to_be_had_as_csv_and_what_has_no_rows_is_not() -> None:
    handlers = {route.path: route.handler for route in routes(View())}

    async def csv(path: str) -> web.Response:
        response = await handlers[path](make_mocked_request("GET", f"{path}?format=csv"))  # type: ignore[arg-type, call-arg, misc]
        assert isinstance(response, web.Response)
        return response

    assert (await csv("/coverage")).body == (",".join(ROW_COLUMNS) + "\r\n").encode()
    for path in ("/status", "/rate-limits"):
        with pytest.raises(BadQueryError, match="JSON only"):
            await csv(path)


@pytest.mark.parametrize(("condition", "status"), [("healthy", 200), ("degraded", 200), ("unhealthy", 503)])
async def test_only_an_unhealthy_service_fails_its_health(condition: str, status: int) -> None:
    view = View()
    view.condition = condition
    assert (await get(view, "/health"))[0] == status


async def test_a_service_may_live_and_not_be_ready() -> None:
    view = View()
    view.not_ready = ("the first pass is not done yet",)
    assert await get(view, "/health/live") == (200, {"status": "ok", "reasons": []})
    assert await get(view, "/health/ready") == (503, {"status": "failing", "reasons": list(view.not_ready)})
    view.loops = ("pool: silent",)
    assert await get(view, "/health/live") == (503, {"status": "failing", "reasons": ["pool: silent"]})
    assert (await get(view, "/health/ready"))[1]["reasons"] == ["pool: silent"]


def test_all_routes_only_read() -> None:
    assert {route.method for route in routes(View())} == {"GET"}


def test_nothing_secret_leaves_and_keys_may_be_numbers() -> None:
    SECRETS.learn("hunter2hunter2")
    body = answer({"why": "asked with hunter2hunter2", "by_status": {200: 3}}).body
    assert isinstance(body, bytes)
    assert b"hunter2" not in body
    assert orjson.loads(body)["by_status"] == {"200": 3}
