"""What a listing says of its games, as of when it was fetched: one rule for all sources.

A game that its listing never calls final stays interesting in two ways. If both scores stand there, and its day was
over long before the listing was fetched, it was played, whatever its status says: it counts as final, so that what
derives from it is asked for (where it is told whether it is), and it is a finding. Without scores it was not played on
that day, and nothing waits for it.

Such a listing can still be put right by its source, so it is asked again, each time after as long as the game has been
over by then: a day, two, four, ... years. In between it is as good as its source has it, and no gap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from adce_async.model.coverage import SETTLED_STATES, Discovery, Item, ItemState
from adce_async.model.days import DAY, LATE_HOURS, end_of_eastern_day

PLAYED_AFTER = DAY
"""A game with scores is over so long after its day was, ..."""
GIVEN_UP_AFTER = 7 * DAY
"""... and one without was not played on it."""


_LONGEST = 300
"""Characters of a finding: what a source writes there has any length."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A listing with games that its source may still put right."""

    is_open: bool
    """True if one of them may be under way, or to come: it is stale, and asked again as soon as it is not fresh."""
    seconds: float
    """If none can: how long after it was fetched it is worth asking again."""
    games: tuple[str, ...]
    """Ids of those that never became final though their day is long over."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`items` in the states that they count as; `waiting`: None if nothing can change any more."""

    items: tuple[Item, ...]
    waiting: Waiting | None = None
    played: tuple[Item, ...] = ()
    """Those with scores that were never called final."""


def read_listing(found: Discovery, *, fetched: float | None, closes: float | None = None) -> Reading:
    """What `found` means. `fetched`: when it was asked for, None where that is not known (somebody else stored it).

    `closes`: when the listing's own time was over, for games that do not say their day.

    >>> games = Discovery((Item({"game_id": "7", "date": "2005-01-15"}, ItemState.LIVE, scored=True),))
    >>> read_listing(games, fetched=1_700_000_000.0).items[0].state.value
    'final'
    """
    if found.settled:
        return Reading(found.items)
    times = [time for time in (fetched, found.made) if time is not None]
    as_of = min(times) if times else None
    items: list[Item] = []
    played: list[Item] = []
    unsettled: list[tuple[Item, float | None]] = []
    for item in found.items:
        if item.state in SETTLED_STATES:
            items.append(item)
            continue
        over = _over(item, closes)
        age = None if as_of is None or over is None else as_of - over
        if age is not None and item.scored and age > PLAYED_AFTER:
            items.append(replace(item, state=ItemState.FINAL))
            played.append(item)
        elif age is not None and not item.scored and age > GIVEN_UP_AFTER:
            items.append(replace(item, state=ItemState.POSTPONED))
        else:
            age = None
            items.append(item)
        unsettled.append((item, age))
    return Reading(tuple(items), _waiting(unsettled), tuple(played))


def _waiting(unsettled: Iterable[tuple[Item, float | None]]) -> Waiting:
    ages = [age for _, age in unsettled if age is not None]
    games = tuple(str(item.fields.get("game_id", "")) for item, age in unsettled if age is not None)
    return Waiting(any(age is None for _, age in unsettled), min(ages, default=0.0), games)


def _over(item: Item, closes: float | None) -> float | None:
    """When a game was over at the latest."""
    try:
        return end_of_eastern_day(dt.date.fromisoformat(item.fields.get("date", ""))) + LATE_HOURS
    except (TypeError, ValueError, OverflowError):
        return closes


def never_final(key: str, item: Item) -> str:
    """One line on a game with scores that the listing `key` never called final."""
    fields = item.fields
    teams = f" ({fields['away']} at {fields['home']})" if fields.get("home") and fields.get("away") else ""
    name = fields.get("game_id", "?")
    line = f"{key}: game {name}{teams} of {fields.get('date') or 'a day long ago'} has a score, but is {item.state}"
    return "".join(char if char.isprintable() else "?" for char in line)[:_LONGEST]
