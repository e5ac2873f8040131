"""A release asset as parquet: a whole season of one table. It is read in small batches, so its size is no matter.

A parquet file whose middle is missing keeps both of its marks: its first and last rows must be there, too. The same
tables as CSV need no code, see `declared`.

Nothing is asked about single column chunks (`RowGroupMetaData.column`): on a footer that was damaged, pyarrow ends the
whole process there, with an exception of C++ that Python can't catch. Its reader raises.
"""

from __future__ import annotations

import importlib
import io
from typing import Any, BinaryIO, ClassVar
from urllib.parse import urlsplit

from adce_async.errors import PermanentError, RefusedError
from adce_async.model.seasons import end_year
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.hoopr.declared import TABLES

_MAGIC = b"PAR1"
_FRAME = 12
"""Bytes of a parquet file beside data and footer: two marks and the length of the footer."""
_BATCH = 65_536
"""Rows."""
_MOST_ROWS = 20_000_000
"""Of one table of a season; the largest, play-by-play, has 700,000."""
_TABLED = frozenset({"nba_schedule", "play_by_play", "team_box", "player_box"})
_COLUMNS = {table.file: table.columns for table in TABLES.values()}


class HooprParquet(Scraper):
    """One table of one season (field `season`)."""

    stream = True
    version: ClassVar[str] = "2"

    def check(self, page: Page, want: Want) -> None:
        """A whole file of the table and the season asked for, with rows in it."""
        with judging(page, html_due=False):
            data_ends = _data_ends(page)
            arrow, parquet = _pyarrow()
            try:
                with page.open() as body:
                    metadata = parquet.read_metadata(body)
                    _check_table(metadata, _COLUMNS.get(_table(self.url), ()))
                    # given the footer, the reader needs only the data, and fails where they are not all there
                    file = parquet.ParquetFile(_Part(body, data_ends), metadata=metadata)
                    _check_season(file, want)
            except (arrow.ArrowException, OSError, ValueError, MemoryError) as error:
                raise RefusedError(f"not a parquet file, or cut short: {error}") from error

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`: of games, their boxes and their plays."""
        return "adce_async.sources.hoopr.tables:asset" if _table(self.url) in _TABLED else ""


class _Part(io.RawIOBase):
    """The first `size` bytes of a file, as a file."""

    def __init__(self, whole: BinaryIO, size: int) -> None:
        self._whole = whole
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        rest = max(0, self._size - self._at)
        self._whole.seek(self._at)
        found = self._whole.read(rest if size < 0 else min(size, rest))
        self._at += len(found)
        return found


def _table(url: str) -> str:
    """The name of an asset without its season.

    >>> _table("https://github.com/o/r/releases/download/espn_nba_pbp/play_by_play_{season_end}.parquet")
    'play_by_play'
    """
    return urlsplit(url).path.rpartition("/")[2].partition("_{")[0]


def _data_ends(page: Page) -> int:
    """Where the footer begins. Raises RefusedError for what is no parquet file by its two ends."""
    start, end = page.start(len(_MAGIC)), page.end(8)
    if start != _MAGIC:
        raise RefusedError(f"expected {_MAGIC!r} at its start, found {start!r}")
    if page.size < _FRAME or end[4:] != _MAGIC:
        raise RefusedError(f"cut short: expected {_MAGIC!r} at its end, found {end[4:]!r}")
    footer = int.from_bytes(end[:4], "little")
    if not 0 < footer <= page.size - _FRAME:
        raise RefusedError(f"a footer of {footer} bytes does not fit into a file of {page.size}")
    return page.size - 8 - footer


def _pyarrow() -> tuple[Any, Any]:
    """The library and its part for parquet, which are imported here only: they are large, and few need them."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise PermanentError("parquet files are checked with pyarrow, which is not installed") from error


def _check_table(metadata: Any, columns: tuple[str, ...]) -> None:
    """The columns of the table are there, and rows."""
    names = list(metadata.schema.names)
    for column in columns:
        if column not in names:
            raise RefusedError(f"{column}: required, and no such column among {', '.join(names)[:200]}")
    if not names or not metadata.num_rows:
        raise RefusedError("no rows in it")
    if metadata.num_rows > _MOST_ROWS:  # a few bytes can stand for as many as one likes
        raise RefusedError(f"{metadata.num_rows} rows, at most {_MOST_ROWS} are read of a season's table")


def _check_season(file: Any, want: Want) -> None:
    """A file of several seasons, or of another one, is not the asset; a key without a season compares nothing.

    The last column is read, too: of each row group, its data lie furthest behind.
    """
    season = want.fields.get("season")
    for batch in file.iter_batches(_BATCH, columns=["season", file.metadata.schema.names[-1]], use_threads=False):
        if season is None or "season" not in batch.schema.names:
            continue
        values = [value for value in batch.column("season").unique().to_pylist() if value is not None]
        found = {f"{value:g}" if isinstance(value, float) else str(value) for value in values}
        if found - {str(end_year(season))}:
            raise RefusedError(
                f"season: expected {end_year(season)} in each row, found {', '.join(sorted(found))[:200]}"
            )
