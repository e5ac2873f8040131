"""Many values go to their places at once."""

from __future__ import annotations

from array import array

import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adce_async.planning.scattering import raw, scatter


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(st.dictionaries(st.integers(0, 19), st.floats(0, 9), min_size=1), st.randoms())
def test_each_goes_to_its_place_and_all_else_stays(values: dict[int, float], random) -> None:
    places = list(values)
    random.shuffle(places)
    into, expected = array("d", range(20)), array("d", range(20))
    for place, value in values.items():
        expected[place] = value
    scatter(pa.array([values[place] for place in places], pa.float64()), pa.array(places, pa.int64()), into)
    assert into == expected


def test_bytes_and_small_numbers_are_as_wide_as_they_are() -> None:
    flags, sizes = bytearray(4), array("I", [7] * 4)
    scatter(pa.array([1, 1], pa.uint8()), pa.array([3, 1], pa.int64()), flags)
    scatter(pa.array([5, 6], pa.uint32()), pa.array([0, 2], pa.int64()), sizes)
    assert (bytes(flags), list(sizes)) == (b"\0\1\0\1", [5, 7, 6, 7])


def test_a_part_of_a_column_is_that_part_in_memory() -> None:
    assert bytes(raw(pa.array(range(9), pa.uint8()).slice(2, 3))) == b"\2\3\4"
