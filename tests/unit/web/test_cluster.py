"""`/cluster`."""

from __future__ import annotations

import json

from aiohttp.test_utils import make_mocked_request

from adce_async.web.cluster import cluster_route


async def test_it_is_what_is_known() -> None:
    route = cluster_route(lambda: {"leader": "one"})
    assert (route.method, route.path) == ("GET", "/cluster")
    answer = await route.handler(make_mocked_request("GET", "/cluster"))  # type: ignore[arg-type]
    assert json.loads(answer.body) == {"leader": "one"}
