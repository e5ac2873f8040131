"""Games that are on: which listings are worth a look now, and when again. Pure; times are seconds since the epoch.

A listing of a day is looked at from its first tip-off until each of its games is over, postponed or cancelled: every
minute while games are due, twice a minute while one is on, so that half of the minute that a final may take to reach
the lake is left for fetching it. What goes on for longer than any game does (a status that is stuck, a game that was
suspended) is looked at ever more rarely, and not at all once its night is over: then it is a stale listing like others.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from adce_async.model.coverage import SETTLED_STATES, DataType, Expectation, Item, ItemState
from adce_async.model.days import DAY, LATE_HOURS, eastern_day, end_of_eastern_day, start_of_eastern_day
from adce_async.model.dimensions import CalendarDimension, Declared
from adce_async.model.seasons import season_of_day
from adce_async.planning.expand import expand

UNKNOWN_START = 11 * 3600.0
"""A game whose time is not known is due from 11 in the morning on, Eastern time."""
LONGEST_GAME = 5 * 3600.0
"""A game that goes on for longer after it was to begin is held up: nobody waits for its end by the second."""
HELD_UP_SECONDS = 900.0
"""Between looks at a listing of which nothing but such games, or nothing at all, is known."""
KEEPS_FROM = 3600.0
"""So long before the first game nothing else may use up its source's limits: the windows of an hour."""
_MOST_HOURS = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class LiveRules:
    """How games are watched; times in seconds. `keep_room`: leave room in the limits for what a night needs."""

    due_seconds: float = 60.0
    on_seconds: float = 30.0
    keep_room: bool = True


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a listing says of the next hours. `on`, `due`: games under way, and those that should be.

    `open`: all games that are not settled. `seconds`: between looks (inf: nothing to look at). `opens`: when the next
    game is due to begin (inf: none).
    """

    on: int = 0
    due: int = 0
    open: int = 0
    seconds: float = math.inf
    opens: float = math.inf


def outlook(items: Iterable[Item] | None, day: dt.date, *, now: float, rules: LiveRules) -> Outlook:
    """What `items` of the listing of `day` are worth at `now`; None: nothing is known of it.

    >>> day = dt.date(2025, 1, 15)
    >>> tip = start_of_eastern_day(day) + 19 * 3600
    >>> games = [Item({"game_id": "1"}, ItemState.SCHEDULED, starts=tip), Item({"game_id": "2"}, ItemState.FINAL)]
    >>> [outlook(games, day, now=at, rules=LiveRules()).seconds for at in (tip - 1, tip, tip + 10 * 3600)]
    [inf, 60.0, 900.0]
    """
    morning, over = start_of_eastern_day(day), end_of_eastern_day(day) + LATE_HOURS
    if items is None:
        return Outlook(seconds=HELD_UP_SECONDS if morning <= now < over else math.inf)
    on = due = held_up = unsettled = 0
    opens = math.inf
    for item in items:
        if item.state in SETTLED_STATES:
            continue
        known = item.starts if item.starts is not None and morning <= item.starts < over + LATE_HOURS else None
        starts = morning + UNKNOWN_START if known is None else known
        if now >= max(over, starts + LONGEST_GAME):
            continue
        unsettled += 1
        if item.state is ItemState.LIVE and (known is None or now < starts + LONGEST_GAME):
            on += 1
        elif now < starts:
            opens = min(opens, starts)
        elif known is None or now < starts + LONGEST_GAME:
            due += 1
        else:
            held_up += 1
    seconds = rules.on_seconds if on else rules.due_seconds if due else HELD_UP_SECONDS if held_up else math.inf
    return Outlook(on, due, unsettled, seconds, opens)


def days_of(now: float) -> Sequence[dt.date]:
    """The days whose games may be on: today, and yesterday until the games of its night are over.

    >>> days_of(start_of_eastern_day(dt.date(2025, 1, 15)) + 3600.0)
    (datetime.date(2025, 1, 15), datetime.date(2025, 1, 14))
    """
    today = eastern_day(now)
    yesterday = today - dt.timedelta(days=1)
    return (today, yesterday) if now < end_of_eastern_day(yesterday) + 2 * LATE_HOURS else (today,)


def listings_of(declared: Declared, day: dt.date, *, now: float) -> tuple[Sequence[Expectation], float]:
    """The keys of `declared` that list games of `day`, as far as they are due, and from when on there may be more.

    Times: seconds since the epoch; infinite: never. Makes all keys of a season.
    """
    text, season = day.isoformat(), season_of_day(day)
    found: dict[str, Expectation] = {}
    more = math.inf
    for of in declared.seasons_to_expand:
        if of is None or of == season or not _has_calendar(declared):
            expected = expand(declared, of, now=now)
            found |= {one.key: one for one in expected if one.fields.get("date") == text}
            more = min(more, expected.next_due)
    return tuple(found.values()), more


def _has_calendar(declared: Declared) -> bool:
    return any(isinstance(one, CalendarDimension) for one in declared.dimensions)


def games_of(data_type: DataType) -> str:
    """Qualified name of the data type whose games a listing tells of: its own, or that which it is live for."""
    return data_type.live_for or data_type.qualified


def mark_live(
    declared: Sequence[Declared], live: AbstractSet[str], recollect_seconds: float | None
) -> tuple[Declared, ...]:
    """`declared`, those of them marked that are watched, and that come of the games of such.

    `live`: qualified data types whose bodies list the games of a day, as they are now. One that names nothing else
    is not worth watching.
    """
    parents = {parent for each in declared for parent in each.parents}
    watched = {
        each.data_type.qualified: games_of(each.data_type)
        for each in declared
        if each.data_type.qualified in live
        and games_of(each.data_type) in parents
        and any(d.field == "date" for d in each.dimensions)
    }
    return tuple(_marked(each, watched, recollect_seconds) for each in declared)


def _marked(declared: Declared, live: Mapping[str, str], recollect_seconds: float | None) -> Declared:
    """`live`: what is watched, and whose games it tells of."""
    data_type = declared.data_type
    if data_type.qualified in live:
        data_type = replace(data_type, live=True)
    if not set(live.values()).isdisjoint(declared.parents):
        data_type = replace(data_type, watched=True, recollect_seconds=recollect_seconds)
    return declared if data_type is declared.data_type else replace(declared, data_type=data_type)


def is_urgent(closes: float | None, now: float) -> bool:
    """True for what comes of a game of last night: its object is wanted at once, until a day after its day was over."""
    return closes is not None and closes - DAY - LATE_HOURS <= now <= closes + DAY


def room_needed(games: int, requests_each: int, seconds: float, rules: LiveRules) -> int:
    """Requests that a night needs within `seconds`, if `games` end in them with `requests_each`: looks and objects.

    >>> room_needed(12, 3, 3600.0, LiveRules())
    156
    """
    return games * requests_each + math.ceil(min(seconds, _MOST_HOURS) / rules.on_seconds)
