"""A server that is nothing but a socket: it notes every request that arrives, and answers with what it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.unit.engine.judged import Wall

from adce_async.engine.fetching.client import HttpClient
from adce_async.engine.fetching.limiter import Limits, RateLimiter
from adce_async.engine.fetching.wire import SourceHttp


@dataclass(frozen=True)
class Request:
    """As it came in."""

    at: float
    target: str
    headers: Mapping[str, str]
    connection: int
    nth: int
    """Of its connection, from 0."""


CLOSE = b""
"""Say nothing and close the connection."""
HANG = b"hang"
"""Say nothing and leave it open."""


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    lines = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


@dataclass
class Server:
    answer: Callable[[Request], bytes]
    """What it sends. It closes the connection after `connection: close`."""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.requests]

    @property
    def times(self) -> list[float]:
        return [request.at for request in self.requests]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, nth = self.connections, 0
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                at = asyncio.get_running_loop().time()
                request = Request(at, first.split(" ")[1], headers, connection, nth)
                self.requests.append(request)
                nth += 1
                answer = self.answer(request)
                if answer == HANG:
                    await reader.read()
                writer.write(answer)
                if answer in {CLOSE, HANG} or b"connection: close" in answer:
                    break
        writer.close()


@contextlib.asynccontextmanager
async def serving(answer: Callable[[Request], bytes]) -> AsyncIterator[Server]:
    server = Server(answer)
    listener = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


@contextlib.asynccontextmanager
async def client(
    server: Server,
    limits: Limits | None = None,
    *,
    mirror: bool = True,
    tell: Callable[[str, str], object] = lambda _name, _text: None,
    scrapers: Mapping[str, Mapping[str, object]] | None = None,
    **settings: object,
) -> AsyncIterator[tuple[HttpClient, RateLimiter]]:
    """A client of the source `ant`, whose hosts are ant.test and www.ant.test; without `mirror`, the server itself."""
    hosts = frozenset({"ant.test", "www.ant.test", f"127.0.0.1:{server.port}"})
    http = SourceHttp("ant", **{"hosts": hosts, "respect_robots": False, "user_agent": "test/1", **settings})  # type: ignore[arg-type]
    limiter = RateLimiter("ant", limits or Limits(), Wall())
    to = server.url if mirror else None
    of_scrapers = {name: replace(http, scraper=name, **own) for name, own in (scrapers or {}).items()}  # type: ignore[arg-type]
    async with HttpClient({"ant": http}, {"ant": limiter}, Wall(), to, tell=tell, scrapers=of_scrapers) as made:
        yield made, limiter
    await asyncio.sleep(0.01)  # the server sees that we are gone
