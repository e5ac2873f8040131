"""Columns say what `diff` says of each object, at any time."""

from __future__ import annotations

import math
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adce_async.model.adoption import Copies
from adce_async.model.coverage import DataType, Expectation, Findings, GapKind, StoredObject
from adce_async.model.days import DAY
from adce_async.model.keys import PathPattern
from adce_async.model.stored_columns import StoredColumns
from adce_async.planning.comparison import Comparison
from adce_async.planning.diff import diff
from adce_async.planning.expectations import Expectations
from adce_async.planning.listing import Waiting

NOW = 1_733_000_000.0
KEYS = [f"ant/{n}.json" for n in range(6)]
TYPE = DataType("ant", "items", "ant_items", PathPattern("ant/{id}.json"), required=True)

days = st.sampled_from([-30.0, -8.0, -7.0, -3.0, -1.5, -1.0, -0.6, -0.5, 0.0, 0.25])
moments = days.map(lambda n: NOW + n * DAY)
closings = st.none() | moments
objects = st.builds(
    StoredObject,
    st.just(""),
    st.sampled_from([0, 10, 2000]),
    st.sampled_from(["a", "b"]),
    moments,
    st.booleans(),
)
waitings = st.builds(Waiting, st.booleans(), st.sampled_from([0.0, DAY, 9 * DAY]), st.just(("7",)))
data_types = st.builds(
    lambda size, fresh, again: replace(TYPE, min_bytes=size, freshness_seconds=fresh, recollect_seconds=again),
    st.sampled_from([0, 100]),
    st.sampled_from([None, 0.5 * DAY, DAY]),
    st.sampled_from([None, DAY]),
)
lakes = st.dictionaries(st.sampled_from([*KEYS, "ant/elsewhere.json"]), objects)
copies = st.sampled_from([Copies(), Copies(((NOW - 3 * DAY, NOW - DAY),))])


def expected(closes: list[float | None], *, same: bool) -> Expectations:
    made = [Expectation(key, {}, "2024-25", NOW - 9 * DAY, end) for key, end in zip(KEYS, closes, strict=True)]
    return Expectations(KEYS, made.__getitem__, same_times=same)


def keyed(lake: dict[str, StoredObject]) -> dict[str, StoredObject]:
    return {key: replace(found, key=key) for key, found in lake.items()}


def found_by(one: Comparison) -> Findings:
    return Findings(one.data_type, one.coverage, one.gaps(one.gap_rows().to_pylist()))


@settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(
    data_type=data_types,
    lake=lakes,
    changes=lakes,
    gone=st.sets(st.sampled_from(KEYS)),
    closes=st.lists(closings, min_size=6, max_size=6),
    same=st.booleans(),
    wrong=st.sets(st.sampled_from(KEYS), max_size=2),
    waiting=st.dictionaries(st.sampled_from(KEYS), waitings, max_size=2),
    good=st.sets(st.sampled_from(KEYS), max_size=3),
    copied=copies,
    later=st.sampled_from([0.0, 0.2, 0.5, 1.0, 8.0]),
)
def test_it_is_what_diff_says(
    data_type: DataType,
    lake: dict[str, StoredObject],
    changes: dict[str, StoredObject],
    gone: set[str],
    closes: list[float | None],
    same: bool,
    wrong: set[str],
    waiting: dict[str, Waiting],
    good: set[str],
    copied: Copies,
    later: float,
) -> None:
    expectations = expected([closes[0]] * 6 if same else closes, same=same)
    stored = keyed(lake)
    one = Comparison(data_type, "2024-25", expectations)
    one.invalid, one.waiting = dict.fromkeys(wrong, "wrong"), waiting

    def as_diff(now: float, verified: set[str]) -> Findings:
        return diff(
            data_type,
            "2024-25",
            expectations,
            stored,
            now=now,
            unsettled=waiting,
            invalid=one.invalid,
            verified=verified,
            copies=copied,
        )

    one.take([StoredColumns.of(stored.values())])
    for key in good:
        one.verify(key)
    one.evaluate(NOW, copied)
    assert found_by(one) == as_diff(NOW, good)
    if NOW + later * DAY < one.until:  # nothing changes before it is said to
        then = as_diff(NOW + later * DAY, good)
        assert (then.coverage, [(g.expectation.key, g.kind) for g in then.gaps]) == (
            one.coverage,
            [(g.expectation.key, g.kind) for g in found_by(one).gaps],
        )
    for key, found in keyed(changes).items():
        assert one.put(key, found) == (key in KEYS)
        stored[key] = found
    for key in gone:
        assert one.put(key, None)
        stored.pop(key, None)
    one.evaluate(NOW + later * DAY, copied)
    assert found_by(one) == as_diff(NOW + later * DAY, good - changes.keys() - gone)
    assert one.unverified == any(
        not (found.verified or key in good - changes.keys() - gone) for key, found in stored.items() if key in KEYS
    )


def test_nothing_expected_is_nothing_found() -> None:
    one = Comparison(TYPE, None, Expectations.of(()))
    one.take([StoredColumns.of([StoredObject("ant/1.json", 5, "a", NOW)])])
    one.evaluate(NOW)
    assert (one.coverage.expected, one.gap_count, one.gap_rows().to_pylist(), one.until) == (0, 0, [], math.inf)


def test_an_empty_lake_misses_all_of_it() -> None:
    one = Comparison(TYPE, None, expected([None] * 6, same=True))
    one.take([StoredColumns.of(())])
    one.evaluate(NOW)
    assert [gap.kind for gap in one.gaps(one.gap_rows().to_pylist())] == [GapKind.MISSING] * 6
    assert one.gap_rows(2, 4).to_pylist() == [2, 3]
    assert one.deadlines(one.gap_rows()).to_pylist() == [NOW - 9 * DAY] * 6


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_stored_may_come_in_any_order_and_twice(order: int) -> None:
    one = Comparison(TYPE, None, expected([None] * 6, same=True), etags=True)
    objects = [StoredObject(key, n, f"e{n}", NOW + n) for n, key in enumerate(KEYS)][::order]
    one.take([StoredColumns.of([*objects, *objects[:2]])])
    assert one.objects() == {found.key: found for found in objects}
    assert one.get(KEYS[1]) == StoredObject(KEYS[1], 1, "e1", NOW + 1)
    one.put(KEYS[1], None)
    assert (one.get(KEYS[1]), one.get("elsewhere")) == (None, None)
    assert KEYS[1] not in one.objects()


def test_deadlines_are_those_of_the_tasks() -> None:
    one = Comparison(TYPE, None, expected([None, NOW, *[None] * 4], same=False))
    assert one.deadlines(pa.array([0, 1])).to_pylist() == [NOW - 9 * DAY, NOW]
