"""A server that is much quicker than any client here: `GET .../ID.json` is answered with `{"id": "ID", "rows": [...]}`.

Run with `python -m benchmarks.lean_server`; the first line that it prints holds its URL. SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
from typing import cast

import uvloop

_ROW = b'{"player":"J. Farrow","points":21,"rebounds":7,"assists":4}'
_ROWS = b",".join([_ROW] * 33)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Server(asyncio.Protocol):
    """HTTP/1.1 with keep-alive and pipelining, GET only."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclass of it
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._seen = (self._seen + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1]
            body = b'{"id":"%s","rows":[%s]}' % (target.rpartition(b"/")[2].removesuffix(b".json"), _ROWS)
            self._transport.write(_HEAD % len(body) + body)


async def serve() -> None:
    """Until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
