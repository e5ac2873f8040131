"""A release asset as parquet: a whole season of one table. Only its footer is read, so its size is no matter.

A parquet file whose middle is missing keeps both of its marks: what its footer points to must be there, too. The same
tables as CSV need no code, see `declared`.
"""

from __future__ import annotations

import importlib
import itertools
from typing import Any, ClassVar
from urllib.parse import urlsplit

from adce_async.errors import PermanentError, RefusedError
from adce_async.model.seasons import end_year
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.blocked import judging
from adce_async.sources.hoopr.declared import TABLES

_MAGIC = b"PAR1"
_FRAME = 12
"""Bytes of a parquet file beside data and footer: two marks and the length of the footer."""
_COLUMNS = {table.file: table.columns for table in TABLES.values()}


class HooprParquet(Scraper):
    """One table of one season (field `season`)."""

    stream = True
    version: ClassVar[str] = "1"

    def check(self, page: Page, want: Want) -> None:
        """A whole file of the table and the season asked for, with rows in it."""
        with judging(page, html_due=False):
            data_ends = _data_ends(page)
            metadata = _metadata(page)
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
            if any(_end_of(chunk) > data_ends for chunk in chunks):
                raise RefusedError("cut short: its footer points behind its data")
            columns = list(metadata.schema.names)
            for column in _COLUMNS.get(_table(self.url), ()):
                if column not in columns:
                    raise RefusedError(f"{column}: required, and no such column among {', '.join(columns)[:200]}")
            if not metadata.num_rows:
                raise RefusedError("no rows in it")
            _check_season(_seasons(chunks), want)


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


def _metadata(page: Page) -> Any:
    """The footer as pyarrow reads it, which is imported here only: it is large, and few need it."""
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise PermanentError("parquet files are checked with pyarrow, which is not installed") from error
    try:
        with page.open() as body:
            return parquet.read_metadata(body)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise RefusedError(f"not a parquet file: {error}") from error


def _end_of(chunk: Any) -> int:
    """Where the data of a column of a row group end."""
    begins = [at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at]
    return int(min(begins, default=0) + chunk.total_compressed_size)


def _seasons(chunks: list[Any]) -> frozenset[str]:
    """The least and the greatest season that the statistics of each row group name."""
    stated = [
        (chunk.statistics.min, chunk.statistics.max)
        for chunk in chunks
        if chunk.path_in_schema == "season" and chunk.statistics is not None and chunk.statistics.has_min_max
    ]
    return frozenset(f"{one:g}" if isinstance(one, float) else str(one) for one in itertools.chain(*stated))


def _check_season(found: frozenset[str], want: Want) -> None:
    """A file of several seasons, or of another one, is not the asset; a key without a season compares nothing."""
    season = want.fields.get("season")
    if season is not None and found and found != {str(end_year(season))}:
        raise RefusedError(f"season: expected {end_year(season)} in each row, found {', '.join(sorted(found))}")
