"""What scrapers name is looked at, thing by thing: one that is no item costs no other."""

from __future__ import annotations

from typing import Any

import pytest

from adce_async.engine.collecting.discovering import discover
from adce_async.errors import NotYetError, ScrapeError
from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.scraping.base import Page, Scraper, Want

PAGE, WANT = Page("https://ant.test/", b"{}"), Want("k", "ant.items", {})
GOOD = Item({"id": "1"})


class Naming(Scraper):
    """Names what it is given, or raises it."""

    def __init__(self, found: Any) -> None:
        super().__init__("ant_items", "ant")
        self.found = found

    def check(self, page: Page, want: Want) -> None:
        """Anything goes."""

    def discover(self, page: Page, want: Want) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_what_is_sound_stays_as_it_is() -> None:
    found = Discovery((GOOD, Item({"id": "2"}, ItemState.LIVE)), made=7.0)
    assert discover(Naming(found), PAGE, WANT) == found
    assert discover(Naming(None), PAGE, WANT) is None


@pytest.mark.parametrize("odd", [Item({"id": {1, 2}}), Item(["id"]), "id", None, Item({"id": "2"}, "nowhere")])  # type: ignore[arg-type]
def test_what_is_no_item_is_named_and_the_others_stay(odd: Any) -> None:
    found = discover(Naming(Discovery((GOOD, odd), refused=("row 7: no id",))), PAGE, WANT)
    assert found is not None
    assert found.items == (GOOD,)
    assert (len(found.refused), found.refused[0]) == (2, "row 7: no id")


def test_a_state_as_text_is_its_state() -> None:
    found = discover(Naming(Discovery((Item({"id": "1"}, "live"),))), PAGE, WANT)  # type: ignore[arg-type]
    assert found is not None
    assert found.items[0].state is ItemState.LIVE


def test_another_form_than_a_discovery_is_a_bug_of_the_scraper() -> None:
    with pytest.raises(ScrapeError, match=r"a bug in scraper ant_items: discover gave .*; expected a Discovery"):
        discover(Naming([GOOD]), PAGE, WANT)


def test_what_the_scraper_raises_goes_through() -> None:
    with pytest.raises(NotYetError, match="later"):
        discover(Naming(NotYetError("later")), PAGE, WANT)
