"""Downloads: a whole data set as a zip, or one CSV file of it, always of a version that is known.

The version is that of the key (field `version`, which the view of the data set names): a new version is a new key, and
an old one is never downloaded again. A key without one gets the version that is current when it is asked for.
"""

from __future__ import annotations

import contextlib
import csv
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, ClassVar
from urllib.parse import quote

from adce_async.errors import PermanentError, RefusedError
from adce_async.model.task import Task
from adce_async.scraping.base import Page, ScrapeContext, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.scraping.declarative import LINE_LIMIT, CheckRules, DeclarativeScraper
from adce_async.sources.kaggle.account import authorization
from adce_async.sources.kaggle.datasets import current_version
from adce_async.sources.kaggle.declared import API

_MOST_UNPACKED = 16 << 30
"""Bytes of one file: the largest known has 2.3 GB, and what is unpacked keeps a thread busy."""
_ZIP = b"PK\x03\x04"
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, csv.Error, EOFError, OSError, RuntimeError, ValueError,
)  # fmt: skip
"""What reading a zip, and a CSV within it, raises; `bz2` raises OSError."""
_MEMBERS: Mapping[str, frozenset[str]] = {
    "wyattowalsh/basketball": frozenset({"nba.sqlite", "nba.duckdb", "team.csv"}),
    "eoinamoore/historical-nba-data-and-player-box-scores": frozenset({"Games.csv", "PlayerStatistics.csv"}),
    "sumitrodatta/nba-aba-baa-stats": frozenset({"Team Summaries.csv", "Player Totals.csv"}),
    "nathanlauga/nba-games": frozenset({"games.csv", "games_details.csv"}),
}
"""Data set -> files by which it is known; at least one of them has been in each version."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "LeagueSchedule24_25.csv": ("gameId", "gameDateTimeEst", "hometeamId", "awayteamId"),
    "Team Summaries.csv": ("season", "lg", "team", "abbreviation"),
    "common_player_info.csv": ("person_id", "display_first_last"),
    "draft_combine_stats.csv": ("season", "player_id", "player_name"),
    "team.csv": ("id", "full_name", "abbreviation"),
}


class KaggleArchive(Scraper):
    """All files of a data set (fields `owner`, `slug`, perhaps `version`), as a zip."""

    stream = True
    version: ClassVar[str] = "1"

    async def scrape(self, task: Task, ctx: ScrapeContext) -> None:
        """Look the version up if the key has none, then fetch exactly that one."""
        headers = authorization()
        version = task.fields.get("version")
        if version is None:
            owner, slug = task.fields["owner"], task.fields["slug"]
            view = await ctx.fetch(f"{API}/view/{quote(owner, safe='')}/{quote(slug, safe='')}", headers=headers)
            version = str(current_version(view, owner, slug))
        params = {**self.params_for(task.fields), "datasetVersionNumber": version}
        await ctx.save(await ctx.fetch(self.url_for(task.fields), params=params, headers=headers, stream=True))

    def check(self, page: Page, want: Want) -> None:
        """A whole zip, with files that this data set has. What is in them is not looked at."""
        with judging(page, html_due=False), _archive(page) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
            known = _MEMBERS.get(f"{want.fields['owner']}/{want.fields['slug']}")
            if known is not None and not known & names:
                raise RefusedError(f"expected one of {', '.join(sorted(known))} in it, found {len(names)} others")


class KaggleFile(KaggleArchive):
    """One CSV file (field `file`) of a data set, as it is or as the only file of a zip.

    Ids of games may lack their leading zeros: that is how these files are.
    """

    version: ClassVar[str] = "2"

    def check(self, page: Page, want: Want) -> None:
        """The whole file asked for, with rows in it and, where they are known, its columns."""
        file = want.fields["file"]
        columns = _COLUMNS.get(file, ())
        if not file.endswith(".csv"):
            raise PermanentError(f"{file}: only CSV files can be checked alone; take the whole data set")
        if page.start(len(_ZIP)) != _ZIP:
            rules = CheckRules(required=columns, min_rows={"rows": 1})
            DeclarativeScraper(self.name, self.source, self.url, format="csv", check=rules).check(page, want)
            return
        with judging(page, html_due=False), _archive(page) as archive:
            names = [name for name in archive.namelist() if name.rpartition("/")[2] == file]
            if len(names) != 1:
                raise RefusedError(f"expected {file} in it, found {', '.join(archive.namelist())[:200]}")
            size = archive.getinfo(names[0]).file_size
            if size > _MOST_UNPACKED:
                raise RefusedError(f"{names[0]} would be {size} bytes unpacked, at most {_MOST_UNPACKED} are read")
            _check_member(archive, names[0], columns)


@contextlib.contextmanager
def _archive(page: Page) -> Iterator[zipfile.ZipFile]:
    """The body as a zip. Raises RefusedError if it is none, or not all of one: each file begins where it should."""
    with page.open() as body:
        if page.start(len(_ZIP)) != _ZIP:
            raise RefusedError(f"not a zip: expected {_ZIP!r} at its start, found {page.start(len(_ZIP))!r}")
        if not zipfile.is_zipfile(body):
            raise RefusedError("cut short: a zip without its directory")
        try:
            with zipfile.ZipFile(body) as archive:
                for member in archive.infolist():
                    body.seek(max(0, member.header_offset))
                    if member.header_offset < 0 or body.read(len(_ZIP)) != _ZIP:
                        raise RefusedError(f"cut short: {member.filename} is not where the directory says")
                if not archive.infolist():
                    raise RefusedError("no files in it")
                yield archive
        except _UNREADABLE as error:
            raise RefusedError(f"not a whole zip: {error}") from error


def _check_member(archive: zipfile.ZipFile, name: str, columns: tuple[str, ...]) -> None:
    """The header of a CSV within a zip, and, by its checksum, that it is whole."""
    with archive.open(name) as member:
        header = next(csv.reader([_line(member).decode("utf-8-sig", "replace")]), [])
        for column in columns:
            if column not in header:
                raise RefusedError(f"{column}: required, and no such column")
        if not _line(member).strip():
            raise RefusedError(f"{name}: no rows in it")
        while member.read(1 << 20):
            pass


def _line(member: IO[bytes]) -> bytes:
    """The next line. Raises RefusedError for one that has no end within LINE_LIMIT bytes."""
    line = member.readline(LINE_LIMIT + 1)
    if len(line) > LINE_LIMIT:
        raise RefusedError(f"not CSV: a line longer than {LINE_LIMIT} bytes")
    return line
