"""The listing of a day. Without `dates` it is "today, or the last or next day with games", which is another day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from adce_async.errors import RefusedError
from adce_async.model.coverage import Discovery, Item
from adce_async.model.days import EASTERN, from_iso
from adce_async.model.facts import GameFacts
from adce_async.model.seasons import season_of_end_year
from adce_async.scraping.base import Page, Want
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.facts import day_of, event_facts, listed_item
from adce_async.sources.espn.parts import NBA, EspnPage, expect, expect_season, rows, statuses

_NIGHT_ENDS = dt.time(7)
"""`dates` is not strictly the Eastern day: a game that tips at 05:30 ET is listed under the day before."""


class EspnScoreboard(EspnPage):
    """The games of one US Eastern day (field `date`). A day without games, or with unfinished ones, is accepted."""

    version: ClassVar[str] = "2"
    lists_seasons = True
    live = True

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The listing of the day asked for, whole, of the NBA."""
        league, events = opened(body, want)
        day = dt.date.fromisoformat(want.fields["date"])
        if (stated := dig(body, "day.date")) is not None:
            expect("day.date", day.isoformat(), stated)
        for event in events:
            expect_day(event, day, day)
        if not events:
            refuse_contradicting_calendar(league, day, day)

    def discover(self, page: Page, want: Want) -> Discovery:
        """Each game with its `game_id`, `date` (as asked), `season`, `season_type`, `home` and `away`.

        `season_type` is ESPN's: 1 preseason, 2 regular season (the All-Star game and the cup final too),
        3 playoffs, 5 play-in.
        """
        return _discovery(page.json(), want)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """Each game once, with what is known of its score by then."""
        return _facts(page.json())

    def table_reader(self, data_type: str) -> str:
        """See `Scraper.table_reader`."""
        return "adce_async.sources.espn.tables:listing"


class EspnCdnScoreboard(EspnScoreboard):
    """The same by way of the content network, wrapped into `content.sbData`."""

    version: ClassVar[str] = "1"

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """What `EspnScoreboard` asks of what is wrapped."""
        super().judge(_inner(body), want)

    def discover(self, page: Page, want: Want) -> Discovery:
        """As of `EspnScoreboard`."""
        return _discovery(_inner(page.json()), want)

    def facts(self, page: Page, want: Want) -> tuple[GameFacts, ...]:
        """As of `EspnScoreboard`."""
        return _facts(_inner(page.json()))


