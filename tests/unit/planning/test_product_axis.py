"""Where a value is in a list, found for many at once as for each by itself."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from adce_async.model.counted_values import CountedValues
from adce_async.planning.product_axis import Axis

ODD = ["", "0", "00", "007", "7", "07", "99", "100", "101", "0100", "1" * 19, "1" * 40, "a", "BOS", "bos", "-1", "+7"]
LISTS = [
    ("BOS", "NYK", "LA-L"),
    tuple(str(n) for n in range(95, 105)),
    tuple(f"{n:02d}" for n in range(5, 101)),
    CountedValues(7, 100),
    CountedValues(7, 101, 3),
    CountedValues(0, 9),
    tuple(random.Random(5).sample([str(n) for n in range(5000)], 3000)),
    ("0" + "1" * 20, "0" + "1" * 19 + "2"),
]


@pytest.mark.parametrize("values", LISTS, ids=lambda values: f"{values[0]}...{len(values)}")
def test_all_at_once_is_as_each_by_itself(values) -> None:
    axis = Axis(("id",), [values])
    wanted = [*values, *ODD, None, *map(str, range(120))]
    places = {value: n for n, value in enumerate(values)}
    assert axis.places([pa.array(wanted, pa.string())]).to_pylist() == [places.get(value) for value in wanted]
    assert [axis.place({"id": value}) for value in wanted if value] == [places.get(value) for value in wanted if value]
    assert axis.array(0).to_pylist() == list(values)
    assert axis.lengths == [(min(map(len, values)), max(map(len, values)))]
    assert axis.characters[0] == frozenset("".join(values)) or isinstance(axis.columns[0], CountedValues)
    assert axis.plain


def test_fields_that_go_together_are_looked_up_together() -> None:
    axis = Axis(("league", "date"), [("nba", "nba", "g"), ("2024-12-01", "2024-12-02", "2024-12-01")])
    wanted = [pa.array(["g", "nba", "g"]), pa.array(["2024-12-01", "2024-12-02", "2024-12-02"])]
    assert axis.places(wanted).to_pylist() == [2, 1, None]
    assert axis.place({"league": "g", "date": "2024-12-01"}) == 2
    assert axis.place({"league": "g", "date": "2024-12-02"}) is None


@pytest.mark.parametrize("values", [("a", "b", "a"), ("a", "b/c"), ("..",), ("_a",), ("é",), ("a b",)])
def test_what_is_twice_or_could_not_stand_in_a_key_is_not_plain(values: tuple[str, ...]) -> None:
    assert not Axis(("id",), [values]).plain


def test_numbers_in_a_row_are_known_by_their_ends() -> None:
    assert isinstance(Axis(("id",), [tuple(map(str, range(5, 50)))]).columns[0], CountedValues)
    assert isinstance(Axis(("id",), [("5", "6", "8")]).columns[0], tuple)
    assert len(Axis(("id",), [CountedValues(1, 20_000_000)])) == 20_000_000
