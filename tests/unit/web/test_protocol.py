"""What is no HTTP is answered in the same form as every other mistake."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from tests.unit.web.test_server import View

from adce_async.web.server import Site, serving


async def answered(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    async with serving(Site(View()), "127.0.0.1", 0) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        writer.write(raw)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 9000 + b"\r\n\r\n", 431),
        (b"HELLO\r\n\r\n", 400),
    ],
)
async def test_it_is_a_problem_with_the_headers_of_all_answers(raw: bytes, status: int) -> None:
    seen, headers, body = await answered(raw)
    assert seen == status
    assert headers["Content-Type"].startswith("application/problem+json")
    assert (headers["Server"], headers["X-Content-Type-Options"]) == ("adce", "nosniff")
    document = orjson.loads(body)
    assert document["status"] == status
    assert "expected HTTP/1.1" in document["detail"]
