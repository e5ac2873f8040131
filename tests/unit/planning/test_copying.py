"""Which times tell nothing of when objects were fetched."""

from __future__ import annotations

from adce_async.planning.copying import FEW, Burst, bursts

DAY = 86400.0


def collected(first: float, count: int, seconds: float) -> list[float]:
    return [first + number * seconds for number in range(count)]


def test_nothing_has_no_times() -> None:
    assert bursts([]) == []


def test_a_lake_that_came_in_one_go_was_copied() -> None:
    assert bursts(collected(0.0, 100_000, 0.01)) == [Burst(0.0, 999.99, 100_000)]
    assert bursts([7.0] * FEW) == [Burst(7.0, 7.0, FEW)]


def test_what_came_as_slowly_as_sources_allow_was_collected() -> None:
    assert bursts(collected(0.0, 10_000, 0.6)) == []  # a hundred a minute
    assert bursts(collected(0.0, 10_000, DAY / 24)) == []


def test_a_copy_beside_what_was_collected_is_told_apart() -> None:
    copied = collected(50 * DAY, 500, 0.01)
    assert bursts([*copied, *collected(60 * DAY, 500, 3600.0)]) == [Burst(copied[0], copied[-1], 500)]


def test_a_few_objects_tell_nothing() -> None:
    assert bursts([5.0, 5.0, 90 * DAY]) == [Burst(5.0, 5.0, 2), Burst(90 * DAY, 90 * DAY, 1)]
    assert bursts(collected(0.0, FEW, DAY)) == []
