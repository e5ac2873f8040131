"""The generic source."""

from __future__ import annotations

import orjson
import pytest

from adce_async.demo.items import Items
from adce_async.demo.site import Request


@pytest.mark.parametrize("item", ["7", "a-b", 'quo"te', "ü"])
def test_an_item_has_the_id_that_was_asked_for(item: str) -> None:
    answer = Items().answer(Request("ant.test", f"/items/{item}.json"))
    body = orjson.loads(answer.body)
    assert answer.status == 200
    assert body["id"] == item
    assert body["rows"][0]["player"]


@pytest.mark.parametrize("size", [0, 1, 500, 100_000])
def test_the_size_is_configurable(size: int) -> None:
    body = Items(size).answer(Request("ant.test", "/items/1.json")).body
    assert size <= len(body) <= size + 200


@pytest.mark.parametrize(
    "path", ["/", "/items/", "/items/.json", "/items/1", "/items/1/2.json", "/robots.txt", "/1.json"]
)
def test_anything_else_is_not_there(path: str) -> None:
    assert Items().answer(Request("ant.test", path)).status == 404
