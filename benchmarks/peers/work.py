"""What all peers do, whatever fetches for them: which URLs, what is a good body, which files it becomes.

`python PEER.py URL COUNT FOLDER CONCURRENCY [durable] [checked] [summary | page]`: small items unless a shape is named.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import orjson

URL, COUNT, FOLDER, CONCURRENCY = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
OPTIONS = sys.argv[5:]
SHAPE = next((option for option in OPTIONS if option in ("summary", "page")), "items")
DURABLE = "durable" in OPTIONS
CHECKED = "checked" in OPTIONS
"""Each body passes the whole check of this project's scraper, instead of a look at what everybody would look at."""

_URLS = {
    "items": "{url}/items/{id}.json",
    "summary": "{url}/site.api.espn.com/apis/site/v2/sports/basketball/nba/summary?event={id}",
    "page": "{url}/www.basketball-reference.com/boxscores/{id}.html",
}
_FILES = {"items": ("{id}.json",), "summary": ("{id}-box.json", "{id}-plays.json"), "page": ("{id}.html",)}
_CANONICAL = re.compile(rb'<link rel="canonical" href="[^"]*/boxscores/(\w+)\.html"')


def ids() -> list[str]:
    """What is to be fetched."""
    if SHAPE == "items":
        return [str(number) for number in range(1, COUNT + 1)]
    connection = http.client.HTTPConnection(URL.removeprefix("http://"))
    connection.request("GET", f"/ids/{SHAPE}")
    known: list[str] = json.load(connection.getresponse())
    connection.close()
    return known[:COUNT]


def address(name: str) -> str:
    """Where `name` is."""
    return _URLS[SHAPE].format(url=URL, id=name)


def files(name: str) -> list[Path]:
    """The files that the body of `name` becomes."""
    return [Path(FOLDER, pattern.format(id=name)) for pattern in _FILES[SHAPE]]


def _look(name: str, body: bytes) -> None:
    """Whether it is what was asked for; raises ValueError. No more than everybody would look at."""
    if SHAPE == "page":
        found = _CANONICAL.search(body)
        right = found is not None and found[1].decode() == name
    elif SHAPE == "summary":
        header = orjson.loads(body)["header"]
        right = header["id"] == name and header["competitions"][0]["status"]["type"]["completed"]
    else:
        right = orjson.loads(body)["id"] == name
    if not right:
        raise ValueError(name)


def _checker() -> Callable[[str, bytes], None]:
    if not CHECKED:
        return _look
    import promised  # noqa: PLC0415 - only here is anything of this project needed

    return promised.checker(SHAPE)


check = _checker()


def store(name: str, body: bytes) -> None:
    """Check it and write it, as plain files."""
    check(name, body)
    for path in files(name):
        path.write_bytes(body)
