"""Final scores in short: what is kept of `GameFacts`, to hold the objects of a lake against each other.

`pack` makes a compact text of them, a list of JSON lists; `unpack` reads it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from adce_async.model.facts import GameFacts, SideFacts


class GameResult(NamedTuple):
    """The final score of one game, as one object states it; fields as in `GameFacts`."""

    game_id: str
    date: str
    season_type: str
    home: str
    home_points: int
    away: str
    away_points: int
    sides_known: bool = True

    @property
    def score(self) -> str:
        """For people.

        >>> GameResult("401705066", "2024-12-15", "regular", "BOS", 112, "NYK", 105).score
        'BOS 112, NYK 105'
        """
        return f"{self.home} {self.home_points}, {self.away} {self.away_points}"

    def agrees(self, other: GameResult) -> bool:
        """True if both state the same score: team by team, or just the numbers where teams are called otherwise.

        Which team is at home is no matter: sources differ about games on neutral ground.

        >>> game = GameResult("1", "", "", "BOS", 112, "NYK", 105)
        >>> game.agrees(GameResult("1", "", "", "NYK", 105, "BOS", 112))
        True
        >>> game.agrees(GameResult("1", "", "", "NYK", 112, "BOS", 105))
        False
        """
        ours = {self.home: self.home_points, self.away: self.away_points}
        theirs = {other.home: other.home_points, other.away: other.away_points}
        return ours == theirs if ours.keys() == theirs.keys() else sorted(ours.values()) == sorted(theirs.values())


def final_results(facts: Iterable[GameFacts]) -> tuple[GameResult, ...]:
    """Those of the final games whose score is recorded: the points, else what the last play or the periods say."""
    found = []
    for game in facts:
        home, away = _points(game.home), _points(game.away)
        if game.final and home is not None and away is not None:
            where = (game.game_id, game.date, game.season_type)
            found.append(GameResult(*where, game.home.team, home, game.away.team, away, game.sides_known))
    return tuple(found)


def _points(side: SideFacts) -> int | None:
    if side.points is not None:
        return side.points
    return side.last_play if side.last_play is not None or not side.periods else sum(side.periods)


def pack(found: Iterable[GameResult]) -> str:
    """As text; empty for none.

    >>> pack([GameResult("401705066", "2024-12-15", "regular", "BOS", 112, "NYK", 105)])
    '[["401705066","2024-12-15","regular","BOS",112,"NYK",105]]'
    """
    rows = [list(one[:-1] if one.sides_known else one) for one in found]
    return orjson.dumps(rows).decode() if rows else ""


def unpack(text: str) -> tuple[GameResult, ...]:
    """The reverse of `pack`. Raises ValueError if `text` is nothing that it gives."""
    rows = orjson.loads(text) if text else []
    if not isinstance(rows, list) or not all(isinstance(row, list) and _is_result(row) for row in rows):
        raise ValueError(f"expected rows of {len(_TYPES)} values, got {text[:60]!r}")
    return tuple(GameResult(*row) for row in rows)


_TYPES = (str, str, str, str, int, str, int)


def _is_result(row: list[object]) -> bool:
    """`sides_known` is there only where it is false."""
    return row[len(_TYPES) :] in ([], [False]) and all(map(isinstance, row, _TYPES)) and len(row) >= len(_TYPES)
