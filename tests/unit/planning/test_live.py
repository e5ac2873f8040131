"""Which listings are worth a look while games are on, and what a night's objects are to the plan."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pytest

from adce_async.model.coverage import Coverage, DataType, Expectation, Findings, Gap, GapKind, Item, ItemState, Priority
from adce_async.model.days import DAY, HOUR, end_of_eastern_day, start_of_eastern_day
from adce_async.model.dimensions import Calendar, CalendarDimension, Declared, DerivedDimension, ListDimension
from adce_async.model.keys import PathPattern
from adce_async.model.task import AHEAD_TIER, FIRST_TIER
from adce_async.planning.live import LiveRules, days_of, games_of, is_urgent, listings_of, mark_live, outlook
from adce_async.planning.plan import PlanRules, plan

DAY_OF = dt.date(2025, 1, 15)
MORNING = start_of_eastern_day(DAY_OF)
TIP = MORNING + 19 * HOUR
RULES = LiveRules(due_seconds=60.0, on_seconds=30.0)


def game(state: ItemState, starts: float | None = TIP) -> Item:
    return Item({"game_id": "1", "date": "2025-01-15"}, state, starts=starts)


@pytest.mark.parametrize(
    ("state", "starts", "now", "seconds", "opens"),
    [
        (ItemState.SCHEDULED, TIP, TIP - 1, math.inf, TIP),  # nothing to see yet
        (ItemState.SCHEDULED, TIP, TIP, 60.0, math.inf),
        (ItemState.SCHEDULED, None, MORNING + 9 * HOUR, math.inf, MORNING + 11 * HOUR),  # its time is not known
        (ItemState.SCHEDULED, None, MORNING + 12 * HOUR, 60.0, math.inf),
        (ItemState.SCHEDULED, TIP + 90 * DAY, MORNING + 12 * HOUR, 60.0, math.inf),  # nor is this one its time
        (ItemState.LIVE, TIP, TIP - 600, 30.0, math.inf),  # it began sooner than it was to, or by another clock
        (ItemState.LIVE, TIP, TIP + 4.9 * HOUR, 30.0, math.inf),  # three overtimes, beyond midnight
        (ItemState.LIVE, None, TIP, 30.0, math.inf),
        (ItemState.LIVE, TIP, TIP + 5 * HOUR, 900.0, math.inf),  # held up, suspended, stuck
        (
            ItemState.LIVE,
            TIP - 6 * HOUR,
            end_of_eastern_day(DAY_OF) + 6 * HOUR,
            math.inf,
            math.inf,
        ),  # the night is over
        (ItemState.FINAL, None, TIP, math.inf, math.inf),
        (ItemState.POSTPONED, TIP, TIP, math.inf, math.inf),
        (ItemState.CANCELLED, TIP, TIP, math.inf, math.inf),
    ],
)
def test_when_a_listing_is_looked_at(state, starts, now, seconds, opens) -> None:
    found = outlook([game(state, starts)], DAY_OF, now=now, rules=RULES)
    assert (found.seconds, found.opens) == (seconds, opens)


def test_a_day_goes_on_until_its_last_game_is_over() -> None:
    games = [game(ItemState.FINAL), game(ItemState.LIVE), game(ItemState.SCHEDULED, TIP + 3 * HOUR)]
    found = outlook(games, DAY_OF, now=TIP + 2 * HOUR, rules=RULES)
    assert (found.on, found.due, found.open, found.seconds, found.opens) == (1, 0, 2, 30.0, TIP + 3 * HOUR)
    late = outlook([game(ItemState.LIVE, TIP + 3.5 * HOUR)], DAY_OF, now=TIP + 6 * HOUR, rules=RULES)
    assert late.on == 1  # at one in the morning
    early = MORNING + 29.5 * HOUR  # half past five of the next morning, as games abroad are listed
    assert outlook([game(ItemState.LIVE, early)], DAY_OF, now=early + 2 * HOUR, rules=RULES).on == 1


def test_what_is_not_known_is_looked_at_once_in_a_while_and_a_day_without_games_never() -> None:
    assert outlook(None, DAY_OF, now=TIP, rules=RULES).seconds == 900.0
    assert outlook(None, DAY_OF, now=MORNING - 1, rules=RULES).seconds == math.inf
    assert outlook([], DAY_OF, now=TIP, rules=RULES).seconds == math.inf


def test_the_days_that_may_be_on() -> None:
    yesterday = DAY_OF - dt.timedelta(days=1)
    assert days_of(MORNING - 1) == (yesterday,)
    assert days_of(MORNING) == (DAY_OF, yesterday)
    assert days_of(MORNING + 13 * HOUR) == (DAY_OF,)
    clocks_change = dt.date(2025, 3, 9)
    assert days_of(start_of_eastern_day(clocks_change) + 4 * HOUR)[0] == clocks_change


# -- which are watched ---------------------------------------------------------------------------------------------


def declared(name: str, pattern: str, *dimensions: object, seasons: tuple[str, ...] = ("2024-25",)) -> Declared:
    return Declared(DataType("espn", name, f"espn_{name}", PathPattern(pattern)), seasons, dimensions)  # type: ignore[arg-type]


SCHEDULE = declared("schedule", "s/{date_compact}.json", CalendarDimension("date", Calendar.SEASON_DAYS))
BOX = declared("box", "b/{game_id}.json", DerivedDimension("game_id", "espn.schedule", "game_id", "final"))
OTHER = declared("other", "o/{id}.json", ListDimension("id", ("1",)))


def test_a_listing_by_day_that_others_come_of_is_watched() -> None:
    schedule, box, other = (each.data_type for each in mark_live((SCHEDULE, BOX, OTHER), {"espn.schedule"}, DAY))
    assert (schedule.live, schedule.watched, schedule.recollect_seconds) == (True, False, None)
    assert (box.live, box.watched, box.recollect_seconds) == (False, True, DAY)
    assert other == OTHER.data_type


def test_a_listing_may_be_live_for_another() -> None:
    season = declared("schedule", "s/{season}.json")
    board = declared("board", "t/{date}.json", CalendarDimension("date", Calendar.SEASON_DAYS))
    board = replace(board, data_type=replace(board.data_type, live_for="espn.schedule"))
    marked = {each.data_type.name: each.data_type for each in mark_live((season, board, BOX), {"espn.board"}, DAY)}
    assert [name for name, each in marked.items() if each.live] == ["board"]
    assert [name for name, each in marked.items() if each.watched] == ["box"]
    assert [games_of(each) for each in marked.values()] == ["espn.schedule", "espn.schedule", "espn.box"]


@pytest.mark.parametrize(
    ("given", "live"),
    [
        ((SCHEDULE, OTHER), {"espn.schedule"}),  # nothing comes of it
        ((SCHEDULE, BOX), set()),
        ((declared("schedule", "s/{season}.json"), BOX), {"espn.schedule"}),  # a whole season
    ],
)
def test_others_are_not(given, live) -> None:
    assert mark_live(given, live, DAY) == given


def test_the_listings_of_a_day() -> None:
    assert [one.key for one in listings_of(SCHEDULE, DAY_OF, now=TIP)[0]] == ["s/20250115.json"]
    assert listings_of(SCHEDULE, DAY_OF, now=MORNING - 1) == ((), MORNING)  # not due yet
    several = declared("schedule", "s/{date}.json", ListDimension("date", ("2025-01-14", "2025-01-15")))
    assert [one.key for one in listings_of(several, DAY_OF, now=TIP)[0]] == ["s/2025-01-15.json"]
    none = declared("schedule", "s/{date}.json", ListDimension("date", ("soon",)))
    assert listings_of(none, DAY_OF, now=TIP) == ((), math.inf)


# -- what comes of a night's games -----------------------------------------------------------------------------------


def planned(now: float, kind: GapKind = GapKind.MISSING, **rules: object):
    data_type = DataType("espn", "box", "espn_box", PathPattern("b/{game_id}"), **rules)  # type: ignore[arg-type]
    expected = Expectation("b/1", {"game_id": "1"}, "2024-25", MORNING, end_of_eastern_day(DAY_OF))
    found = Findings(data_type, Coverage("espn", "box", "2024-25", expected=1), [Gap(expected, kind, "")])
    (task,) = plan([found], PlanRules("2024-25"), now=now, first_detected={})
    return task.priority, task.tier


@pytest.mark.parametrize(
    ("hours", "rules", "expected"),
    [
        (22, {"required": True}, (Priority.CRITICAL, FIRST_TIER)),
        (22, {}, (Priority.CRITICAL, AHEAD_TIER)),
        (47, {}, (Priority.CRITICAL, AHEAD_TIER)),
        (49, {"tier": 3}, (Priority.HIGH, 3)),
        (22, {"watched": False}, (Priority.HIGH, 0)),
    ],
)
def test_a_nights_objects_go_ahead_of_all_others(hours, rules, expected) -> None:
    assert planned(MORNING + hours * HOUR, **{"watched": True} | rules) == expected


def test_what_is_collected_once_more_has_time() -> None:
    assert planned(MORNING + 40 * HOUR, GapKind.STALE, watched=True) == (Priority.HIGH, 0)
    assert not is_urgent(None, TIP)
