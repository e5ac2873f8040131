"""A way to an S3 server on which things go wrong: throttling, resets, answers that are lost, cut or come twice."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.'
    b"</Message></Error>"
)
_HOPS = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "server"}


@dataclass
class FaultyS3:
    """`fault` says of each request what goes wrong with it, or None:

    slow_down: 503 SlowDown. reset: the connection breaks before the server has heard of it. lost: the server has done
    it, the answer never comes. cut: half of the answer's body comes. again: a listing is answered with the page before.
    ignore_conditions: the server doesn't heed If-Match and If-None-Match. denied: 403.
    """

    url: str
    fault: Callable[[web.Request], str | None] = lambda _request: None
    served: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(method, path with query) of all."""

    def asked(self, method: str) -> list[str]:
        return [path for each, path in self.requests if each == method]


def in_turn(
    *faults: str | None, of: Callable[[web.Request], bool] = lambda _request: True
) -> Callable[..., str | None]:
    """These faults for the first requests that `of` is true of, one each."""
    left = list(faults)
    return lambda request: left.pop(0) if left and of(request) else None


def is_listing(request: web.Request) -> bool:
    return request.method == "GET" and "list-type" in request.query


@asynccontextmanager
async def faulty(target: str) -> AsyncIterator[FaultyS3]:
    """The proxy before the server at `target`, on a free port of 127.0.0.1."""
    proxy = FaultyS3("")
    pages: list[tuple[int, dict[str, str], bytes]] = []
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Content-Type"]) as session:

        async def handle(request: web.Request) -> web.StreamResponse:
            proxy.requests.append((request.method, request.path_qs))
            kind = proxy.fault(request)
            if kind:
                proxy.served[kind] += 1
            if kind == "slow_down":
                return web.Response(status=503, body=SLOW_DOWN, content_type="application/xml")
            if kind == "denied":
                body = SLOW_DOWN.replace(b"SlowDown", b"AccessDenied")
                return web.Response(status=403, body=body, content_type="application/xml")
            if kind == "portal":  # not S3 at all, and says that all is well
                return web.Response(text="<html>please log in</html>", content_type="text/html")
            if kind == "reset":
                return _broken(request)
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOPS}
            if kind == "ignore_conditions":
                headers = {name: value for name, value in headers.items() if not name.lower().startswith("if-")}
            body = await request.read()
            if kind == "again" and pages and is_listing(request):
                status, answered, content = pages[-1]
                return web.Response(status=status, headers=answered, body=content)
            url = URL(target + request.raw_path, encoded=True)
            async with session.request(request.method, url, headers=headers, data=io.BytesIO(body)) as answer:
                content = await answer.read()
                answered = {name: value for name, value in answer.headers.items() if name.lower() not in _HOPS}
                if is_listing(request):
                    pages.append((answer.status, answered, content))
                if kind == "lost":
                    return _broken(request)
                if kind == "cut":
                    return await _cut(request, answer.status, answered, content)
                if request.method == "HEAD":
                    response = web.StreamResponse(status=answer.status, headers=answered)
                    response.content_length = int(answer.headers.get("Content-Length", 0))
                    await response.prepare(request)
                    await response.write_eof()
                    return response
                return web.Response(status=answer.status, headers=answered, body=content)

        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            await runner.cleanup()


def _broken(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _cut(request: web.Request, status: int, headers: dict[str, str], content: bytes) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response
