from __future__ import annotations

import pytest

from adce_async.planning.breaker import Breaker


def opened(at: float = 0.0, **settings: float) -> Breaker:
    breaker = Breaker(failures=1, **settings)
    breaker.on_failure(at)
    return breaker


def test_only_failures_in_a_row_open_it() -> None:
    breaker = Breaker(failures=3)
    for at in (1, 2):
        breaker.on_failure(at)
    breaker.on_success(3)
    for at in (4, 5):
        breaker.on_failure(at)
        assert (breaker.state, breaker.allows(at), breaker.retry_at) == ("closed", True, None)
    breaker.on_failure(6)
    assert (breaker.state, breaker.allows(6), breaker.retry_at) == ("open", False, 66.0)


def test_one_probe_at_a_time() -> None:
    breaker = opened(open_seconds=60)
    assert not breaker.allows(59.9)
    assert breaker.allows(60)
    assert breaker.state == "open"
    breaker.on_start(60)
    assert (breaker.state, breaker.allows(1000), breaker.retry_at) == ("half_open", False, None)


def test_a_cancelled_probe_is_given_back() -> None:
    breaker = opened()
    breaker.on_start(60)
    breaker.on_cancel(61)
    assert (breaker.state, breaker.allows(61)) == ("half_open", True)
    breaker.on_start(61)
    assert not breaker.allows(61)


def test_a_probe_that_succeeds_closes_it_and_forgets() -> None:
    breaker = opened(open_seconds=60)
    for at in (60, 200):
        breaker.on_start(at)
        breaker.on_failure(at)
    breaker.on_start(1000)
    breaker.on_success(1000)
    assert (breaker.state, breaker.allows(1000), breaker.retry_at) == ("closed", True, None)
    breaker.on_failure(2000)
    assert breaker.retry_at == 2060


@pytest.mark.parametrize("most", [200.0, 100_000.0])
def test_probes_that_fail_come_ever_later_up_to_a_limit(most: float) -> None:
    breaker = opened(open_seconds=60, open_max_seconds=most)
    at, pauses = 60.0, []
    for _ in range(4):
        breaker.on_start(at)
        breaker.on_failure(at)
        assert breaker.retry_at is not None
        pauses.append(breaker.retry_at - at)
        at = breaker.retry_at
    assert pauses == [min(most, pause) for pause in (120, 240, 480, 960)]


def test_stragglers_that_fail_change_nothing_and_one_that_succeeds_closes() -> None:
    breaker = opened(at=0, open_seconds=60)
    breaker.on_failure(5)
    breaker.on_cancel(6)
    assert breaker.retry_at == 60
    breaker.on_success(7)
    assert breaker.state == "closed"


def test_starts_of_a_closed_breaker_are_not_counted() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.on_start(0)
        assert breaker.allows(0)
