"""What ESPN's bodies say about games. Pure, and never raises: what is odd or absent is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from adce_async.model.coverage import SETTLED_STATES, Item, ItemState
from adce_async.model.days import eastern_day, from_iso
from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.seasons import season_of_day
from adce_async.model.teams import canonical_team
from adce_async.scraping.declarative import dig
from adce_async.sources.espn.parts import agreed, rows, statuses

_SEASON_TYPES = {"1": "preseason", "2": "regular", "3": "playoffs", "5": "play_in"}
_FRANCHISES = frozenset(map(str, range(1, 31)))
"""Ids of the thirty teams; teams of an All-Star game and guests from abroad have others."""
_CUP = ("in-season tournament", "nba cup")
_SIDES = ("home", "away")


def event_facts(event: Any, season_type: object) -> GameFacts | None:
    """The game that an event of a listing (or the header of a summary) is; None without an id or two teams.

    `season_type` is ESPN's number. Only of a final game are there points: before, "0" means nothing.
    """
    game = dig(event, "competitions.0")
    competitors = {str(dig(one, "homeAway")): one for one in rows(game, "competitors")}
    codes = {side: dig(competitors.get(side), "team.abbreviation") for side in _SIDES}
    game_id = dig(event, "id")
    if not game_id or not all(isinstance(code, str) and code for code in codes.values()):
        return None
    final = agreed(statuses(event)) is ItemState.FINAL
    day = day_of(dig(event, "date") or dig(game, "date"))
    season = season_of_day(dt.date.fromisoformat(day)) if day else None
    teams = {side: canonical_team("espn", codes[side], season) for side in _SIDES}
    sides = {side: _side(teams[side], competitors[side], final=final) for side in _SIDES}
    return GameFacts(
        str(game_id),
        day,
        sides["home"],
        sides["away"],
        final,
        _season_type(season_type, game, dig(event, "gameNote")),
    )


def is_scored(event: Any) -> bool:
    """True if both scores stand there and are not 0 to 0."""
    points = [whole(dig(one, "score")) for one in rows(event, "competitions.0.competitors")]
    return len(points) == 2 and None not in points and any(points)


def listed_item(event: Any, known: Mapping[str, str]) -> Item:
    """The game that an event of a listing is: `known` fields, both teams, how far it has got."""
    fields = dict(known)
    for competitor in rows(event, "competitions.0.competitors"):
        side, code = str(dig(competitor, "homeAway")), dig(competitor, "team.abbreviation")
        if side in _SIDES and code:
            fields[side] = str(code)
    state = agreed(statuses(event))
    if state in SETTLED_STATES:
        return Item(fields, state)
    return Item(fields, state, scored=is_scored(event), starts=_tip_off(event))


def _tip_off(event: Any) -> float | None:
    """When a game begins; None while only its day is known."""
    if dig(event, "competitions.0.timeValid") is False:
        return None
    try:
        return from_iso(str(dig(event, "date")))
    except (ValueError, OverflowError):
        return None


def player_points(body: Any) -> dict[str, int]:
    """Team id -> the sum of its players' points; teams without a line that says any are left out."""
    found: dict[str, int] = {}
    for team in rows(body, "boxscore.players"):
        table = dig(team, "statistics.0")
        labels = rows(table, "labels") or rows(table, "names")
        if "PTS" not in labels:
            continue
        column = labels.index("PTS")
        lines = [athlete.get("stats") for athlete in rows(table, "athletes") if isinstance(athlete, dict)]
        points = [whole(line[column]) for line in lines if isinstance(line, list) and len(line) > column]
        known = [one for one in points if one is not None]
        if known:
            found[str(dig(team, "team.id"))] = sum(known)
    return found


def play_scores(play: Any) -> tuple[int, int] | None:
    """The score (home, away) that a play states; None if it states none."""
    if not isinstance(play, dict):
        return None
    home, away = whole(play.get("homeScore")), whole(play.get("awayScore"))
    return None if home is None or away is None else (home, away)


def whole(value: Any) -> int | None:
    """A number of points, which ESPN writes as 31.0, "31" or {"value": 31.0}; None if it is none.

    >>> whole("31"), whole(31.0), whole({"value": 31.0, "displayValue": "31"}), whole("--"), whole(None)
    (31, 31, 31, None, None)
    """
    match value:
        case bool():
            return None
        case int() | float():
            return int(value) if value == value // 1 else None
        case str():
            return int(value) if value.isascii() and value.isdecimal() else None
        case dict():
            inner = value.get("value")
            return whole(value.get("displayValue") if inner is None else inner)
        case _:
            return None


def _side(team: str, competitor: Mapping[str, Any], *, final: bool) -> SideFacts:
    if not final:
        return SideFacts(team)
    periods = [whole(one) for one in rows(competitor, "linescores")]
    known = tuple(one for one in periods if one is not None)
    return SideFacts(team, whole(competitor.get("score")), known if len(known) == len(periods) else ())


def day_of(tip: Any) -> str:
    """The Eastern day of an instant, `YYYY-MM-DD`; empty if it is none."""
    try:
        return eastern_day(from_iso(str(tip))).isoformat()
    except (ValueError, OverflowError):
        return ""


def _season_type(number: object, game: Any, note: Any) -> str:
    """All-Star games and the cup final hide among those of the regular season; what a game is called tells them."""
    known = _SEASON_TYPES.get(str(number), "")
    if known != "regular":
        return known
    notes = " ".join(str(text) for text in (note, *(dig(one, "headline") for one in rows(game, "notes")))).lower()
    teams = {str(dig(one, "team.id") or dig(one, "id")) for one in rows(game, "competitors")} - {"None"}
    kind = str(dig(game, "type.abbreviation")).upper()
    if kind == "ALLSTAR" or "all-star" in notes or (teams and not teams & _FRANCHISES):
        return "all_star"
    if "championship" in notes and any(name in notes for name in _CUP):
        return "cup_final"
    return known
