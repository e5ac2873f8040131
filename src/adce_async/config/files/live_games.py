"""The section `live_games` of autonomous_config.yaml: how games are watched while they are on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from adce_async.config.files.base import Expected, Model
from adce_async.config.files.fields import Flag, HoursOrZero

LookSeconds = Annotated[float, Field(ge=1, le=86_400), Expected("a number of seconds, 1 to 86400 (a day)")]


class LiveGames(Model):
    """While games are on, the listing of their day is looked at, so that what comes of a final is there at once."""

    enabled: Flag = True
    """Default true. False: finals are found by the regular passes."""
    due_seconds: LookSeconds = 60
    """Seconds between looks while games are due to begin; default 60."""
    on_seconds: LookSeconds = 30
    """Seconds between looks while a game is on; default 30: it is what a final waits at most until it is seen."""
    keep_room: Flag = True
    """Default true: from an hour before the first game on, other tasks leave room in the limits for the night's."""
    recollect_after_hours: HoursOrZero = 24
    """Hours; what was stored in the night of its game is asked for once more so long after; 0: never; default 24.
    Scores and statistics are corrected on the next day."""
