from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from adce_async.planning.grants import GrantLog


@given(st.lists(st.integers(0, 50), max_size=40).map(sorted), st.integers(1, 12), st.integers(1, 60))
def test_it_answers_as_a_plain_list_would(times: list[int], capacity: int, seconds: int) -> None:
    log = GrantLog(capacity, map(float, times))
    kept = times[-capacity:]
    assert list(log.times()) == kept
    assert (len(log), log.capacity) == (len(kept), capacity)
    assert log.used(50.0, seconds) == sum(at > 50 - seconds for at in kept)
    for n in range(1, len(times) + 1):
        assert log.last(n) == (kept[-n] if n <= capacity else kept[0])
    assert log.last(len(times) + 1) == -math.inf
