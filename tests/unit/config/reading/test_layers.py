"""Layers: origins, old names, and what lies over what."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import given
from hypothesis import strategies as st

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import Model, Renamed
from adce_async.config.files.fields import BySource, Text
from adce_async.config.files.inventory import InventoryConfig
from adce_async.config.reading.layers import Layer, Origin


def layer(file: str, **values: Any) -> Layer:
    """Values by dotted key (`__` for the dot), each with a line of its own."""
    made = Layer()
    for line, (key, value) in enumerate(values.items(), 1):
        made.put(tuple(key.split("__")), value, Origin(file, line, key.replace("__", ".")))
    return made


def test_a_place_names_file_and_line() -> None:
    assert str(Origin("a.yaml", 3, "x")) == "a.yaml:3"
    assert str(Origin("environment ADCE_X")) == "environment ADCE_X"
    assert str(Origin("a.yaml", 3, "x.y").problem("is wrong")) == "a.yaml:3: x.y: is wrong"
    assert str(Origin("a.yaml", 3, "x.y").problem("is wrong", "z")) == "a.yaml:3: z: is wrong"


def test_places_are_found_in_any_case_and_by_the_closest_section() -> None:
    made = layer("f", a__B__c=1)
    assert made.origin(("A", "b", "C")) == Origin("f", 1, "a.B.c")
    assert made.origin(("a", "b", "d")) is None
    assert made.nearest(("a", "b", "d"), "f").line == 1
    assert made.nearest(("z",), "f") == Origin("f")


def test_a_value_cannot_be_put_below_a_plain_one() -> None:
    made = layer("f", a=1)
    assert made.put(("a", "b"), 2, Origin("g")) is False


def test_upper_values_replace_lower_ones_and_sections_merge() -> None:
    lower = layer("low", a__x=1, a__y={"p": 1, "q": 2}, b=[1, 2, 3], c=1)
    upper = layer("up", a__y={"q": 9}, b=[5], c={"z": 1})
    merged = upper.over(lower)
    assert merged.data == {"a": {"x": 1, "y": {"p": 1, "q": 9}}, "b": [5], "c": {"z": 1}}
    assert str(merged.origin(("a", "x"))) == "low:1"
    assert str(merged.origin(("a", "y", "p"))) == "low:2"
    assert str(merged.origin(("a", "y", "q"))) == "up:1"
    assert str(merged.origin(("b", "0"))) == "up:2"
    assert merged.origin(("b", "2")) is None
    assert lower.data["b"] == [1, 2, 3]


def test_the_same_name_in_another_case_is_the_same() -> None:
    merged = layer("up", sources__espn=2).over(layer("low", sources__ESPN=1))
    assert merged.data == {"sources": {"ESPN": 2}}
    assert str(merged.origin(("sources", "espn"))) == "up:1"


def test_old_names_move_with_their_places() -> None:
    made = layer("f", health_check_port=1, task_processing__priority_weighting={"enabled": False}, dry_run=True)
    assert made.modernise(AutonomousConfig) == []
    assert made.data == {
        "health_check": {"port": 1},
        "priority_weighting": {"enabled": False},
        "dry_run": True,
    }
    assert made.origin(("health_check", "port")) == Origin("f", 1, "health_check_port")
    assert str(made.origin(("priority_weighting", "enabled"))) == "f:2"
    assert made.origin(("health_check_port",)) is None


def test_bare_values_move_below_the_field_that_they_stand_for() -> None:
    made = layer("f", test_mode=True)
    made.modernise(AutonomousConfig)
    assert made.data == {"test_mode": {"enabled": True}}
    assert str(made.origin(("test_mode", "enabled"))) == "f:1"


def test_dimensions_in_free_names_are_reached_too() -> None:
    made = layer("f", expected_coverage__ant__data_types__items={"dimensions": {"id": [1, 2]}, "path_patterns": ["a"]})
    made.modernise(InventoryConfig)
    items = made.data["expected_coverage"]["ant"]["data_types"]["items"]
    assert items == {"dimensions": {"id": {"values": [1, 2]}}, "path_pattern": ["a"]}
    below = ("expected_coverage", "ant", "data_types", "items", "dimensions", "id", "values", "1")
    assert str(made.origin(below)) == "f:1"


def test_a_conflict_of_names_is_a_problem_at_the_old_one() -> None:
    made = layer("f", reconciliation_interval_minutes=5, reconciliation_interval_hours=5)
    (problem,) = made.modernise(AutonomousConfig)
    assert str(problem).startswith("f:2: reconciliation_interval_hours: given twice, ")
    assert made.data == {"reconciliation_interval_minutes": 5}


def test_old_names_never_fight_across_layers() -> None:
    lower, upper = layer("low", reconciliation_interval_hours=1), layer("up", reconciliation_interval_minutes=5)
    assert lower.modernise(AutonomousConfig) + upper.modernise(AutonomousConfig) == []
    assert upper.over(lower).data == {"reconciliation_interval_minutes": 5}


def test_what_is_no_section_is_left_for_validation() -> None:
    made = layer("f", health_check=5, health_check_port=1, rate_limiting="x", task_processing=[1])
    assert made.modernise(AutonomousConfig) == []
    assert made.data["rate_limiting"] == "x"


class _Inner(Model):
    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("old", "new"),)
    new: Text = ""


class _Outer(Model):
    by: BySource[_Inner] = {}  # noqa: RUF012


TREES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
).filter(lambda tree: isinstance(tree, dict))


def merged(lower: Any, upper: Any) -> Any:
    if isinstance(lower, dict) and isinstance(upper, dict):
        return {k: merged(lower.get(k), upper[k]) if k in upper else lower[k] for k in {**lower, **upper}}
    return upper


def laid(tree: dict[str, Any], file: str) -> Layer:
    made = Layer()
    for key, value in tree.items():
        made.put((key,), value, Origin(file))
    return made


@given(lower=TREES, upper=TREES)
def test_overlay_is_a_merge_of_trees_and_every_key_knows_its_layer(
    lower: dict[str, Any], upper: dict[str, Any]
) -> None:
    both = laid(upper, "up").over(laid(lower, "low"))
    assert both.data == merged(lower, upper)

    def check(node: Any, path: tuple[str, ...], in_upper: Any) -> None:
        for key, value in node.items():
            said = isinstance(in_upper, dict) and key in in_upper
            assert str(both.origin((*path, key))) == ("up" if said else "low")
            if isinstance(value, dict):
                check(value, (*path, key), in_upper[key] if said else None)

    check(both.data, (), upper)
