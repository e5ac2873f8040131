"""What a stored object says about a game: enough to hold it against itself, and against other sources.

None, and an empty tuple, mean "not recorded", never 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SideFacts:
    """One team of a game. `team` is canonical (see `model.teams`); points are of the whole game."""

    team: str
    points: int | None = None
    periods: tuple[int, ...] = ()
    """Points by quarter and overtime, all of them."""
    player_points: int | None = None
    """Sum over the players' lines."""
    last_play: int | None = None
    """The score that the last play states."""


@dataclass(frozen=True, slots=True)
class GameFacts:
    """One game, as one object of one source tells it.

    `game_id` is the source's own; `date` the Eastern day, `YYYY-MM-DD` ("" where the object does not say it);
    `season_type` one of preseason, regular, play_in, playoffs, cup_final, all_star, "" where unknown.
    """

    game_id: str
    date: str
    home: SideFacts
    away: SideFacts
    final: bool
    season_type: str = ""
    sides_known: bool = True
    """False where the object does not say who was at home (neutral ground): the two stand as `home` and `away` in the
    order in which it names them."""
