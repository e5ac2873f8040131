"""How attempts are weighed."""

from __future__ import annotations

from adce_async.adapters.history_rows import STEPS, weighted


def test_an_attempt_of_a_half_life_ago_counts_half() -> None:
    assert weighted([("ant", 0, 1, 1), ("ant", STEPS, 2, 0), ("bee", 3, 4, 4)]) == {"ant": 0.5, "bee": 1.0}


def test_who_was_never_tried_is_not_there() -> None:
    assert weighted([("ant", 0, 0, 0)]) == {}
