"""What is not recorded is told from 0."""

from __future__ import annotations

import pytest

from adce_async.model.facts import GameFacts, SideFacts


def test_what_is_not_recorded_is_not_zero() -> None:
    unknown = SideFacts("BOS")
    assert (unknown.points, unknown.periods, unknown.player_points, unknown.last_play) == (None, (), None, None)
    assert unknown != SideFacts("BOS", points=0)


def test_facts_are_equal_by_what_they_say_and_never_change() -> None:
    sides = (SideFacts("BOS", 112, (30, 20, 30, 32)), SideFacts("NYK", 105))
    one, other = (GameFacts("1", "2024-12-15", *sides, final=True) for _ in range(2))
    assert one == other
    assert len({one, other, GameFacts("1", "2024-12-15", *sides, final=False)}) == 2
    assert one.sides_known
    with pytest.raises(AttributeError):
        one.final = False  # type: ignore[misc]
