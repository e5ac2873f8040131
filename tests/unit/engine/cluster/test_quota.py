"""Blocks that are written ahead."""

from __future__ import annotations

from collections.abc import Callable

from adce_async.engine.cluster.quota import GLOBAL, Quotas


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def at_once(call: Callable[[], None]) -> None:
    """For a loop that has nothing else to do."""
    call()


def test_what_goes_out_counts_from_when_the_turn_of_the_loop_is_over() -> None:
    clock, turns = Clock(), list[Callable[[], None]]()
    quotas = Quotas(clock, next_turn=turns.append)
    quotas.record("ant", 0.0)
    quotas.record("bee", 0.0)
    clock.now = 103.0  # the loop was busy, or the process was stopped
    assert quotas.untold(103.0) == [("ant", 0.0), ("bee", 0.0)]
    (turn,) = turns
    turn()
    quotas.record("ant", 0.0)
    assert len(turns) == 2
    assert quotas.untold(104.0) == [("ant", 1.0), ("bee", 1.0), ("ant", 0.0)]


def test_a_block_is_used_up_and_the_next_one_counts_what_was_sent_meanwhile() -> None:
    soon: list[int] = []
    quotas = Quotas(Clock(), lambda: soon.append(1), at_once)
    assert not quotas.has_left("ant")
    quotas.told({"ant": 4})
    quotas.record("ant", 0.0)
    quotas.record("ant", 0.0)
    assert soon == [1]
    assert quotas.untold(101.0) == [("ant", 1.0), ("ant", 1.0)]
    quotas.record("ant", 0.0)  # while the word is on its way
    quotas.told({"ant": 2})
    assert quotas.has_left("ant")
    assert quotas.untold(101.0) == [("ant", 1.0)]
    quotas.record("ant", 0.0)
    assert not quotas.has_left("ant")


def test_what_could_not_be_told_is_told_again() -> None:
    quotas = Quotas(Clock(), next_turn=at_once)
    quotas.record("ant", 0.0)
    assert quotas.untold(100.0) == quotas.untold(100.0) == [("ant", 0.0)]


def test_the_sum_over_all_sources_needs_no_block_and_nothing_is_known_at_the_start() -> None:
    quotas = Quotas(Clock(), next_turn=at_once)
    assert list(quotas.load("ant")) == []
    quotas.record("ant", 0.0, GLOBAL)
    assert quotas.untold(100.0) == [("ant", 0.0)]


def test_what_is_not_ours_has_nothing_left() -> None:
    quotas = Quotas(Clock(), next_turn=at_once)
    quotas.told({"ant": 4, "bee": 4})
    quotas.forget(["ant"])
    assert (quotas.has_left("ant"), quotas.has_left("bee")) == (False, True)
