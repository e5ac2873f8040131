"""Limits as numbers: rates, names, and what satisfies several of them at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adce_async.model.limits import Limits, Window, strictest, whole_milliseconds

WINDOWS = st.lists(st.builds(Window, st.integers(1, 1000), st.sampled_from([1.0, 20.0, 60.0, 3600.0])), max_size=4)
LIMITS = st.builds(Limits, WINDOWS.map(tuple), st.integers(1, 20), st.floats(0, 100), st.floats(0, 1))


@given(st.lists(LIMITS, min_size=1, max_size=4))
def test_the_strictest_is_no_laxer_than_any(several: list[Limits]) -> None:
    found = strictest(several)
    least = {window.seconds: window.limit for window in found.windows}
    assert len(least) == len(found.windows)
    for limits in several:
        assert all(least[window.seconds] <= window.limit for window in limits.windows)
        assert found.burst <= limits.burst
        assert found.min_delay >= limits.min_delay
        assert found.guard >= limits.guard
        assert found.sustained_rate <= limits.sustained_rate


@given(st.lists(LIMITS, min_size=1, max_size=4))
def test_the_strictest_is_made_of_what_was_said(several: list[Limits]) -> None:
    found = strictest(several)
    said = {window for limits in several for window in limits.windows}
    assert set(found.windows) <= said
    assert found.burst in {limits.burst for limits in several}
    assert found.min_delay in {limits.min_delay for limits in several}


def test_the_bucket_leaks_at_the_rate_of_the_shortest_window() -> None:
    limits = Limits((Window(500, 3600.0), Window(20, 60.0)), min_delay=4.0)
    assert limits.rate == 20 / 60
    assert limits.sustained_rate == 500 / 3600  # the hour binds in the long run
    assert Limits((Window(20, 60.0),), min_delay=4.0).sustained_rate == 0.25  # here the delay does
    assert (Limits().rate, Limits().sustained_rate) == (None, math.inf)


@pytest.mark.parametrize(
    ("requests", "seconds", "window"),
    [
        (0.5, 1, Window(1, 2.0)),
        (1.5, 60, Window(3, 120.0)),
        (1e-6, 1, Window(1, 1e6)),
        (60, 60, Window(60, 60.0)),
    ],
)
def test_part_of_a_request_is_one_in_a_longer_window(requests: float, seconds: float, window: Window) -> None:
    found = Window.of(requests, seconds)
    assert (found.limit, found.seconds) == (window.limit, pytest.approx(window.seconds))


def test_names_of_windows() -> None:
    assert [Window(1, seconds).name for seconds in (1, 60, 3600, 86400, 20)] == [
        "second",
        "minute",
        "hour",
        "day",
        "20s",
    ]
    assert str(Window(1, 3600.0)) == "1 an hour"


@given(st.floats(0, 1e6))
def test_timers_never_fire_early(seconds: float) -> None:
    rounded = whole_milliseconds(seconds)
    assert seconds - 1e-6 <= rounded <= seconds + 0.001 + 1e-6


def test_for_ever_stays_for_ever() -> None:
    assert whole_milliseconds(math.inf) == math.inf
