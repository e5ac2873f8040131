from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.coverage import DataType, Expectation, GapKind, StoredObject
from adce_async.model.days import DAY
from adce_async.model.keys import PathPattern
from adce_async.planning.diff import diff

NOW = 1_700_000_000.0


def rules(**changes: object) -> DataType:
    return DataType("espn", "box_score", "espn_summary", PathPattern("b/{id}"), **changes)  # type: ignore[arg-type]


def expected(n: int, closes: float | None = None) -> list[Expectation]:
    return [Expectation(f"b/{i}", {"id": str(i)}, "2024-25", 0.0, closes) for i in range(n)]


def stored(*numbers: int, size: int = 5000, modified: float = NOW) -> dict[str, StoredObject]:
    return {f"b/{i}": StoredObject(f"b/{i}", size, "e", modified, verified=True) for i in numbers}


@given(st.sets(st.integers(0, 29)), st.integers(0, 30))
def test_exactly_the_missing_keys_are_gaps(there: set[int], count: int) -> None:
    found = diff(rules(), "2024-25", expected(count), stored(*there), now=NOW)
    missing = {f"b/{i}" for i in range(count)} - {f"b/{i}" for i in there}
    assert {gap.expectation.key for gap in found.gaps} == missing
    row = found.coverage
    assert (row.expected, row.missing, row.stored) == (count, len(missing), count - len(missing))
    assert 0 <= row.completeness_pct <= 100
    assert (row.completeness_pct == 100) == (not missing)


def test_a_perfect_lake_has_no_gap_however_old_it_is() -> None:
    old = stored(*range(10), modified=NOW - 4000 * DAY)
    assert diff(rules(), None, expected(10), old, now=NOW).gaps == []
    closed = expected(10, closes=NOW - 5000 * DAY)
    assert diff(rules(freshness_seconds=DAY), None, closed, old, now=NOW).gaps == []


def test_an_object_stored_before_it_closed_gets_stale() -> None:
    open_at_the_time = expected(1, closes=NOW - 2 * DAY)
    before = stored(0, modified=NOW - 3 * DAY)
    (gap,) = diff(rules(freshness_seconds=DAY), None, open_at_the_time, before, now=NOW).gaps
    assert gap.kind is GapKind.STALE
    assert diff(rules(freshness_seconds=7 * DAY), None, open_at_the_time, before, now=NOW).gaps == []


def test_a_listing_with_unfinished_games_is_stale_at_once_and_asked_at_its_freshness() -> None:
    closed = expected(1, closes=NOW - 100 * DAY)
    (gap,) = diff(rules(freshness_seconds=DAY), None, closed, stored(0), now=NOW + 5, unsettled=frozenset({"b/0"})).gaps
    assert gap.kind is GapKind.STALE
    assert gap.ask_from == NOW + DAY


def test_small_and_invalid() -> None:
    found = diff(rules(min_bytes=5001), None, expected(2), stored(0, 1), now=NOW, invalid={"b/1": "the wrong game"})
    assert [(gap.kind, gap.reason) for gap in found.gaps] == [
        (GapKind.SMALL, "5000 bytes, at least 5001 expected"),
        (GapKind.INVALID, "the wrong game"),
    ]
    assert (found.coverage.small, found.coverage.invalid, found.coverage.completeness_pct) == (1, 1, 0.0)


def test_one_gap_in_a_million_is_not_rounded_to_complete() -> None:
    row = diff(rules(), None, expected(100_000), stored(*range(99_999)), now=NOW).coverage
    assert row.completeness_pct == 99.99
