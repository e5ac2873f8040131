"""Where keys are in a product, found in columns of keys."""

from __future__ import annotations

import itertools
import random

import pyarrow as pa
import pytest

from adce_async.model.counted_values import CountedValues
from adce_async.planning.key_places import KeyPlaces
from adce_async.planning.product_axis import Axis

TEAMS = Axis(("team",), [("BOS", "GS", "UTAH")])
SAME = Axis(("team",), [("BOS", "NYK", "LAL")])
IDS = Axis(("id",), [CountedValues(98, 102)])
WIDE = Axis(("id",), [CountedValues(100, 104)])
CASES = [
    (["a/", "{id}", ".json"], [WIDE]),
    (["a/", "{id}", ".json"], [IDS]),
    (["a/", "{team}", "/x+", "{id}", "/b.json"], [SAME, WIDE]),
    (["a/", "{id}", "/x+", "{team}", "/b.json"], [SAME, WIDE]),  # the order of the axes is not that of the key
    (["a/", "{team}", "_", "{id}", "/(b).json"], [TEAMS, IDS]),
    (["{team}", "/game_", "{id}", "/", "{id}", "_", "{team}"], [TEAMS, IDS]),
    (["{team}", "/game_", "{id}", "/", "{id}", "_", "{team}"], [SAME, WIDE]),
    (["é/", "{team}", "/é"], [TEAMS]),
    (["é/", "{team}", "/é"], [SAME]),
]


@pytest.mark.parametrize(("pieces", "axes"), CASES, ids=lambda case: "".join(map(str, case))[:40])
def test_each_key_is_found_and_no_other(pieces: list[str], axes: list[Axis]) -> None:
    keys = []
    for row in itertools.product(*(axis.columns[0] for axis in axes)):
        fields = {f"{{{axis.fields[0]}}}": value for axis, value in zip(axes, row, strict=True)}
        keys.append("".join(fields.get(piece, piece) for piece in pieces))
    expected = {key: n for n, key in enumerate(keys)}
    near = {
        change
        for key in keys
        for change in (
            f"{key}x", f"x{key}", key[:-1], key[1:], key.replace("1", "é"), key.replace("1", "2", 1), key.lower(),
            f"{key}\n", key.replace("/", "//"), key.replace("OS", "é"), key.replace("9", "09"),
        )
    }  # fmt: skip
    wanted = random.Random(2).sample([*keys, *sorted(near - expected.keys()), ""], len(keys))
    wanted += sorted(near) + keys
    found = KeyPlaces(pieces, axes).of(pa.array(wanted, pa.string())).to_pylist()
    assert found == [expected.get(key) for key in wanted]


def test_no_keys_are_no_places() -> None:
    for axes in ([TEAMS, IDS], [SAME, WIDE]):
        assert KeyPlaces(["{team}", "/", "{id}"], axes).of(pa.array([], pa.string())).to_pylist() == []
