"""Members that ESPN's scoreboard and summary share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from adce_async.demo.league import Game, Team
from adce_async.demo.site import GameState
from adce_async.model.days import EASTERN, iso


def minutes(at: float) -> str:
    """ESPN's dates have no seconds: `2024-12-15T22:00Z`."""
    return iso(at)[:16] + "Z"


def slug_of(team: Team) -> str:
    """`golden-state-warriors`."""
    return team.full_name.lower().replace(" ", "-")


def team_of(team: Team) -> dict[str, Any]:
    """The `team` member of a competitor."""
    return {
        "id": team.espn_id,
        "uid": f"s:40~l:46~t:{team.espn_id}",
        "location": team.location,
        "name": team.name,
        "abbreviation": team.espn,
        "displayName": team.full_name,
        "color": team.color,
    }


def status_of(game: Game, state: GameState) -> dict[str, Any]:
    """The `status` member of an event: clock, period and the type that tells final from live."""
    overtimes = len(game.home_periods) - 4
    if state is GameState.OVER:
        detail = "Final" + ("" if not overtimes else "/OT" if overtimes == 1 else f"/{overtimes}OT")
        kind = ("3", "STATUS_FINAL", "post", True, "Final", detail, detail)
        clock, period = 0.0, len(game.home_periods)
    elif state is GameState.LIVE:
        kind = ("2", "STATUS_IN_PROGRESS", "in", False, "In Progress", "12:00 - 3rd Quarter", "12:00 - 3rd")
        clock, period = 720.0, 3
    else:
        at = dt.datetime.fromtimestamp(game.tip_off, EASTERN)
        detail = f"{at:%a, %B} {at.day} at {at:%I:%M %p %Z}"
        kind = ("1", "STATUS_SCHEDULED", "pre", False, "Scheduled", detail, f"{at:%m/%d - %I:%M %p %Z}")
        clock, period = 0.0, 0
    names = ("id", "name", "state", "completed", "description", "detail", "shortDetail")
    shown = "12:00" if state is GameState.LIVE else "0.0"
    return {"clock": clock, "displayClock": shown, "period": period, "type": dict(zip(names, kind, strict=True))}
