"""The simplest source there is, for tests and benchmarks: any host `NAME.test` is the source NAME.

`GET /items/{id}.json` answers `{"id": "{id}", "rows": [...]}`, always of the same size.
"""

from __future__ import annotations

import orjson

from adce_async.demo.site import TEXT, Request, Response

_ROW = b'{"player":"J. Farrow","points":21,"rebounds":7,"assists":4}'


class Items:
    """Every `*.test` host; satisfies `site.Site`."""

    def __init__(self, rows_bytes: int = 2000) -> None:
        """`rows_bytes`: least size of the rows of an answer."""
        self._rows = b"[" + b",".join([_ROW] * max(1, -(-rows_bytes // (len(_ROW) + 1)))) + b"]"

    def answer(self, request: Request) -> Response:
        """See `site.Site`."""
        name = request.path.removeprefix("/items/").removesuffix(".json")
        if not name or request.path != f"/items/{name}.json" or "/" in name:
            return Response(b"Not Found\n", 404, TEXT)
        return Response(b'{"id":%s,"rows":%s}' % (orjson.dumps(name), self._rows))
