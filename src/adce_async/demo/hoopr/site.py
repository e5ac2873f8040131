"""hoopR's release assets on GitHub, of the generated league: season tables as parquet and CSV.

A release asset leads to signed storage under another name. The columns are those that hoopR documents, as far as the
league has something to say in them; ids are numbers, the season is the year in which it ends.
"""

from __future__ import annotations

import csv
import functools
import importlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adce_async.demo.hoopr.tables import player_box, plays, schedule, schedule_crosswalk, team_box
from adce_async.demo.league import Game, League
from adce_async.demo.site import TEXT, GameState, Request, Response, state_of

REPOSITORY = "/sportsdataverse/sportsdataverse-data"
STORAGE = "release-assets.githubusercontent.com"
_ASSET = re.compile(re.escape(REPOSITORY) + r"/releases/download/(\w+)/(\w+)_(\d{4})\.(parquet|csv)")
_STORED = re.compile(r"/github-production-release-asset/1/(\w+)/(\w+)_(\d{4})\.(parquet|csv)")
_BYTES = "application/octet-stream"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 1\n" % (b"0" * 64)

Rows = list[dict[str, Any]]
_TABLES: Mapping[tuple[str, str], Callable[[Sequence[Game]], Rows]] = {
    ("espn_nba_schedules", "nba_schedule"): schedule,
    ("espn_nba_pbp", "play_by_play"): plays,
    ("espn_nba_team_boxscores", "team_box"): team_box,
    ("espn_nba_player_boxscores", "player_box"): player_box,
    ("nba_crosswalk", "nba_schedule_crosswalk"): schedule_crosswalk,
}
"""(tag, file) -> its rows."""


class Hoopr:
    """`github.com` and the storage behind its release assets; satisfies `site.Site`."""

    def __init__(self, league: League) -> None:
        self._league = league

    def answer(self, request: Request) -> Response:
        """See `site.Site`. The storage answers only to signed addresses."""
        match = (_STORED if request.host == STORAGE else _ASSET).fullmatch(request.path)
        if match is None or (match[1], match[2]) not in _TABLES:
            return Response(b"Not Found", 404, TEXT)
        games = tuple(
            game for game in self._league.season(int(match[3])) if state_of(game, request.now) is GameState.OVER
        )
        if not games:  # the first files of a season appear after its first games
            return Response(b"Not Found", 404, TEXT)
        name = f"{match[2]}_{match[3]}.{match[4]}"
        if request.host != STORAGE:
            to = f"https://{STORAGE}/github-production-release-asset/1/{match[1]}/{name}?sp=r&sig=made%2Fup%3D"
            return Response(b"", 302, TEXT, {"location": to})
        if "sig" not in request.query:
            return Response(b"<Error><Code>AuthenticationFailed</Code></Error>", 403, "application/xml")
        body = _body((match[1], match[2]), games, match[4])
        headers = {"content-disposition": f"attachment; filename={name}", "etag": f'"{len(body):x}"'}
        return Response(body, content_type=_BYTES, headers=headers)


def lfs_pointer() -> Response:
    """What a file that lies in Git LFS is without it."""
    return Response(_LFS_POINTER, content_type=_BYTES)


@functools.lru_cache(maxsize=16)
def _body(table: tuple[str, str], games: tuple[Game, ...], extension: str) -> bytes:
    rows = _TABLES[table](games)
    return as_csv(rows) if extension == "csv" else _as_parquet(rows)


def as_csv(rows: Rows) -> bytes:
    """With a header; None is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else (), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _as_parquet(rows: Rows) -> bytes:
    """Pyarrow is imported here only: it is large, and only these files need it."""
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), out)
    return out.getvalue()
