"""What a lost journal knew is estimated, rather too much than too little."""

from __future__ import annotations

import random

import pytest
from tests.unit.engine.judged import violations

from adce_async.engine.fetching.grant_estimate import estimated
from adce_async.model.limits import Limits, Window

NOW = 1_734_220_800.0


def per(*windows: tuple[int, float], **more: float) -> Limits:
    return Limits(tuple(Window(limit, seconds) for limit, seconds in windows), **more)  # type: ignore[arg-type]


def test_each_attempt_counts_twice_and_what_ran_counts_as_now() -> None:
    assert estimated([NOW - 10, NOW - 20], per((100, 60.0)), 1, NOW) == [
        NOW - 20, NOW - 20, NOW - 10, NOW - 10, NOW, NOW,
    ]  # fmt: skip


def test_no_more_than_the_limits_allow_and_of_that_the_newest() -> None:
    attempts = [NOW - 40 + n for n in range(40)]
    assert estimated(attempts, per((5, 30.0)), 5, NOW) == [NOW] * 5
    assert estimated(attempts, per((5, 30.0)), 0, NOW) == [NOW - 3] + [NOW - 2] * 2 + [NOW - 1] * 2


@pytest.mark.parametrize("running", [3, 10**9])
def test_with_many_under_way_the_shortest_window_is_full(running: int) -> None:
    assert estimated([], per((2, 1.0), (500, 3600.0)), running, NOW) == [NOW, NOW]


def test_what_is_too_old_or_of_the_future() -> None:
    assert estimated([NOW - 61, NOW + 5], per((4, 60.0)), 0, NOW) == [NOW, NOW]
    assert estimated([NOW - 61, NOW - 2], Limits(min_delay=3.0), 0, NOW) == [NOW - 2, NOW - 2]
    assert estimated([NOW - 2], Limits(), 0, NOW) == []


def test_what_follows_keeps_the_limits_together_with_what_was_really_sent() -> None:
    """One request of an attempt; then as many as the estimate leaves room for."""
    chance = random.Random(3)
    limits = per((5, 10.0), (40, 200.0))
    for _ in range(50):
        sent: list[float] = []
        while len(sent) < 60:
            at = NOW - chance.uniform(0, 250)
            if not violations([*sent, at], per(*((w.limit, w.seconds) for w in limits.windows), burst=100)):
                sent.append(at)
            elif chance.random() < 0.02:
                break
        known = estimated(sent, limits, 0, NOW)
        for window in limits.windows:
            real = sum(at > NOW - window.seconds for at in sent)
            assert sum(at > NOW - window.seconds for at in known) >= real
