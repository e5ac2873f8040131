from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from adce_async.planning.grants import GrantLog

STEPS = st.lists(st.integers(0, 50), max_size=300).map(sorted)


@given(STEPS, st.integers(1, 200), st.integers(1, 60))
def test_it_answers_as_a_plain_list_would(times: list[int], capacity: int, seconds: int) -> None:
    log = GrantLog(capacity, map(float, times))
    kept = times[-capacity:]
    assert list(log.times()) == kept
    assert (len(log), log.capacity) == (len(kept), capacity)
    assert log.used(50.0, seconds) == sum(at > 50 - seconds for at in kept)
    for n in range(1, len(times) + 1):
        assert log.last(n) == (kept[-n] if n <= capacity else kept[0])
    assert log.last(len(times) + 1) == -math.inf


@given(STEPS, st.integers(1, 200), st.integers(1, 20), st.integers(1, 40))
def test_no_window_within_its_seconds_sees_that_anything_was_forgotten(
    times: list[int], capacity: int, seconds: int, least: int
) -> None:
    whole = GrantLog(capacity)
    log = GrantLog(capacity, seconds=seconds, least=least)
    for at in times:
        whole.append(float(at))
        log.append(float(at))
        assert log.used(at, seconds) == whole.used(at, seconds)
        for n in range(1, capacity + 2):
            known, said = whole.last(n), log.last(n)
            assert said == known or (known <= at - seconds and said == -math.inf and n > least)


def test_it_takes_memory_for_what_was_sent_and_not_for_what_a_window_allows() -> None:
    log = GrantLog(30_000_000, seconds=3600.0, least=4096)
    assert log.room == 64
    for second in range(20_000):
        log.append(float(second))
    assert log.room == 8192  # an hour of one a second is 3600
    assert (log.used(20_000.0, 3600.0), log.last(3600), log.last(20_001)) == (3599, 16_400.0, -math.inf)
