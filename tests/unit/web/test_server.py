from __future__ import annotations

import aiohttp
import pytest

from adce_async.errors import FixMeError
from adce_async.web.server import serving


class View:
    status_text = "healthy"
    reasons: tuple[str, ...] = ()

    def health(self):
        return {"status": self.status_text, "version": "1", "uptime_seconds": 1.0, "components": {}, "orchestrator": {}}

    def broken(self):
        return list(self.reasons)

    def ready(self):
        return ["reconciler: the first pass is not done yet"]

    def rate_limits(self):
        return {"espn": {"tokens": 1}, "_global": {"tokens": 1}}

    def status(self):
        return {"queue": {}}

    def coverage(self):
        return {"rows": [], "totals": {}}


async def get(url: str, path: str):
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        return answer.status, await answer.json()


async def test_endpoints() -> None:
    view = View()
    async with serving(view, "127.0.0.1", 0) as url:
        assert (await get(url, "/health"))[0] == 200
        assert await get(url, "/health/live") == (200, {"status": "ok", "reasons": []})
        assert (await get(url, "/health/ready"))[0] == 503
        assert set((await get(url, "/rate-limits"))[1]) == {"espn", "_global"}
        assert (await get(url, "/coverage"))[1] == {"rows": [], "totals": {}}
        assert (await get(url, "/status"))[0] == 200
        view.status_text, view.reasons = "unhealthy", ("pool: silent",)
        assert (await get(url, "/health"))[0] == 503
        assert await get(url, "/health/live") == (503, {"status": "failing", "reasons": ["pool: silent"]})
        view.status_text = "degraded"
        assert (await get(url, "/health"))[0] == 200


async def test_a_port_in_use_is_one_clear_error() -> None:
    async with serving(View(), "127.0.0.1", 0) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(FixMeError, match=f"health_check.port: 127.0.0.1:{port} can't be used"):
            async with serving(View(), "127.0.0.1", port):
                raise AssertionError("two servers on one port")
