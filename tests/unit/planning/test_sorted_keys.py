"""Where keys are among others."""

from __future__ import annotations

import pyarrow as pa
import pytest

from adce_async.planning.sorted_keys import in_order, places_among


@pytest.mark.parametrize("among", [["a", "b", "d"], ["d", "a", "b"], ["b", "d", "a", "b"]])
def test_each_key_is_found_where_it_is(among: list[str]) -> None:
    places = places_among(pa.array(["b", "c", "", "d", "e"]), pa.array(among)).to_pylist()
    assert [None if place is None else among[place] for place in places] == ["b", None, None, "d", None]


def test_among_none_is_none() -> None:
    assert places_among(pa.array(["a", "b"]), pa.array([], pa.string())).to_pylist() == [None, None]
    assert places_among(pa.array([], pa.string()), pa.array(["a"])).to_pylist() == []


@pytest.mark.parametrize(("keys", "is_so"), [([], True), (["a"], True), (["a", "a", "b"], True), (["b", "a"], False)])
def test_order_is_seen(keys: list[str], is_so: bool) -> None:
    assert in_order(pa.array(keys, pa.string())) is is_so
