"""Serves bodies of real shape (`benchmarks.shapes`) as quickly as it can: they are all made before it listens.

Run with `python -m benchmarks.shape_server SHAPE COUNT`; the first line that it prints holds its URL. SIGTERM ends it.
`/ids/SHAPE` is the JSON list of what it has; else the last word of the target is the id of a game.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import cast

import uvloop

from benchmarks import shapes

_ID = re.compile(rb"(?:event=|/boxscores/)(\w+)")
_HEAD = b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"


def bodies(shape: str, count: int) -> dict[bytes, bytes]:
    """What is served, by the id of the game."""
    if shape == "summary":
        return {game.event_id.encode(): shapes.summary(game) for game in shapes.games(count)}
    return {game.bbref_id.encode(): shapes.page(game) for game in shapes.games(count)}


class Server(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, GET only."""

    def __init__(self, known: dict[bytes, bytes], content_type: bytes) -> None:
        self._known = known
        self._content_type = content_type
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        *requests, self._seen = (self._seen + data).split(b"\r\n\r\n")
        for request in requests:
            self._answer(request.split(b" ", 2)[1])

    def _answer(self, target: bytes) -> None:
        found = _ID.search(target)
        body = self._known.get(found[1]) if found else json.dumps([key.decode() for key in self._known]).encode()
        head = _HEAD % (404 if body is None else 200, self._content_type, len(body or b""))
        self._transport.writelines([head, body or b""])


async def serve(shape: str, count: int) -> None:
    """Until the process is ended."""
    known = bodies(shape, count)
    content_type = b"application/json" if shape == "summary" else b"text/html; charset=utf-8"
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(known, content_type), "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
