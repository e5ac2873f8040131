"""Products of lists give the same keys as each combination by itself."""

from __future__ import annotations

import itertools
import random

import pyarrow as pa
import pytest

from adce_async.model.coverage import DataType
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.planning import expand as module
from adce_async.planning import products
from adce_async.planning.expand import expand
from adce_async.planning.expectations import Expectations
from adce_async.planning.products import Listed, ProductKeys, product_keys

IDS = ListDimension("id", tuple(str(n) for n in range(95, 105)))
TEAMS = ListDimension("team", ("BOS", "NYK", "LA-L"))
NOW = 1_733_000_000.0  # 2024-11-30


def declared(pattern: str, *dimensions: ListDimension | CalendarDimension) -> Declared:
    return Declared(DataType("ant", "items", "ant_items", PathPattern(pattern)), ("2024-25",), dimensions)


def both(each: Declared, monkeypatch: pytest.MonkeyPatch) -> tuple[Expectations, Expectations]:
    """As a product, and one by one."""
    monkeypatch.setattr(module, "FEWEST", 10**9)
    single = expand(each, "2024-25", now=NOW)
    monkeypatch.setattr(module, "FEWEST", 1)
    monkeypatch.setattr(module, "_SHORT", 5)
    return expand(each, "2024-25", now=NOW), single


@pytest.mark.parametrize(
    ("pattern", "dimensions"),
    [
        ("ant/{season}/{id}.json", (IDS,)),
        ("ant/{id}/{team}.json", (IDS, TEAMS)),
        ("ant/{team}/{season}/{id}.json", (IDS, TEAMS)),
        ("ant/{season}/{date}/{team}.json", (CalendarDimension("date", Calendar.SEASON_DAYS), TEAMS)),
        ("ant/{id}/game_{id}_{team}.json", (IDS, TEAMS)),
        ("ant/{team}_{id}.json", (TEAMS, ListDimension("id", ("x", "yz")))),
        ("ant/{date}.{id}.json", (CalendarDimension("date", Calendar.SEASON_DAYS), IDS)),
    ],
)
def test_a_product_is_all_combinations(
    pattern: str, dimensions: tuple[ListDimension | CalendarDimension, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    product, single = both(declared(pattern, *dimensions), monkeypatch)
    assert isinstance(product.keys, ProductKeys)
    assert not isinstance(single.keys, ProductKeys)
    assert list(product) == list(single)
    assert list(product.keys) == list(single.keys) == list(product.keys[:])
    assert (product.next_due, product.same_times) == (single.next_due, single.same_times)
    assert [product.find(key) for key in single.keys] == list(range(len(single)))
    shuffled = [*random.Random(1).sample(list(single.keys), len(single)), "ant/", "", "ant/é.json"]
    for places in (product.places(), single.places()):
        assert places(pa.array(shuffled)).to_pylist() == [single.find(key) for key in shuffled]


@pytest.mark.parametrize("key", ["ant/2024-25/94.json", "ant/2024-25/0095.json", "ant/2023-24/95.json", "bee/95", ""])
def test_what_is_none_of_them_is_not_found(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    product, single = both(declared("ant/{season}/{id}.json", IDS), monkeypatch)
    assert product.find(key) is None
    assert single.find(key) is None


@pytest.mark.parametrize(
    ("pattern", "dimensions"),
    [
        ("ant/{team}-{id}.json", (IDS, TEAMS)),  # could be read in two ways
        ("ant/{id}.json", (IDS, TEAMS)),  # the same key for each team
        ("ant/{id}.json", (ListDimension("id", ("a", "b", "a")),)),
        ("ant/{id}.json", (ListDimension("id", ("a", "b/c", "..")),)),
        ("ant/{date_compact}/{id}.json", (CalendarDimension("date", Calendar.SEASON_DAYS), IDS)),
        ("ant/{id}.json", (ListDimension("id", ("a" * 100, "b" * 220)),)),
    ],
)
def test_what_has_to_be_looked_at_one_by_one_is(
    pattern: str, dimensions: tuple[ListDimension | CalendarDimension, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    each = declared(pattern, *dimensions)
    monkeypatch.setattr(module, "FEWEST", 1)
    assert not isinstance(expand(each, "2024-25", now=NOW).keys, ProductKeys)


def test_a_million_combinations_are_quick_to_count_and_to_find() -> None:
    ids = Listed("id", tuple(str(n) for n in range(1000)))
    keys = product_keys(
        PathPattern("a/{id}/{team}.json"), {}, [ids, Listed("team", tuple(f"t{n}" for n in range(1000)))]
    )
    assert keys is not None
    assert (len(keys), keys[-1], keys.find("a/999/t998.json")) == (1_000_000, "a/999/t999.json", 999_998)
    with pytest.raises(IndexError):
        keys[1_000_000]
    assert list(itertools.islice(keys, 2)) == ["a/0/t0.json", "a/0/t1.json"]


def test_long_lists_are_looked_through_once() -> None:
    values = tuple(str(n) for n in range(20))
    first = product_keys(PathPattern("a/{id}.json"), {}, [Listed("id", values)])
    again = product_keys(PathPattern("b/{id}.json"), {}, [Listed("id", values)])
    assert first is not None
    assert again is not None
    assert first._axes[0] is again._axes[0]
    for n in range(products._MOST_KNOWN):
        product_keys(PathPattern("b/{id}.json"), {}, [Listed("id", (f"x{n}",))])
    assert len(products._KNOWN) <= products._MOST_KNOWN
