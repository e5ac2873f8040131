"""The listing of a day. Without `dates` it is "today, or the last or next day with games", which is another day."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.model.days import EASTERN, from_iso
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import season_of_end_year
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.facts import event_facts, listed_item
from adce_async.sources.espn.parts import NBA, EspnPage, expect, rows, statuses

_NIGHT_ENDS = dt.time(7)
"""`dates` is not strictly the Eastern day: a game that tips at 05:30 ET is listed under the day before."""


class EspnScoreboard(EspnPage):
    """The games of one US Eastern day (field `date`). A day without games, or with unfinished ones, is accepted."""

    version: ClassVar[str] = "2"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The listing of the day asked for, whole, of the NBA."""
        league = dig(body, "leagues.0")
        if dig(league, "slug") != "nba" and dig(league, "uid") != NBA:
            raise RefusedError(f"leagues.0: expected the NBA, found {dig(league, 'slug')!r}")
        events = dig(body, "events")
        if not isinstance(events, list):
            raise RefusedError("events: expected a list, found none")
        day = dt.date.fromisoformat(want.fields["date"])
        if (stated := dig(body, "day.date")) is not None:
            expect("day.date", day.isoformat(), stated)
        for event in events:
            _check_event(event, day)
        if not events:
            _check_empty(league, day)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date` (as asked), `season`, `season_type`, `home` and `away`.

        `season_type` is ESPN's: 1 preseason, 2 regular season (the All-Star game and the cup final too),
        3 playoffs, 5 play-in.
        """
        games = {str(event["id"]): event for event in page.json()["events"]}
        return Discovery(tuple(_item(game_id, event, want) for game_id, event in games.items()))

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Each game once, with what is known of its score by then."""
        games = {str(dig(event, "id")): event for event in rows(page.json(), "events")}
        return tuple(one for event in games.values() if (one := event_facts(event, dig(event, "season.type"))))


def _check_event(event: Any, day: dt.date) -> None:
    game_id = dig(event, "id")
    if not str(game_id).isdecimal():
        raise RefusedError(f"an event without an id: found {game_id!r}")
    uid = dig(event, "uid")
    if uid is not None and not str(uid).startswith(f"{NBA}~"):
        raise RefusedError(f"event {game_id}: expected a game of the NBA, found uid {uid!r}")
    if not isinstance(dig(event, "season.year"), int):
        raise RefusedError(f"event {game_id}: no season.year")
    if not statuses(event):
        raise RefusedError(f"event {game_id}: no status")
    try:
        tip = dt.datetime.fromtimestamp(from_iso(str(dig(event, "date"))), EASTERN)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"event {game_id}: {error}") from error
    early = tip.date() == day + dt.timedelta(days=1) and tip.time() < _NIGHT_ENDS
    if tip.date() != day and not early:
        raise RefusedError(f"event {game_id}: expected a game of {day}, found {tip:%Y-%m-%d %H:%M} Eastern time")


def _check_empty(league: Any, day: dt.date) -> None:
    """An empty listing must not contradict its own calendar, which names the days of its season with games."""
    calendar = dig(league, "calendar")
    if not dig(league, "calendarIsWhitelist") or not isinstance(calendar, list):
        return
    if any(isinstance(one, str) and one.startswith(day.isoformat()) for one in calendar):
        raise RefusedError(f"events: none, but its own calendar has games on {day}")


def _item(game_id: str, event: Any, want: Want) -> Item:
    fields = {
        "game_id": game_id,
        "date": want.fields["date"],
        "season": season_of_end_year(event["season"]["year"]),
        "season_type": dig(event, "season.type"),
    }
    return listed_item(event, {name: str(value) for name, value in fields.items() if value})
