"""Backoff: full jitter, bounded, and never sooner than the server asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.planning.retry import RetryPolicy

POLICY = RetryPolicy(max_retries=3, base_delay=5.0, max_delay=300.0)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 3600))
def test_a_delay_is_within_its_bounds(attempts: int, chance: float, retry_after: float | None) -> None:
    delay = POLICY.delay(attempts, chance, retry_after)
    least = retry_after or 0.0
    assert least <= delay <= max(least, min(300.0, 5.0 * 2 ** min(attempts - 1, 10)))


def test_it_doubles_until_its_end_and_chance_decides_within_it() -> None:
    assert [POLICY.delay(n, 1.0) for n in (1, 2, 3, 7, 8)] == [5.0, 10.0, 20.0, 300.0, 300.0]
    assert POLICY.delay(3, 0.25) == 5.0
    assert POLICY.delay(3, 0.0) == 0.0


def test_the_servers_word_counts() -> None:
    assert POLICY.delay(1, 0.5, retry_after=120.0) == 120.0
    assert POLICY.delay(8, 0.9, retry_after=1.0) == pytest.approx(270.0)


def test_without_growth_each_delay_is_the_first() -> None:
    assert {RetryPolicy(base_delay=7.0, exponential=False).delay(n, 1.0) for n in range(1, 9)} == {7.0}


@pytest.mark.parametrize(("attempts", "exhausted"), [(1, False), (3, False), (4, True)])
def test_the_first_attempt_is_no_retry(attempts: int, exhausted: bool) -> None:
    assert POLICY.exhausted(attempts) is exhausted
    assert RetryPolicy(max_retries=0).exhausted(1)
