"""Kaggle's API and the storage behind its downloads, with three data sets about the generated league.

The defects of the real ones are kept: ids of games without their leading zeros. Nothing is said without a token, and a
download leads to a signed address that must be asked for without it.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from adce_async.demo.hoopr.site import as_csv
from adce_async.demo.kaggle import tables
from adce_async.demo.league import Game, League
from adce_async.demo.season import finished
from adce_async.demo.site import TEXT, Request, Response, moment
from adce_async.model.days import iso
from adce_async.model.seasons import end_year, season_of_day

STORAGE = "storage.googleapis.com"
_API = re.compile(r"/api/v1/datasets/(view|metadata|download)/([\w-]+/[\w-]+)(?:/(.+))?")
_STORED = re.compile(r"/kaggle-data-sets/([\w-]+/[\w-]+)/(\d+)/(.+)")
_EPOCH = (2024, 12, 16, 0, 0, 0)
"""The time of each file in an archive: the same in each run."""

_NO_SUCH_KEY = Response(b"<Error><Code>NoSuchKey</Code></Error>", 404, "application/xml")
_Table = Callable[[League, tuple[Game, ...]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _DataSet:
    number: int
    title: str
    version: int
    licence: str
    files: Mapping[str, _Table]
    zipped: bool
    """Single files come as a zip with one file in it; some do, some don't."""


_SETS: Mapping[str, _DataSet] = {
    "wyattowalsh/basketball": _DataSet(
        1001, "NBA Database", 231, "CC BY-SA 4.0", {"team.csv": tables.teams, "common_player_info.csv": tables.players},
        zipped=False,
    ),
    "eoinamoore/historical-nba-data-and-player-box-scores": _DataSet(
        1002, "Historical NBA Data", 97, "CC0: Public Domain",
        {"Games.csv": tables.games, "LeagueSchedule24_25.csv": tables.schedule}, zipped=True,
    ),
    "sumitrodatta/nba-aba-baa-stats": _DataSet(
        1003, "NBA Stats (1947-present)", 45, "CC0: Public Domain",
        {"Team Summaries.csv": tables.team_summaries, "Player Totals.csv": tables.player_totals}, zipped=False,
    ),
}  # fmt: skip


class Kaggle:
    """`www.kaggle.com` and its storage; satisfies `site.Site`."""

    def __init__(self, league: League) -> None:
        self._league = league

    def answer(self, request: Request) -> Response:
        """See `site.Site`. Neither host has a robots.txt."""
        if request.path == "/robots.txt":
            return Response(b"Not Found\n", 404, TEXT)
        if request.host == STORAGE:
            return self._stored(request)
        if not request.headers.get("authorization", "").startswith(("Basic ", "Bearer ")):
            return _said(401, "Unauthorized access")
        match = _API.fullmatch(request.path)
        if match is None or match[2] not in _SETS:
            return _said(404, "Not found")
        kind, ref, file = match.groups()
        if kind == "download":
            return _download(ref, request.query.get("datasetVersionNumber", ""), file)
        return self._about(ref, request.now) if file is None else _said(404, "Not found")

    def _about(self, ref: str, now: float) -> Response:
        """`view` and `metadata`, which say the same here."""
        found = _SETS[ref]
        owner, _, slug = ref.partition("/")
        body = {
            "id": found.number,
            "ref": ref,
            "ownerUser": owner,
            "datasetSlug": slug,
            "title": found.title,
            "subtitle": "A league that never was",
            "totalBytes": len(_archive(ref, self._league, self._games(now))),
            "lastUpdated": iso(moment(self._league, now)),
            "licenseName": found.licence,
            "isPrivate": False,
            "currentVersionNumber": found.version,
            "files": [],
            "tags": [],
        }
        return Response(orjson.dumps(body))

    def _stored(self, request: Request) -> Response:
        """Like Google's storage: a signature in the address and a token beside it are one proof too many."""
        match = _STORED.fullmatch(request.path)
        if "X-Goog-Signature" not in request.query:
            return Response(b"<Error><Code>AccessDenied</Code></Error>", 403, "application/xml")
        if "authorization" in request.headers:
            return Response(b"<Error><Code>InvalidArgument</Code></Error>", 400, "application/xml")
        if match is None or match[1] not in _SETS or match[2] != str(_SETS[match[1]].version):
            return _NO_SUCH_KEY
        ref, games = match[1], self._games(request.now)
        if match[3] == "archive.zip":
            return Response(_archive(ref, self._league, games), content_type="application/zip")
        table = _SETS[ref].files.get(match[3])
        if table is None:
            return _NO_SUCH_KEY
        body = as_csv(table(self._league, games))
        if _SETS[ref].zipped:
            return Response(_zip({match[3]: body}), content_type="application/zip")
        return Response(body, content_type="text/csv")

    def _games(self, now: float) -> tuple[Game, ...]:
        return finished(self._league, end_year(season_of_day(self._league.last_day)), now)


def _download(ref: str, version: str, file: str | None) -> Response:
    found = _SETS[ref]
    if version not in ("", str(found.version)) or (file is not None and file not in found.files):
        return _said(404, "Not found")
    name = quote(file) if file else "archive.zip"
    to = f"https://{STORAGE}/kaggle-data-sets/{ref}/{found.version}/{name}?X-Goog-Expires=259200&X-Goog-Signature=0a1b"
    return Response(b"", 302, TEXT, {"location": to})


def _said(status: int, message: str) -> Response:
    """Kaggle's own form of an error."""
    return Response(orjson.dumps({"code": status, "message": message}), status)


@functools.lru_cache(maxsize=8)
def _archive(ref: str, league: League, games: tuple[Game, ...]) -> bytes:
    return _zip({name: as_csv(table(league, games)) for name, table in _SETS[ref].files.items()})


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
