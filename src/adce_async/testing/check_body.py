"""One body before its scraper, for the tests of sources: no network, no event loop.

    found = check_body(SOURCE, SCRAPERS, "ant_items", body, {"id": "7"})

raises what the check raises, and returns what an accepted body names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adce_async.config.files.scraper import ScraperEntry
from adce_async.model.coverage import Discovery
from adce_async.scraping.base import Page, Want
from adce_async.scraping.registry import make_scraper


def check_body(
    source: Mapping[str, Any],
    scrapers: Mapping[str, Mapping[str, Any]],
    name: str,
    body: bytes,
    fields: Mapping[str, str],
    *,
    data_type: str = "",
    headers: Mapping[str, str] | None = None,
) -> Discovery:
    """Check `body` as the scraper `name` of a source's module would; what it discovers, empty if nothing.

    Raises the ScrapeError of the check, FixMeError if the declaration can't be used.
    """
    entry = ScraperEntry.model_validate({"source": source["name"], **scrapers[name]})
    scraper = make_scraper(name, entry)
    page = Page(scraper.url_for(fields), body, headers=headers or {})
    want = Want(name, data_type or name.removeprefix(f"{source['name']}_"), fields)
    scraper.check(page, want)
    return scraper.discover(page, want) or Discovery()
