from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from adce_async.web.paging import BadQueryError, Page, page_of


def asked(query: str) -> Page:
    return page_of(make_mocked_request("GET", f"/tasks{query}"), ("source", "kind"))


def test_a_page_is_what_the_query_asks() -> None:
    assert asked("") == Page(100, 0, {})
    page = asked("?limit=5&offset=10&source=espn&format=csv")
    assert (page, page.end) == (Page(5, 10, {"source": "espn"}), 15)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?limit=0", "limit: expected a whole number from 1"),
        ("?limit=ten", "limit: expected"),
        ("?limit=٣", "limit: expected"),
        ("?limit=99999999", "limit: expected"),
        ("?offset=-1", "offset: expected"),
        ("?format=xml", "format: expected json or csv"),
        ("?sauce=espn", "sauce: no such parameter here; expected one of limit, offset, format, kind, source"),
        ("?source=a&source=b", "source: given twice"),
    ],
)
def test_what_can_not_be_answered_says_what_was_expected(query: str, expected: str) -> None:
    with pytest.raises(BadQueryError, match=expected):
        asked(query)
