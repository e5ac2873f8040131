"""What readers of all sources share: rows of `model.lake_tables` from facts, listings and texts.

A reader is `read(scraper, page, want) -> Rows`, for a body that the scraper's check has accepted. It lives with its
source, in a module that nothing but `adce tables` imports; a scraper names it (`Scraper.table_reader`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.lake_tables import RESULTS, Row, Rows
from adce_async.scraping.base import Page, Scraper, Want

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ISO_TIME = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


def results(facts: Iterable[GameFacts]) -> list[Row]:
    """What facts say of the results of games; nothing of those that are not over."""
    return [_result(one) for one in facts if one.final]


def _result(game: GameFacts) -> Row:
    home, away = game.home, game.away
    detail = (home.player_points is not None, home.points is not None, bool(home.periods), bool(game.date))
    return {
        "game_id": game.game_id,
        "date": day(game.date),
        "season_type": game.season_type or None,
        "home": home.team,
        "away": away.team,
        "home_points": home.points,
        "away_points": away.points,
        "home_periods": list(home.periods) or None,
        "away_periods": list(away.periods) or None,
        "home_last": home.last_play,
        "away_last": away.last_play,
        "sides_known": game.sides_known,
        "rank": sum(2 ** (3 - place) for place, known in enumerate(detail) if known),
    }


def listed(scraper: Scraper, page: Page, want: Want) -> Rows:
    """Schedules and results, as `discover` and `facts` of a listing tell them."""
    facts = {one.game_id: one for one in scraper.facts(page, want)}
    found = scraper.discover(page, want)
    rows = []
    for item in found.items if found else ():
        known = facts.get(item.fields["game_id"])
        final = known is not None and known.final
        rows.append(
            {
                "game_id": item.fields["game_id"],
                "season": item.fields.get("season"),
                "date": day(item.fields.get("date", "")),
                "season_type": (known.season_type if known else item.fields.get("season_type")) or None,
                "home": _team(known.home if known and known.sides_known else None, item.fields.get("home")),
                "away": _team(known.away if known and known.sides_known else None, item.fields.get("away")),
                "starts": None if item.starts is None else instant(item.starts),
                "state": str(item.state),
                "home_points": known.home.points if known and final else None,
                "away_points": known.away.points if known and final else None,
            }
        )
    return {"schedules": rows, RESULTS: results(facts.values())}


def _team(known: SideFacts | None, code: str | None) -> str | None:
    return known.team if known else code


def day(text: object) -> dt.date | None:
    """The day that a text begins with, `YYYY-MM-DD`; None if it begins with none.

    >>> day("2024-12-15T00:00:00"), day(None)
    (datetime.date(2024, 12, 15), None)
    """
    try:
        return dt.date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def instant(seconds: float) -> dt.datetime:
    """Seconds since the epoch, as an instant, to the microsecond."""
    return _EPOCH + dt.timedelta(microseconds=round(seconds * 1_000_000))


def seconds_of(clock: object) -> float | None:
    """A time as sources write it, in seconds; None if it is none.

    >>> [seconds_of(text) for text in ("PT11M56.50S", "7:40", "12:00.0", "45.3", "265:00", "PT240M00.00S", "")]
    [716.5, 460.0, 720.0, 45.3, 15900.0, 14400.0, None]
    """
    text = str(clock).strip() if clock is not None else ""
    if found := _ISO_TIME.fullmatch(text):
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds if text != "PT" else None
    total = 0.0
    try:
        for part in text.split(":"):
            total = total * 60 + float(part)
    except ValueError:
        return None
    return total


def minutes_of(clock: object) -> float | None:
    """The same in minutes, to the second; a number without a colon is minutes already.

    >>> minutes_of("43:30"), minutes_of("32"), minutes_of(31.0), minutes_of("PT24M59.00S"), minutes_of("--")
    (43.5, 32.0, 31.0, 24.9833, None)
    """
    if isinstance(clock, bool):
        return None
    if isinstance(clock, int | float):
        return float(clock)
    text = str(clock or "").strip()
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    seconds = seconds_of(text)
    return None if seconds is None else round(seconds / 60, 4)


def integer(value: object) -> int | None:
    """A whole number: 7, 7.0, "7", "+7" or "-7"; None for anything else.

    >>> [integer(value) for value in (7, 7.0, "7", "+7", "-17", "", "7.5", None, True, float("nan"))]
    [7, 7, 7, 7, -17, None, None, None, None, None]
    """
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if value.is_integer() else None
        case str() if re.fullmatch(r"[+-]?\d+(\.0)?", value.strip()):
            return int(float(value))
        case _:
            return None


def shots(text: object, name: str) -> Row:
    """`6-9` as made and attempted ones.

    >>> shots("6-9", "field_goals")
    {'field_goals_made': 6, 'field_goals_attempted': 9}
    """
    made, _, tried = str(text).partition("-")
    return {f"{name}_made": integer(made), f"{name}_attempted": integer(tried)}


def renamed(record: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    """The whole numbers of `record` under the names of the columns; `names`: theirs -> ours."""
    return {ours: integer(record.get(theirs)) for theirs, ours in names.items()}