class EspnScoreboardSpan(EspnScoreboard):
    """The games of several days (field `days`): `20241201-20241207`, a month `202412`, a year `2024`.

    ESPN answers a year with its season or with the calendar year; a body must be all of one of them. Without the
    field: the games of whatever day the body says it is of.
    """

    version: ClassVar[str] = "1"
    lists_seasons = False
    live = False
    blank_fields = True

    def url_fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Raises ValueError if `days` is not more than one day."""
        if "days" in fields:
            _span(fields["days"])
        return super().url_fields(fields)

    def judge(self, body: dict[str, Any], want: Want) -> None:
        """The listing of the days asked for, all of it, of the NBA."""
        league, events = opened(body, want)
        if (days := want.fields.get("days")) is None:
            first = last = _stated_day(body)
        else:
            first, last = _span(days)
        if len(events) >= int(self.params.get("limit", _LIMIT)):
            raise RefusedError(f"events: {len(events)}, as many as were asked for: there may be more")
        if days and len(days) == _YEAR and events and {dig(one, "season.year") for one in events} == {int(days)}:
            return
        for event in events:
            expect_day(event, first, last)
        if not events:
            refuse_contradicting_calendar(league, first, last)

    def discover(self, page: Page, want: Want) -> Discovery:
        """As of `EspnScoreboard`; the `date` of each game is its own."""
        return _discovery(page.json(), want)


def _stated_day(body: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(dig(body, "day.date"))[:10])
    except ValueError as error:
        raise RefusedError("day.date: expected the day that the games are of") from error


_YEAR, _LIMIT = 4, "1000"


def _span(days: str) -> tuple[dt.date, dt.date]:
    """First and last day. Raises ValueError if it is none, or one day only.

    >>> [str(day) for day in _span("202412")], [str(day) for day in _span("20241230-20250102")]
    (['2024-12-01', '2024-12-31'], ['2024-12-30', '2025-01-02'])
    """
    first, dash, last = days.partition("-")
    if dash:
        span = _day(first), _day(last)
    elif len(days) == _YEAR:
        span = _day(f"{days}0101"), _day(f"{days}1231")
    else:
        begin = _day(f"{days}01")
        span = begin, (begin + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    if span[0] >= span[1]:
        raise ValueError(f"{days!r} is no span of days; expected 20241201-20241207, 202412 or 2024")
    return span


def _day(compact: str) -> dt.date:
    return dt.datetime.strptime(compact, "%Y%m%d").replace(tzinfo=dt.UTC).date()


def opened(body: dict[str, Any], want: Want) -> tuple[Any, list[Any]]:
    """League and events of a listing of the NBA; each event with what names it. Raises RefusedError."""
    league = dig(body, "leagues.0")
    if dig(league, "slug") != "nba" and dig(league, "uid") != NBA:
        raise RefusedError(f"leagues.0: expected the NBA, found {dig(league, 'slug')!r}")
    events = dig(body, "events")
    if not isinstance(events, list):
        raise RefusedError("events: expected a list, found none")
    for event in events:
        _check_event(event, want)
    return league, events


def _check_event(event: Any, want: Want) -> None:
    game_id = dig(event, "id")
    if not str(game_id).isdecimal():
        raise RefusedError(f"an event without an id: found {game_id!r}")
    uid = dig(event, "uid")
    if uid is not None and not str(uid).startswith(f"{NBA}~"):
        raise RefusedError(f"event {game_id}: expected a game of the NBA, found uid {uid!r}")
    if not isinstance(dig(event, "season.year"), int):
        raise RefusedError(f"event {game_id}: no season.year")
    expect_season(f"event {game_id}: season.year", want, dig(event, "season.year"))
    if not statuses(event):
        raise RefusedError(f"event {game_id}: no status")


def expect_day(event: Any, first: dt.date, last: dt.date) -> None:
    """Raise RefusedError unless a game is played from `first` to `last`, or in the night after it."""
    game_id = dig(event, "id")
    try:
        tip = dt.datetime.fromtimestamp(from_iso(str(dig(event, "date"))), EASTERN)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"event {game_id}: {error}") from error
    early = tip.date() == last + dt.timedelta(days=1) and tip.time() < _NIGHT_ENDS
    if not first <= tip.date() <= last and not early:
        days = f"{first}" if first == last else f"{first} to {last}"
        raise RefusedError(f"event {game_id}: expected a game of {days}, found {tip:%Y-%m-%d %H:%M} Eastern time")


def refuse_contradicting_calendar(league: Any, first: dt.date, last: dt.date) -> None:
    """An empty listing must not contradict its own calendar, which names the days of its season with games."""
    calendar = dig(league, "calendar")
    if not dig(league, "calendarIsWhitelist") or not isinstance(calendar, list):
        return
    for day in (one[:10] for one in calendar if isinstance(one, str)):
        if first.isoformat() <= day <= last.isoformat():
            raise RefusedError(f"events: none, but its own calendar has games on {day}")


def _inner(body: Any) -> dict[str, Any]:
    inner = dig(body, "content.sbData")
    if not isinstance(inner, dict):
        raise RefusedError(f"content.sbData: expected an object, found {type(inner).__name__}")
    return inner


def _discovery(body: Any, want: Want) -> Discovery:
    games = {str(event["id"]): event for event in body["events"]}
    return Discovery(tuple(_item(event, want.fields.get("date") or day_of(event["date"])) for event in games.values()))


def _facts(body: Any) -> tuple[GameFacts, ...]:
    games = {str(dig(event, "id")): event for event in rows(body, "events")}
    return tuple(one for event in games.values() if (one := event_facts(event, dig(event, "season.type"))))


def _item(event: Any, date: str) -> Item:
    fields = {
        "game_id": event["id"],
        "date": date,
        "season": season_of_end_year(event["season"]["year"]),
        "season_type": dig(event, "season.type"),
    }
    return listed_item(event, {name: str(value) for name, value in fields.items() if value})
