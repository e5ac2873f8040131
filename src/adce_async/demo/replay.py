"""Serves captured answers: the bodies of a folder, at the addresses where its MANIFEST.json says they came from.

A manifest is `{"files": [{"file", "url", "http_status", "content_type", "what": {...}}, ...]}`; only `file` and `url`
have to be there. Bodies are read when they are asked for, never kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adce_async.demo.site import HTML, JSON, TEXT, Request, Response
from adce_async.errors import FixMeError

_CONTENT_TYPES = {
    ".json": JSON,
    ".html": HTML,
    ".txt": TEXT,
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_NOT_REAL = ("DERIVED_", "SYNTHETIC_")

_Query = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Capture:
    path: Path
    status: int
    content_type: str


class Replay:
    """Captured answers by address; satisfies `site.Site` for each host that it has any of.

    Queries are compared as sets: order does not matter, empty parameters and (unless it was captured with one) a
    `limit` neither. Where several captures answer one address, those named `..._final` win, then the first listed.
    A scoreboard that was captured without `dates` also answers for the `dates` of its day.
    """

    def __init__(self, folder: Path, overrides: Mapping[str, str] | None = None) -> None:
        """Captures of `folder` and of the folders in it. `overrides` maps an address to the file that answers it.

        An address is a URL, or `HOST/PATH?QUERY`, or `/PATH?QUERY` at any host; a file is named as it lies under
        `folder`, or by its bare name. Files named DERIVED_... or SYNTHETIC_... answer only where overrides say so.
        Raises FixMeError for a folder without manifests and for overrides that can't be read. A listed file that is
        not there answers nothing: its address is a 404 like any other.
        """
        self._by_address: dict[tuple[str, str], dict[_Query, _Capture]] = {}
        self._forced: dict[tuple[str, str], dict[_Query, _Capture]] = {}
        manifests = sorted({*folder.glob("MANIFEST.json"), *folder.glob("*/MANIFEST.json")})
        if not manifests:
            raise FixMeError(f"{folder}: no MANIFEST.json in it or in the folders in it")
        entries = [(path.parent, entry) for path in manifests for entry in _entries(path)]
        for where, entry in sorted(entries, key=lambda item: "_final" not in item[1]["file"]):
            if not entry["file"].startswith(_NOT_REAL) and (where / entry["file"]).is_file():
                self._add(_capture(where / entry["file"], entry), entry)
        known = {where / entry["file"]: entry for where, entry in entries}
        for address, name in (overrides or {}).items():
            host, path, query = _address(address)
            self._forced.setdefault((host, path), {})[query] = _find(folder, name, known)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that there are captures of."""
        return frozenset(host for host, _ in self._by_address) | {host for host, _ in self._forced if host}

    def answer(self, request: Request) -> Response:
        """See `site.Site`: the captured body, or a plain 404 (for robots.txt, too)."""
        query = _query(request.query.items())
        for known, host in ((self._forced, request.host), (self._forced, ""), (self._by_address, request.host)):
            captures = known.get((host, request.path), {})
            capture = captures.get(query) or captures.get(_without_limit(query))
            if capture is not None:
                return Response(capture.path.read_bytes(), capture.status, capture.content_type)
        return Response(b"Not Found\n", 404, TEXT)

    def _add(self, capture: _Capture, entry: Mapping[str, Any]) -> None:
        url = str(entry.get("url") or "")
        if not url.startswith(("https://", "http://")):
            return  # "(any)", "(derived ...)": no address that anybody could ask for
        host, path, query = _address(url)
        captures = self._by_address.setdefault((host, path), {})
        captures.setdefault(query, capture)
        what = entry.get("what")
        day = what.get("date") if isinstance(what, dict) else None
        if isinstance(day, str) and not query and path.endswith("/scoreboard"):
            captures.setdefault(_query([("dates", day.replace("-", ""))]), capture)


def _entries(manifest: Path) -> Iterator[dict[str, Any]]:
    try:
        files = json.loads(manifest.read_bytes())["files"]
        yield from (entry for entry in files if isinstance(entry["file"], str))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise FixMeError(f"{manifest}: expected {{'files': [{{'file': ..., 'url': ...}}]}}: {error!r}") from error


def _capture(path: Path, entry: Mapping[str, Any]) -> _Capture:
    content_type = entry.get("content_type") or _CONTENT_TYPES.get(path.suffix, "application/octet-stream")
    return _Capture(path, int(entry.get("http_status") or 200), content_type)


def _find(folder: Path, name: str, known: Mapping[Path, Mapping[str, Any]]) -> _Capture:
    for path, entry in known.items():
        if path in (folder / name, path.parent / name):
            return _capture(path, entry)
    if not (folder / name).is_file():
        raise FixMeError(f"{folder}: no file {name!r} to answer with")
    return _capture(folder / name, {})


def _address(text: str) -> tuple[str, str, _Query]:
    """Host (empty: any), decoded path and query of an address; remarks behind a blank are no part of it."""
    url = text.split(" ", maxsplit=1)[0]
    parts = urlsplit(url if "://" in url or url.startswith("/") else f"//{url}")
    return parts.netloc, unquote(parts.path), _query(parse_qsl(parts.query))


def _query(pairs: Any) -> _Query:
    return frozenset((name, value) for name, value in pairs if value)


def _without_limit(query: _Query) -> _Query:
    return frozenset(pair for pair in query if pair[0] != "limit")
