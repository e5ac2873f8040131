"""Each key belongs to one combination of values of one data type."""

from __future__ import annotations

from typing import Any

import pytest

from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.collisions import collisions
from adce_async.config.reading.load import shipped_inventory


def found(**types: tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
    data_types = {
        name: {"scraper": "ant_items", "path_pattern": pattern, "dimensions": dimensions}
        for name, (pattern, dimensions) in types.items()
    }
    inventory = InventoryConfig.model_validate({"expected_coverage": {"ant": {"data_types": data_types}}})
    return list(collisions(inventory.active()))


ONE = ("col/{id}.json", {"id": "1-15"})


@pytest.mark.parametrize(
    ("other", "key"),
    [
        (("col/{a}{b}.json", {"a": "1-2", "b": "1-3"}), "col/11.json"),
        (("col/{a}{b}.json", {"a": [1, 12], "b": [1, 345]}), "col/11.json"),
        (("col/{word}.json", {"word": ["fifteen", "15"]}), "col/15.json"),
        (("{folder}/{id}.json", {"folder": ["row", "col"], "id": "9-99"}), "col/9.json"),
    ],
)
def test_what_two_data_types_make_is_named_with_both(other: tuple[str, dict[str, Any]], key: str) -> None:
    ((name, message),) = found(one=ONE, two=other)
    (that,) = {"ant.one", "ant.two"} - {name}
    assert message == f"makes {key}, as '{that}' does; expected each key to belong to one data type"


@pytest.mark.parametrize(
    "other",
    [
        ("col/{a}{b}.json", {"a": "2-9", "b": "1-3"}),
        ("col/x{id}.json", {"id": "1-15"}),
        ("col/{id}.html", {"id": "1-15"}),
        ("col/{id}/{part}.json", {"id": "1-15", "part": "1-15"}),
        ("col/{id}.json5", {"id": {"from": "one"}}),
        ("column/{id}.json", {"id": "1-15"}),
        ("{folder}/{id}.json", {"folder": ["row", "col"], "id": {"from": "one"}}),
    ],
)
def test_what_only_looks_alike_is_fine(other: tuple[str, dict[str, Any]]) -> None:
    assert found(one=ONE, two=other) == []


def test_values_that_run_together_are_named() -> None:
    said = (
        "a=1 b=11 and a=11 b=1 both make ant/111.json; expected something between the fields that none of their values"
    )
    assert found(one=("ant/{a}{b}.json", {"a": [1, 11], "b": [1, 11]})) == [("ant.one", f"{said} holds")]
    assert found(one=("ant/{a}-{b}.json", {"a": ["1", "1-1"], "b": ["1", "1-1"]}))[0][1].startswith(
        "a=1 b=1-1 and a=1-1"
    )
    assert found(one=("ant/{a}{b}.json", {"a": "10-99", "b": "100-999"})) == []


def test_a_field_that_stands_twice_has_one_value() -> None:
    twice = ("col/{a}/{a}-{b}.json", {"a": ["x", "y"], "b": "1-3"})
    assert found(one=twice, two=("col/{c}/{d}.json", {"c": ["x"], "d": ["y-1", "z"]})) == []
    assert found(one=twice, two=("col/{c}/{d}.json", {"c": ["x"], "d": ["x-1", "z"]}))[0][1].startswith(
        "makes col/x/x-1"
    )


def test_fields_side_by_side_are_cut_in_no_time() -> None:
    """In as many ways as there are: a search that went through them would take years."""
    names = "abcdefgh"
    side_by_side = "col/" + "".join(f"{{{name}}}" for name in names) + ".json"
    values = {name: [name * size for size in range(1, 9)] for name in names}
    longest = "".join(name * 8 for name in names)
    assert found(one=("col/{id}.json", {"id": [f"{longest}{n}" for n in range(500)]}), two=(side_by_side, values)) == []
    ((_, message),) = found(one=("col/{id}.json", {"id": [longest]}), two=(side_by_side, values))
    assert message.startswith(f"makes col/{longest}.json, as ")


def test_nothing_that_is_shipped_collides() -> None:
    assert list(collisions(shipped_inventory().active())) == []
