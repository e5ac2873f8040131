"""The checks of this project as somebody would call them who has nothing else of it; see `work.CHECKED`.

`check` and `facts` of the scraper, in line, for each of the objects that a body becomes: what a body that is stored
was found to be is a promise, too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))  # a peer's environment has what it needs of its own

from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import CheckRules, DeclarativeScraper
from adce_async.sources.basketball_reference.games import BasketballReferenceBoxScore
from adce_async.sources.espn.summary import EspnSummary

_ITEM_RULES = CheckRules(equals={"id": "{id}"}, required=("rows",), min_rows={"rows": 1})
_SCRAPERS: dict[str, Callable[[], Scraper]] = {
    "items": lambda: DeclarativeScraper("ant_items", "ant", "", format="json", check=_ITEM_RULES),
    "summary": lambda: EspnSummary("espn_summary", "espn"),
    "page": lambda: BasketballReferenceBoxScore("basketball_reference_box_score", "basketball_reference"),
}
_TYPES = {"items": ("items",), "summary": ("box_score", "play_by_play"), "page": ("box_score",)}
_CONTENT_TYPES = {"page": "text/html; charset=utf-8"}


def checker(shape: str) -> Callable[[str, bytes], None]:
    """What raises unless the body of a name is good."""
    scraper = _SCRAPERS[shape]()
    headers = {"content-type": _CONTENT_TYPES.get(shape, "application/json")}
    field = "id" if shape == "items" else "game_id"

    def check(name: str, body: bytes) -> None:
        page = Page(name, body, 200, headers, time.time())
        for data_type in _TYPES[shape]:
            want = Want(name, data_type, {field: name})
            scraper.check(page, want)
            scraper.facts(page, want)

    return check
