from __future__ import annotations

import asyncio
import base64
import contextlib
from dataclasses import replace

import aiohttp
import pytest

from adce_async.errors import FixMeError, QueueError
from adce_async.web.guard import REFUSAL_SECONDS
from adce_async.web.server import Site, WebLimits, serving


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
    async with serving(Site(view), "127.0.0.1", 0) as url:
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
    async with serving(Site(View()), "127.0.0.1", 0) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(FixMeError, match=f"health_check.port: 127.0.0.1:{port} can't be used"):
            async with serving(Site(View()), "127.0.0.1", port):
                raise AssertionError("two servers on one port")


class Broken(View):
    def status(self):
        raise RuntimeError("a bug with a secret-of-ours in it")


async def ask(url: str, path: str, method: str = "GET", **headers: str):
    async with aiohttp.ClientSession() as session, session.request(method, url + path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.json(content_type=None)


async def test_what_goes_wrong_is_a_problem_and_shows_nothing_of_us() -> None:
    async with serving(Site(Broken()), "127.0.0.1", 0) as url:
        for path, method, status in (
            ("/nothing", "GET", 404),
            ("/health/../../etc/passwd", "GET", 404),
            ("/health", "POST", 405),
            ("/health", "DELETE", 405),
            ("/status", "GET", 500),
        ):
            got, headers, document = await ask(url, path, method)
            assert (got, document["status"], headers["Content-Type"]) == (
                status,
                status,
                "application/problem+json",
            )
            assert "RuntimeError" not in str(document)
            assert headers["X-Content-Type-Options"] == "nosniff"
        assert (await ask(url, "/health", "POST"))[1]["Allow"] == "GET, HEAD"


async def test_a_client_that_asks_too_often_is_told_when_and_a_foreign_name_is_refused() -> None:
    limits = WebLimits(requests_per_second=0.5, burst=3, names=frozenset({"lake.internal"}))
    async with serving(Site(View()), "127.0.0.1", 0, limits) as url:
        assert (await ask(url, "/health", Host="lake.internal"))[0] == 200
        assert (await ask(url, "/health", Host="evil.test"))[0] == 421
        assert (await ask(url, "/health"))[0] == 200
        began = asyncio.get_running_loop().time()
        status, headers, document = await ask(url, "/health")
        assert (status, headers["Retry-After"]) == (429, "2")
        assert asyncio.get_running_loop().time() - began >= REFUSAL_SECONDS
        assert "too many requests from 127.0.0.1" in document["detail"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "some.name"])
async def test_where_others_can_come_a_token_is_needed(host: str) -> None:
    with pytest.raises(FixMeError, match=r"health_check.host: .*ADCE_TOKEN"):
        async with serving(Site(View()), host, 0):
            raise AssertionError("open to everybody")
    async with serving(Site(View()), "0.0.0.0", 0, WebLimits(token="s3cret-of-the-test")) as url:
        assert (await get(url.replace("0.0.0.0", "127.0.0.1"), "/health"))[0] == 200


async def test_what_can_not_be_read_just_now_is_no_bug(capsys) -> None:
    class Away(View):
        def status(self) -> dict[str, object]:
            raise QueueError("PostgreSQL at db/adce: connection refused")

    async with serving(Site(Away()), "127.0.0.1", 0) as url:
        status, text = await get(url, "/status")
    assert status == 503
    assert text["detail"] == "PostgreSQL at db/adce: connection refused"
    assert "Traceback" not in capsys.readouterr().out


async def test_what_is_no_http_is_answered_and_leaves_nothing_in_the_log(caplog, capsys) -> None:
    sent = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"z" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]  # fmt: skip
    async with serving(Site(View()), "127.0.0.1", 0) as url:
        port = int(url.rsplit(":", 1)[1])
        for raw in sent:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(raw)
            with contextlib.suppress(ConnectionError):
                answered = await reader.read(1000)
                assert answered[9:12] in (b"400", b"431", b""), raw[:40]
                assert not answered or b"application/problem+json" in answered
                assert b"aiohttp" not in answered
            writer.close()
        assert (await get(url, "/health"))[0] == 200
    assert "Traceback" not in caplog.text
    assert "Traceback" not in capsys.readouterr().err


async def test_many_idle_connections_keep_nobody_out() -> None:
    limits = WebLimits(connections=20, requests_per_second=1000.0, burst=1000)
    async with serving(Site(View()), "127.0.0.1", 0, limits) as url, contextlib.AsyncExitStack() as stack:
        port = int(url.rsplit(":", 1)[1])
        for _ in range(100):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(b"GET /health HTTP/1.1\r\nX: ")
        for _ in range(5):
            assert (await get(url, "/health"))[0] == 200


async def test_where_not_everybody_may_look_a_token_is_needed() -> None:
    closed = WebLimits(token="for-changes", read_token="for-looking", readers_open=False)
    async with serving(Site(View()), "127.0.0.1", 0, closed) as url:
        for given, status in (
            (None, 401), ("Bearer nonsense", 401), ("Basic ???", 401), ("Digest for-looking", 401),
            ("Bearer for-looking", 200), ("bearer for-changes", 200),
            (f"Basic {base64.b64encode(b'anybody:for-looking').decode()}", 200),
            (f"Basic {base64.b64encode(b'for-looking').decode()}", 401),
        ):  # fmt: skip
            got, headers, _ = await ask(url, "/health", **({"Authorization": given} if given else {}))
            assert got == status, given
            assert ("WWW-Authenticate" in headers) == (status == 401)
    with pytest.raises(FixMeError, match=r"health_check.public: .*read_token_file"):
        async with serving(Site(View()), "127.0.0.1", 0, WebLimits(readers_open=False)):
            raise AssertionError("nobody could look")


async def test_other_limits_hold_at_once_and_who_has_a_token_is_a_client_of_his_own() -> None:
    held = [WebLimits(requests_per_second=0.1, burst=1, names=frozenset({"lake.internal"}))]
    first = replace(held[0], token="s3cret-of-the-test")
    async with serving(Site(View()), "127.0.0.1", 0, first, now=lambda: held[0]) as url:
        assert (await ask(url, "/health", Host="lake.internal"))[0] == 200
        assert (await ask(url, "/health"))[0] == 429
        assert (await ask(url, "/health", Authorization="Bearer s3cret-of-the-test"))[0] == 200
        assert (await ask(url, "/health", Authorization="Bearer another"))[0] == 429
        held[0] = WebLimits(requests_per_second=100.0, burst=100)
        assert (await ask(url, "/health"))[0] == 200
        assert (await ask(url, "/health", Host="lake.internal"))[0] == 421
