"""Members that several bodies of nba.com share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adce_async.demo.league import Game, Team
from adce_async.demo.plays import Play, Player
from adce_async.demo.site import GameState, periods_told
from adce_async.model.days import EASTERN, iso

_SLUGS = {"PHI": "sixers", "POR": "blazers"}
_STATUS = {GameState.BEFORE: 1, GameState.LIVE: 2, GameState.OVER: 3}


def meta(request: str, at: float) -> dict[str, Any]:
    """The `meta` of a V3 body: it names what was asked of a server behind the one that answers."""
    when = dt.datetime.fromtimestamp(int(at), dt.UTC)
    return {"version": 1, "request": f"http://nba.cloud/{request}?Format=json", "time": f"{when:%Y-%m-%dT%H:%M:%S}.0Z"}


def cdn_meta(request: str, at: float) -> dict[str, Any]:
    """The `meta` of a body of cdn.nba.com, whose time is Eastern."""
    when = dt.datetime.fromtimestamp(int(at), EASTERN)
    stamp = f"{when:%Y-%m-%d %H:%M:%S}.000000"
    return {"version": 1, "code": 200, "request": f"http://nba.cloud/{request}?Format=json", "time": stamp}


def team_slug(team: Team) -> str:
    """`warriors`, `sixers`."""
    return _SLUGS.get(team.nba, team.name.lower().replace(" ", "-"))


def team_of(team: Team) -> dict[str, Any]:
    """How each team of a V3 body begins."""
    return {"teamId": team.nba_id, "teamName": team.name, "teamCity": team.location, "teamTricode": team.nba}


def player_slug(player: Player) -> str:
    """`jonah-farrow`."""
    return f"{player.first}-{player.last}".lower()


def status_of(game: Game, state: GameState) -> dict[str, Any]:
    """`gameStatus` and its text, which is the tip-off before, and says nothing of a date."""
    overtimes = len(game.home_periods) - 4
    at = dt.datetime.fromtimestamp(game.tip_off, EASTERN)
    text = {
        GameState.BEFORE: f"{at.hour % 12 or 12}:{at:%M} {'pm' if at.hour >= 12 else 'am'} ET",
        GameState.LIVE: "Q3 12:00",
        GameState.OVER: "Final" + ("" if not overtimes else "/OT" if overtimes == 1 else f"/OT{overtimes}"),
    }[state]
    return {"gameStatus": _STATUS[state], "gameStatusText": text}


def code_of(game: Game) -> str:
    """`20241215/NYKORL`: the Eastern day, the visitors, the home team."""
    return f"{game.day:%Y%m%d}/{game.away.nba}{game.home.nba}"


def eastern(at: float) -> str:
    """`2024-12-15T19:00:00Z`: Eastern time, with a `Z` that is not true."""
    return f"{dt.datetime.fromtimestamp(at, EASTERN):%Y-%m-%dT%H:%M:%S}Z"


def score_of(game: Game, state: GameState, *, is_home: bool) -> dict[str, Any]:
    """`score` and `periods` of one side, as far as they are known."""
    told = (game.home_periods if is_home else game.away_periods)[: periods_told(game, state)]
    periods = [
        {"period": number, "periodType": period_type(number), "score": points}
        for number, points in enumerate(told, start=1)
    ]
    return {"score": sum(told), "periods": periods}


def period_type(number: int) -> str:
    """REGULAR or OVERTIME."""
    return "REGULAR" if number <= 4 else "OVERTIME"


def share(part: float, whole: float, digits: int = 3) -> float:
    """A percentage as a share of 1; 0 of nothing."""
    return round(part / whole, digits) if whole else 0.0


def clock_of(seconds: float) -> str:
    """`PT11M32.00S`."""
    minutes, rest = divmod(seconds, 60)
    return f"PT{int(minutes):02d}M{rest:05.2f}S"


def instant_of(game: Game, play: Play) -> str:
    """When a play happened, in UTC."""
    periods = len(game.home_periods)
    elapsed = (game.ends_at - game.tip_off) * (play.period - play.clock / 720) / periods
    return iso(game.tip_off + elapsed)


def place_of(play: Play, number: int) -> tuple[int, int]:
    """Where a shot was taken, in tenths of a foot from the basket; `number` spreads them."""
    across = (number * 37 % 21 - 10) / 10
    tenths = play.distance * 10
    x = round(across * tenths * 0.8)
    return x, round((max(0, tenths * tenths - x * x)) ** 0.5)


class Counts:
    """Each player's and team's counts so far, which descriptions of plays name."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, object], int] = {}

    def add(self, what: str, of: object, count: int = 1) -> int:
        """Count for a player or a team; the new number."""
        self._counts[what, of] = self.of(what, of) + count
        return self._counts[what, of]

    def of(self, what: str, of: object) -> int:
        """The number so far."""
        return self._counts.get((what, of), 0)


def with_starts(plays: tuple[Play, ...]) -> Iterator[tuple[Play, bool]]:
    """Plays, with (play, True) where a period begins: nba.com has a line for that."""
    period = 0
    for play in plays:
        if play.period != period:
            period = play.period
            yield play, True
        yield play, False


def table(
    name: str, resource: str, parameters: Mapping[str, Any], headers: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """A V1 body of one result set; it repeats the parameters as the server understood them."""
    values = [[row[header] for header in headers] for row in rows]
    result = {"name": name, "headers": list(headers), "rowSet": values}
    return {"resource": resource, "parameters": dict(parameters), "resultSets": [result]}
