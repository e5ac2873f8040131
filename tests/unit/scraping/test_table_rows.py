"""What readers share: times, numbers, results."""

from __future__ import annotations

import datetime as dt

import pytest

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.scraping.table_rows import day, instant, integer, minutes_of, renamed, results, seconds_of, shots


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT11M56.50S", 716.5), ("PT1H", 3600.0), ("7:40", 460.0), ("12:00.0", 720.0), ("45.3", 45.3), ("PT", None),
     ("", None), (None, None), ("soon", None)],
)  # fmt: skip
def test_clocks_are_read_in_each_form(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_minutes_are_minutes() -> None:
    assert (minutes_of("43:30"), minutes_of("32"), minutes_of(31.0), minutes_of("PT240M00.00S")) == (43.5, 32, 31, 240)
    assert (minutes_of("--"), minutes_of(None), minutes_of(True)) == (None, None, None)


def test_numbers_are_whole_or_none() -> None:
    assert [integer(value) for value in ("+7", "-17", 7.0, 7.5, "", None, True)] == [7, -17, 7, None, None, None, None]
    assert shots("6-9", "free_throws") == {"free_throws_made": 6, "free_throws_attempted": 9}
    assert shots(None, "free_throws") == {"free_throws_made": None, "free_throws_attempted": None}
    assert renamed({"a": "3"}, {"a": "x", "b": "y"}) == {"x": 3, "y": None}


def test_days_and_instants() -> None:
    assert day("2024-12-15T00:00") == dt.date(2024, 12, 15)
    assert day("today") is None
    assert instant(0.25).microsecond == 250_000


def test_results_are_those_of_games_that_are_over_and_the_more_they_tell_the_more_they_count() -> None:
    bare = GameFacts("1", "", SideFacts("BOS", last_play=112), SideFacts("NYK", last_play=105), final=True)
    full = GameFacts(
        "1", "2024-12-15", SideFacts("BOS", 112, (30, 82), 112), SideFacts("NYK", 105, (50, 55), 105), final=True
    )
    live = GameFacts("2", "", SideFacts("BOS"), SideFacts("NYK"), final=False)
    less, more = results([bare, live, full])
    assert less["rank"] < more["rank"]
    assert (less["home_points"], less["home_last"], less["home_periods"], less["date"]) == (None, 112, None, None)
    assert (more["home_periods"], more["date"]) == ([30, 82], dt.date(2024, 12, 15))
