"""When a pass is wanted: cron expressions, zones, changes of the clock."""

from __future__ import annotations

import pytest

from adce_async.model.days import from_iso, iso
from adce_async.model.schedule import MACROS, Schedule, check_cron


def times(cron: str, after: str, count: int = 3, zone: str = "America/New_York") -> list[str]:
    schedule, at, found = Schedule("x", cron, zone), from_iso(after), []
    for _ in range(count):
        following = schedule.next_after(at)
        assert following is not None
        assert following > at
        assert schedule.last_until(following) == schedule.last_until(following + 0.5) == following
        found.append(iso(at := following))
    return found


def test_times_are_those_of_the_zone() -> None:
    assert times("0 4 * * *", "2026-01-01T00:00:00Z", 2) == ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"]
    assert times("0 4 * * *", "2026-07-01T00:00:00Z", 1) == ["2026-07-01T08:00:00Z"]
    assert times("0 4 * * *", "2026-07-01T00:00:00Z", 1, "UTC") == ["2026-07-01T04:00:00Z"]


def test_the_time_itself_is_not_after_it() -> None:
    assert times("0 4 * * *", "2026-01-01T09:00:00Z", 1) == ["2026-01-02T09:00:00Z"]


def test_what_falls_into_the_hour_that_is_skipped_comes_right_after_it() -> None:
    """2026-03-08: at 02:00 it is 03:00."""
    found = times("30 2 * * *", "2026-03-07T12:00:00Z")
    assert found == ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z"]


def test_what_falls_into_the_hour_that_comes_twice_comes_once() -> None:
    """2026-11-01: at 02:00 it is 01:00 again."""
    found = times("30 1 * * *", "2026-10-31T12:00:00Z", 2)
    assert found == ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    hourly = times("*/30 * * * *", "2026-11-01T04:59:00Z", 6)
    assert [text[11:16] for text in hourly] == ["05:00", "05:30", "06:00", "06:30", "07:00", "07:30"]


@pytest.mark.parametrize("macro", MACROS)
def test_macros_are_expressions(macro: str) -> None:
    assert times(macro, "2026-01-01T00:00:00Z", 1, "UTC") == times(MACROS[macro], "2026-01-01T00:00:00Z", 1, "UTC")
    check_cron(macro.upper())


@pytest.mark.parametrize("text", ["0 2 30 2 *", "61 * * * *", "0 2 * *", "* * * * * *", "@soon"])
def test_what_never_comes_is_no_expression(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_cron(text)


def test_what_it_is_for() -> None:
    schedule = Schedule("x", "@daily", data_types=frozenset({"espn", "hoopr.box_score"}))
    assert schedule.concerns("espn", "anything")
    assert schedule.concerns("hoopr", "box_score")
    assert not schedule.concerns("hoopr", "schedule")
    assert Schedule("x", "@daily").concerns("hoopr", "schedule")
