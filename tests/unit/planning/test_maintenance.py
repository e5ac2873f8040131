"""Times of the week at which sources are closed: days, zones, midnight, changes of the clock."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from adce_async.model.days import from_iso, iso
from adce_async.planning.maintenance import Calendar, Window, closed_until, next_closing

SUNDAY = 6
NIGHTLY = Window(dt.time(2), dt.time(4), "UTC")
SUNDAYS = Window(dt.time(23, 30), dt.time(1), "UTC", SUNDAY)


def until(window: Window, at: str, source: str = "ant", *, urgent: bool = False) -> str | None:
    found = closed_until([window], source, from_iso(at), urgent=urgent)
    return None if found is None else iso(found)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T01:59:59Z", None),
        ("2026-03-02T02:00:00Z", "2026-03-02T04:00:00Z"),
        ("2026-03-02T03:59:59Z", "2026-03-02T04:00:00Z"),
        ("2026-03-02T04:00:00Z", None),
    ],
)
def test_every_day_from_the_first_minute_to_the_last(at: str, expected: str | None) -> None:
    assert until(NIGHTLY, at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-01T23:45:00Z", "2026-03-02T01:00:00Z"),  # a Sunday
        ("2026-03-02T00:30:00Z", "2026-03-02T01:00:00Z"),
        ("2026-03-01T00:30:00Z", None),  # the night to Sunday
        ("2026-03-02T23:45:00Z", None),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts(at: str, expected: str | None) -> None:
    assert until(SUNDAYS, at) == expected


def test_times_are_those_of_the_zone() -> None:
    window = Window(dt.time(2), dt.time(4), "America/Chicago")
    assert until(window, "2026-01-05T08:30:00Z") == "2026-01-05T10:00:00Z"  # CST
    assert until(window, "2026-07-06T08:30:00Z") == "2026-07-06T09:00:00Z"  # CDT


def test_a_change_of_the_clock_makes_a_window_longer_never_shorter() -> None:
    # 2026-03-08: at 02:00 it is 03:00; 2026-11-01: at 02:00 it is 01:00 again
    window = Window(dt.time(1), dt.time(2, 30), "America/New_York")
    assert until(window, "2026-03-08T06:30:00Z") == "2026-03-08T07:30:00Z"
    twice = Window(dt.time(1, 15), dt.time(1, 45), "America/New_York")
    assert until(twice, "2026-11-01T05:20:00Z") == "2026-11-01T06:45:00Z"
    assert until(twice, "2026-11-01T06:44:00Z") == "2026-11-01T06:45:00Z"


def test_only_the_sources_that_are_named_and_no_urgent_task_where_that_is_let_through() -> None:
    window = Window(dt.time(2), dt.time(4), "UTC", sources=frozenset({"ant"}), urgent=True)
    at = "2026-03-02T03:00:00Z"
    assert until(window, at) is not None
    assert until(window, at, urgent=True) is None
    assert until(window, at, source="bee") is None
    assert until(NIGHTLY, at, urgent=True) is not None


def test_windows_that_follow_each_other_are_one() -> None:
    windows = [NIGHTLY, Window(dt.time(4), dt.time(5), "UTC"), Window(dt.time(3), dt.time(3, 30), "UTC")]
    assert closed_until(windows, "ant", from_iso("2026-03-02T03:10:00Z"), urgent=False) == from_iso("2026-03-02T05:00Z")


def test_windows_without_an_end_are_looked_at_for_days_only() -> None:
    always = [Window(dt.time(0), dt.time(12), "UTC"), Window(dt.time(12), dt.time(0), "UTC")]
    now = from_iso("2026-03-02T03:10:00Z")
    found = closed_until(always, "ant", now, urgent=False)
    assert found is not None
    assert found > now + 86_400


def test_when_the_next_one_begins() -> None:
    now = from_iso("2026-03-02T03:00:00Z")
    assert iso(next_closing([NIGHTLY], "ant", now, urgent=False)) == "2026-03-03T02:00:00Z"
    assert iso(next_closing([SUNDAYS], "ant", now, urgent=False)) == "2026-03-08T23:30:00Z"
    assert next_closing([], "ant", now, urgent=False) == math.inf


def test_a_calendar_believes_what_it_found_for_a_minute_and_never_before_it() -> None:
    calendar = Calendar([NIGHTLY])
    inside, before = from_iso("2026-03-02T03:00:00Z"), from_iso("2026-03-02T01:00:00Z")
    assert calendar.wait("ant", inside, urgent=False) == 3600.0
    assert calendar.wait("ant", before, urgent=False) == 0.0
    assert calendar.wait("ant", from_iso("2026-03-02T01:59:59Z"), urgent=False) == 0.0
    assert calendar.wait("ant", from_iso("2026-03-02T02:00:00Z"), urgent=False) == 7200.0
    assert Calendar([]).wait("ant", inside, urgent=False) == 0.0
