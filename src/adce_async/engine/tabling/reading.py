"""One stored body into rows, by its scraper's reader. Pure but for the import of the reader; runs in a thread."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from adce_async.error_text import error_text
from adce_async.errors import ScrapeError
from adce_async.model.lake_tables import Row, Rows
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.table_rows import instant

_TEAMS = ("home", "away", "team")


class BrokenError(Exception):
    """The body can't be read; says why."""


def rows_of(scraper: Scraper, page: Page, want: Want, source: str, season: str | None) -> Iterator[Rows]:
    """The rows of a body, some at a time. Raises BrokenError where its check refuses it, or its reader fails.

    The check comes first: what was accepted once may have been damaged on its disk since.
    """
    try:
        scraper.check(page, want)
        made = _reader(scraper.table_reader(want.data_type))(scraper, page, want)
        common = {
            "source": source,
            "data_type": want.data_type,
            "key": want.key,
            "fetched_at": instant(page.fetched_at),
            "verified": True,
        }
        for rows in (made,) if isinstance(made, dict) else made:
            yield {table: [_row(common, row, season) for row in several] for table, several in rows.items()}
    except ScrapeError as error:
        raise BrokenError(f"{type(error).__name__}: {error.reason}") from error
    except Exception as error:
        raise BrokenError(f"can't be read into tables: {error_text(error)}") from error
    finally:
        page.forget()


def _row(common: Row, row: Row, season: str | None) -> Row:
    made = common | row
    of = made["season"] = made.get("season") or season
    for name in _TEAMS:
        if made.get(name):
            made[name] = canonical_team("", made[name], of)  # the code of its time, which all sources share
        elif name in made:
            made[name] = None
    return made


@functools.cache
def _reader(name: str) -> Callable[[Scraper, Page, Want], Any]:
    module, _, function = name.partition(":")
    reader: Callable[[Scraper, Page, Want], Any] = getattr(importlib.import_module(module), function)
    return reader
