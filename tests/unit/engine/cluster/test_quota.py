"""Blocks that are written ahead."""

from __future__ import annotations

from adce_async.engine.cluster.quota import GLOBAL, Quotas


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_block_is_used_up_and_the_next_one_counts_what_was_sent_meanwhile() -> None:
    soon: list[int] = []
    quotas = Quotas(Clock(), lambda: soon.append(1))
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
    quotas = Quotas(Clock())
    quotas.record("ant", 0.0)
    assert quotas.untold(100.0) == quotas.untold(100.0) == [("ant", 0.0)]


def test_the_sum_over_all_sources_needs_no_block_and_nothing_is_known_at_the_start() -> None:
    quotas = Quotas(Clock())
    quotas.record(GLOBAL, 0.0)
    assert (quotas.untold(100.0), list(quotas.load("ant"))) == ([], [])


def test_what_is_not_ours_has_nothing_left() -> None:
    quotas = Quotas(Clock())
    quotas.told({"ant": 4, "bee": 4})
    quotas.forget(["ant"])
    assert (quotas.has_left("ant"), quotas.has_left("bee")) == (False, True)
