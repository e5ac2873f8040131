from __future__ import annotations

import datetime as dt
import itertools

import pytest

from adce_async.model.coverage import Discovery, Item, ItemState
from adce_async.model.days import DAY, LATE_HOURS, end_of_eastern_day
from adce_async.planning.listing import GIVEN_UP_AFTER, PLAYED_AFTER, never_final, read_listing

OVER = end_of_eastern_day(dt.date(2005, 1, 15)) + LATE_HOURS
"""When all games of that day are over."""
UNFINISHED = (ItemState.SCHEDULED, ItemState.LIVE)


def game(state: ItemState, name: str = "7", date: str = "2005-01-15", *, scored: bool = False) -> Item:
    return Item({"game_id": name, "date": date}, state, scored=scored)


def listing(*items: Item, made: float | None = None) -> Discovery:
    return Discovery(items, made)


def test_a_settled_listing_waits_for_nothing() -> None:
    items = tuple(game(state, state.value) for state in (ItemState.FINAL, ItemState.POSTPONED, ItemState.CANCELLED))
    found = read_listing(listing(*items), fetched=OVER - DAY)
    assert (found.items, found.waiting, found.played) == (items, None, ())


@pytest.mark.parametrize("state", UNFINISHED)
def test_a_game_with_scores_was_played_once_its_day_is_long_over(state: ItemState) -> None:
    stuck = game(state, scored=True)
    late = read_listing(listing(stuck), fetched=OVER + PLAYED_AFTER + 1)
    assert late.items == (game(ItemState.FINAL, scored=True),)
    assert late.played == (stuck,)
    assert late.waiting is not None
    assert (late.waiting.is_open, late.waiting.games) == (False, ("7",))


@pytest.mark.parametrize("state", UNFINISHED)
@pytest.mark.parametrize("after", [-5 * DAY, -3 * 3600, 0, PLAYED_AFTER])
def test_a_game_of_tonight_is_under_way_whatever_its_score(state: ItemState, after: float) -> None:
    tonight = game(state, scored=True)
    found = read_listing(listing(tonight), fetched=OVER + after)
    assert (found.items, found.played) == ((tonight,), ())
    assert found.waiting is not None
    assert found.waiting.is_open


@pytest.mark.parametrize("state", UNFINISHED)
def test_a_game_without_scores_is_waited_for_a_week_and_no_longer(state: ItemState) -> None:
    within = read_listing(listing(game(state)), fetched=OVER + GIVEN_UP_AFTER)
    assert within.waiting is not None
    assert within.waiting.is_open
    assert within.items == (game(state),)
    later = read_listing(listing(game(state)), fetched=OVER + GIVEN_UP_AFTER + 1)
    assert later.waiting is not None
    assert not later.waiting.is_open
    assert (later.items, later.played) == ((game(ItemState.POSTPONED),), ())


def test_what_counts_is_when_the_body_was_made_not_when_it_was_looked_at() -> None:
    """A schedule of September that was fetched from a cache, or copied, years later, says nothing of January."""
    games = listing(game(ItemState.SCHEDULED, scored=True), made=OVER - 100 * DAY)
    for fetched in (None, OVER + 1000 * DAY):
        found = read_listing(games, fetched=fetched)
        assert found.waiting is not None
        assert found.waiting.is_open
    assert read_listing(listing(game(ItemState.LIVE, scored=True), made=OVER + 9 * DAY), fetched=None).played


def test_a_body_of_unknown_time_is_asked_again() -> None:
    found = read_listing(listing(game(ItemState.LIVE, scored=True)), fetched=None)
    assert found.waiting is not None
    assert found.waiting.is_open
    assert not found.played


@pytest.mark.parametrize("date", ["", "soon", "9999-12-31"])
def test_games_that_do_not_say_their_day_have_that_of_their_listing(date: str) -> None:
    games = listing(game(ItemState.LIVE, date=date, scored=True))
    assert read_listing(games, fetched=OVER + 9 * DAY).played == ()
    if date != "9999-12-31":
        assert read_listing(games, fetched=OVER + 9 * DAY, closes=OVER).played == games.items


def test_each_game_of_a_season_for_itself() -> None:
    """One that is stuck makes no season over; those to come do not hide it."""
    to_come = game(ItemState.SCHEDULED, "9", "2005-04-15")
    games = (
        game(ItemState.FINAL, "1"),
        game(ItemState.LIVE, "2", scored=True),
        game(ItemState.SCHEDULED, "3"),
        to_come,
    )
    found = read_listing(listing(*games), fetched=OVER + 30 * DAY)
    assert [item.state for item in found.items] == [
        ItemState.FINAL,
        ItemState.FINAL,
        ItemState.POSTPONED,
        ItemState.SCHEDULED,
    ]
    assert found.waiting is not None
    assert (found.waiting.is_open, found.waiting.games) == (True, ("2", "3"))


def test_it_is_asked_again_ever_more_rarely() -> None:
    games = listing(game(ItemState.LIVE, scored=True))
    asked = [2 * DAY]
    while asked[-1] < 20 * 365 * DAY:
        found = read_listing(games, fetched=OVER + asked[-1])
        assert found.waiting is not None
        assert found.waiting.seconds == pytest.approx(asked[-1])
        asked.append(asked[-1] + found.waiting.seconds)
    assert len(asked) <= 14, "a game of twenty years ago"
    assert all(later >= 2 * sooner for sooner, later in itertools.pairwise(asked))


def test_the_youngest_game_says_when() -> None:
    older = game(ItemState.LIVE, "1", "2005-01-05", scored=True)
    found = read_listing(listing(older, game(ItemState.LIVE, "2", scored=True)), fetched=OVER + 10 * DAY)
    assert found.waiting is not None
    assert found.waiting.seconds == pytest.approx(10 * DAY)


def test_a_finding_is_one_line_whatever_a_source_wrote() -> None:
    fields = {"game_id": "7\x1b[2J\n", "date": "2005-01-15", "home": "BOS", "away": "N" * 1000}
    line = never_final("espn/2005-01-15.json", Item(fields, ItemState.LIVE, scored=True))
    assert line.isprintable()
    assert len(line) <= 300
    assert line.startswith("espn/2005-01-15.json: game 7?[2J? (NNN")
    plain = never_final("k", Item({"game_id": "7"}, ItemState.SCHEDULED, scored=True))
    assert plain == "k: game 7 of a day long ago has a score, but is scheduled"
