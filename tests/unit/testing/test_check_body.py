"""One body before its scraper, as the tests of sources use it."""

from __future__ import annotations

import pytest

from adce_async.errors import FixMeError, RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.testing.check_body import check_body


class Rows(Scraper):
    """Names each of its rows."""

    def check(self, page: Page, want: Want) -> None:
        if page.json()["id"] != want.fields["id"]:
            raise RefusedError(f"{want.data_type}: another id")

    def discover(self, page: Page, want: Want) -> Discovery:
        return Discovery(tuple(Item({"row_id": row["id"]}) for row in page.json()["rows"]))


SOURCE = {"name": "ant", "hosts": ["ant.test"]}
SCRAPERS = {
    "ant_items": {
        "url": "https://ant.test/items/{id}.json",
        "format": "json",
        "check": {"equals": {"id": "{id}"}, "required": ["rows"]},
    },
    "ant_rows": {"uses": f"{__name__}:Rows", "url": "https://ant.test/rows/{id}.json"},
    "ant_broken": {"uses": "nowhere:Nothing"},
}
BODY = b'{"id": "7", "rows": [{"id": "r1"}, {"id": "r2"}]}'


def test_it_gives_what_an_accepted_body_names() -> None:
    found = check_body(SOURCE, SCRAPERS, "ant_rows", BODY, {"id": "7"})
    assert [item.fields["row_id"] for item in found.items] == ["r1", "r2"]


def test_a_body_that_names_nothing_gives_an_empty_discovery() -> None:
    assert check_body(SOURCE, SCRAPERS, "ant_items", BODY, {"id": "7"}).items == ()


def test_it_raises_what_the_check_raises() -> None:
    for name in ("ant_items", "ant_rows"):
        with pytest.raises(RefusedError, match="id"):
            check_body(SOURCE, SCRAPERS, name, BODY, {"id": "8"})


def test_the_data_type_is_the_scrapers_own_name_unless_it_is_given() -> None:
    for given, said in (("", "rows"), ("other", "other")):
        with pytest.raises(RefusedError, match=f"^{said}: another id"):
            check_body(SOURCE, SCRAPERS, "ant_rows", BODY, {"id": "8"}, data_type=given)


def test_a_declaration_that_cannot_be_used_is_named() -> None:
    with pytest.raises(FixMeError, match="nowhere"):
        check_body(SOURCE, SCRAPERS, "ant_broken", BODY, {})
