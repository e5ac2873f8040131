"""ESPN: which listing of a day is accepted, and which games it names."""

from __future__ import annotations

import pytest
from tests.unit.sources.espn.bodies import (
    as_page,
    event,
    listing_of,
    scoreboard,
)

from adce_async.errors import (
    RefusedError,
    ScrapeError,
    UnreadableError,
)
from adce_async.model.coverage import ItemState
from adce_async.model.days import from_iso
from adce_async.sources.espn import SCRAPERS, EspnScoreboard

SCOREBOARD = EspnScoreboard("espn_scoreboard", "espn", **{k: SCRAPERS["espn_scoreboard"][k] for k in ("url", "params")})


def accepted(document: object, date: str = "2024-12-15") -> list:
    SCOREBOARD.check(as_page(document), listing_of(date))
    return list(SCOREBOARD.discover(as_page(document), listing_of(date)).items)


def refused(document: object, date: str = "2024-12-15", error: type[ScrapeError] = RefusedError) -> str:
    with pytest.raises(error) as caught:
        SCOREBOARD.check(as_page(document), listing_of(date))
    assert type(caught.value) in (error, UnreadableError)
    assert caught.value.status == 200
    return caught.value.reason


def test_a_listing_names_its_games():
    (item,) = accepted(scoreboard(event("401")))
    assert item.state is ItemState.FINAL
    assert dict(item.fields) == {
        "game_id": "401",
        "date": "2024-12-15",
        "season": "2024-25",
        "season_type": "2",
        "home": "LAL",
        "away": "NO",
    }


def test_the_same_game_twice_is_one_game():
    assert len(accepted(scoreboard(event("1"), event("2"), event("1")))) == 2


@pytest.mark.parametrize(
    ("tip", "day"),
    [
        ("2024-12-16T02:30Z", "2024-12-15"),  # 21:30 Eastern time
        ("2024-12-15T17:00Z", "2024-12-15"),
        ("2024-12-15T05:00Z", "2024-12-15"),  # midnight
        ("2025-10-03T09:30Z", "2025-10-02"),  # 05:30, listed under the day before
        ("2025-10-03T09:30Z", "2025-10-03"),
        ("2022-09-30T10:00Z", "2022-09-30"),  # a game in Japan
    ],
)
def test_a_day_is_eastern_and_ends_in_the_morning(tip, day):
    assert accepted(scoreboard(event(date=tip), calendar=()), day)


@pytest.mark.parametrize(
    ("tip", "day"),
    [
        ("2024-12-16T02:30Z", "2024-12-16"),
        ("2024-12-15T04:59Z", "2024-12-15"),
        ("2024-12-16T17:00Z", "2024-12-15"),
        ("2024-12-16T12:00Z", "2024-12-15"),  # 07:00
        ("2023-12-16T02:30Z", "2024-12-15"),
    ],
)
def test_the_listing_of_another_day_is_refused(tip, day):
    assert f"expected a game of {day}" in refused(scoreboard(event("1", date=tip)), day)
    assert refused(scoreboard(event("1", date=f"{day}T18:00Z"), event("2", date=tip)), day)


def test_a_stated_day_must_be_the_one_asked_for():
    assert accepted(scoreboard(event(), day={"date": "2024-12-15"}))
    assert "day.date" in refused(scoreboard(event(), day={"date": "2024-12-14"}))


def test_a_day_without_games_is_legal_unless_its_own_calendar_has_some():
    assert accepted(scoreboard(), "2025-02-14") == []
    assert "2024-12-15" in refused(scoreboard(), "2024-12-15")
    no_calendar = scoreboard()
    del no_calendar["leagues"][0]["calendar"]
    assert accepted(no_calendar) == []
    not_all = scoreboard()
    not_all["leagues"][0]["calendarIsWhitelist"] = False
    assert accepted(not_all) == []
    by_week = scoreboard()
    by_week["leagues"][0]["calendar"] = [{"label": "Week 1"}]
    assert accepted(by_week) == []


@pytest.mark.parametrize(
    ("valid", "state", "starts"),
    [(True, "pre", "2024-12-15T17:00:00Z"), (None, "in", "2024-12-15T17:00:00Z"), (False, "pre", None)],
)
def test_a_game_to_come_says_when_it_begins_if_its_source_knows(valid, state, starts):
    status = {"name": "STATUS_X", "state": state, "completed": False}
    listed = event("1", date="2024-12-15T17:00Z", status=status)
    if valid is not None:
        listed["competitions"][0]["timeValid"] = valid
    (item,) = accepted(scoreboard(listed))
    assert item.starts == (starts and from_iso(starts))


def test_of_what_is_over_nobody_asks_when_it_began():
    (item,) = accepted(scoreboard(event("401")))
    assert item.starts is None
