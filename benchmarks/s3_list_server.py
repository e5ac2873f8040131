"""A server that speaks `ListObjectsV2` from memory, quicker than any client here, so that clients are what is measured.

Run with `python -m benchmarks.s3_list_server KEYS`; the first line that it prints holds its URL. SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
import base64
import bisect
import hashlib
import sys
from typing import cast
from urllib.parse import parse_qs, urlsplit

import uvloop

BUCKET = "lake"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
_RESULT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>lake</Name><Prefix>{prefix}</Prefix>{token}<KeyCount>{count}</KeyCount><MaxKeys>1000</MaxKeys>{encoding}"
    "<IsTruncated>{more}</IsTruncated>{contents}</ListBucketResult>"
)


class Lake:
    """Objects such as a lake has: three data types, by season and game."""

    def __init__(self, count: int) -> None:
        kinds, seasons = (
            ("box_scores", "play_by_play", "schedules"),
            [f"{y}-{(y + 1) % 100:02}" for y in range(2001, 2025)],
        )
        each = count // len(kinds) // len(seasons) + 1
        keys = [f"espn_{k}/{s}/{401000000 + n}.json" for k in kinds for s in seasons for n in range(each)]
        self.keys = sorted(keys)[:count]
        self.contents = [_content(number, key) for number, key in enumerate(self.keys)]

    def page(self, query: dict[str, list[str]]) -> bytes:
        """The answer to a request."""
        prefix, size = query.get("prefix", [""])[0], min(1000, int(query.get("max-keys", ["1000"])[0]))
        token = query.get("continuation-token", [""])[0]
        after = base64.b64decode(token).decode() if token else query.get("start-after", [""])[0]
        first = max(bisect.bisect_right(self.keys, after), bisect.bisect_left(self.keys, prefix))
        end = bisect.bisect_left(self.keys, prefix + "\U0010ffff")
        last = min(first + size, end)
        more = last < end
        following = base64.b64encode(self.keys[last - 1].encode()).decode() if more else ""
        return _RESULT.format(
            prefix=prefix,
            token=f"<NextContinuationToken>{following}</NextContinuationToken>" if more else "",
            count=last - first,
            encoding="<EncodingType>url</EncodingType>" if "encoding-type" in query else "",
            more=str(more).lower(),
            contents="".join(self.contents[first:last]),
        ).encode()


def _content(number: int, key: str) -> str:
    etag = hashlib.md5(key.encode()).hexdigest()
    at = f"2025-01-{number % 28 + 1:02}T12:{number // 60 % 60:02}:{number % 60:02}.000Z"
    return (
        f"<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>&quot;{etag}&quot;</ETag>"
        f"<Size>{60000 + number}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


class Server(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, GET only."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        *requests, self._seen = (self._seen + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1].decode()
            body = self._lake.page(parse_qs(urlsplit(target).query, keep_blank_values=True))
            self._transport.write(_HEAD % len(body) + body)


async def serve(count: int) -> None:
    """Until the process is ended."""
    lake = Lake(count)
    server = await asyncio.get_running_loop().create_server(lambda: Server(lake), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
