from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.adoption import Copies
from adce_async.model.coverage import DataType, Expectation, GapKind, StoredObject
from adce_async.model.days import DAY
from adce_async.model.keys import PathPattern
from adce_async.planning.diff import diff
from adce_async.planning.listing import Waiting

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
    if not count:
        assert row.completeness_pct is None  # neither complete nor incomplete
        return
    assert row.completeness_pct is not None
    assert 0 <= row.completeness_pct <= 100
    assert (row.completeness_pct == 100) == (not missing)
    assert (row.completeness_pct == 0) == (not row.stored)


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
    still = {"b/0": Waiting(True, 0.0, ())}
    (gap,) = diff(rules(freshness_seconds=DAY), None, closed, stored(0), now=NOW + 5, unsettled=still).gaps
    assert gap.kind is GapKind.STALE
    assert gap.ask_from == NOW + DAY


@pytest.mark.parametrize(("freshness", "seconds"), [(1.0, 9 * DAY), (9 * DAY, 1.0), (None, 9 * DAY)])
def test_a_listing_that_never_settles_is_no_gap_until_it_is_worth_asking_again(freshness, seconds) -> None:
    closed = expected(1, closes=NOW - 9 * DAY)
    stuck = {"b/0": Waiting(False, seconds, ("7", "8", "9", "10"))}
    asked = rules(freshness_seconds=freshness)
    assert diff(asked, None, closed, stored(0), now=NOW + 9 * DAY - 1, unsettled=stuck).gaps == []
    (gap,) = diff(asked, None, closed, stored(0), now=NOW + 9 * DAY, unsettled=stuck).gaps
    assert (gap.kind, gap.ask_from) == (GapKind.STALE, 0.0)
    assert gap.reason == "lists games that never became final: 7, 8, 9 and 1 more"


def test_a_listing_with_a_stuck_game_gets_stale_as_any_other_until_its_time_is_over() -> None:
    stuck = {"b/0": Waiting(False, 900 * DAY, ("7",))}
    under_way = expected(1, closes=NOW + 100 * DAY)
    (gap,) = diff(rules(freshness_seconds=DAY), None, under_way, stored(0), now=NOW + 2 * DAY, unsettled=stuck).gaps
    assert "older than 1 days" in gap.reason


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


def test_one_object_in_a_million_is_not_rounded_to_nothing() -> None:
    row = diff(rules(), None, expected(100_000), stored(0), now=NOW).coverage
    assert row.completeness_pct == 0.01


def test_what_others_have_stored_is_verified_once_it_was_judged() -> None:
    theirs = {key: replace(one, verified=False) for key, one in stored(0, 1, 2).items()}
    row = diff(rules(), None, expected(4), theirs | stored(3), now=NOW, verified={"b/1", "b/9"}).coverage
    assert (row.stored, row.verified, row.completeness_pct) == (4, 2, 100.0)


def test_what_is_invalid_is_not_verified_whoever_stored_it() -> None:
    row = diff(rules(), None, expected(2), stored(0, 1), now=NOW, invalid={"b/1": "bad"}, verified={"b/1"}).coverage
    assert (row.verified, row.invalid) == (1, 1)


def test_what_we_have_fetched_ourselves_is_asked_again_at_its_freshness_and_what_others_wrote_at_once() -> None:
    for freshness, wait in ((None, DAY), (3600.0, 3600.0)):
        ours = stored(0, modified=NOW - 60)
        data_type = rules(freshness_seconds=freshness)
        (gap,) = diff(data_type, None, expected(1), ours, now=NOW, invalid={"b/0": "a tie"}).gaps
        assert (gap.kind, gap.ask_from) == (GapKind.INVALID, NOW - 60 + wait)
        theirs = {"b/0": replace(ours["b/0"], verified=False)}
        (gap,) = diff(data_type, None, expected(1), theirs, now=NOW, invalid={"b/0": "a tie"}).gaps
        assert (gap.kind, gap.ask_from) == (GapKind.INVALID, 0.0)


CLOSES = NOW - DAY / 2
"""The end of a game's day."""


@pytest.mark.parametrize(
    ("stored_at", "closes", "stale"),
    [
        (NOW - DAY - 1, CLOSES, True),  # in its night, a day ago
        (NOW - DAY + 1, CLOSES, False),  # not a day ago yet
        (NOW - 3600, CLOSES - DAY, False),  # once more already
        (NOW - 10 * DAY, NOW - 8 * DAY, False),  # nobody corrects it any more
        (NOW - DAY - 1, None, False),  # it is of no day
    ],
)
def test_what_was_stored_in_the_night_of_its_game_is_collected_once_more(stored_at, closes, stale) -> None:
    there = stored(0, modified=stored_at)
    found = diff(rules(recollect_seconds=DAY), "2023-24", expected(1, closes), there, now=NOW)
    assert [gap.kind for gap in found.gaps] == [GapKind.STALE] * stale
    assert diff(rules(), "2023-24", expected(1, closes), there, now=NOW).gaps == []


def test_seasons_that_are_long_over_are_not_looked_at_for_that() -> None:
    there = stored(0, modified=NOW - DAY - 1)
    assert diff(rules(recollect_seconds=DAY), "2020-21", expected(1, CLOSES), there, now=NOW).gaps == []


# -- copies ------------------------------------------------------------------------------------------------------------


def _of_a_copy(*, verified: bool = False, freshness: float | None = 10.0, closes: float | None = 50.0) -> list[str]:
    """What is said of an object with the time 100.0, now that it is 105.0."""
    data_type = rules(freshness_seconds=freshness)
    expectation = Expectation("k", {}, None, 0.0, closes)
    there = {"k": StoredObject("k", 5, "e", 100.0, verified=verified)}
    copies = Copies(((90.0, 110.0),))
    return [gap.reason for gap in diff(data_type, None, [expectation], there, now=105.0, copies=copies).gaps]


def test_the_time_of_a_copy_makes_nothing_fresh_nor_settled() -> None:
    said = ["its time is that of a copy: nobody knows when it was fetched"]
    assert _of_a_copy() == _of_a_copy(closes=None) == said


def test_what_we_have_fetched_ourselves_is_as_old_as_we_know() -> None:
    assert _of_a_copy(verified=True) == []


def test_what_has_no_freshness_is_not_asked_again_for_its_time() -> None:
    assert _of_a_copy(freshness=None) == []
