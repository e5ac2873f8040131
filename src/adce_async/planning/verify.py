"""What must be true of games: within one object, between the objects of a source, between sources, over a season.

An object that contradicts itself is invalid (`broken`). Where two objects contradict each other, nobody knows from here
which one is right: that is a `Discrepancy`, which names both and the numbers, and makes no gap.

What is not recorded (None, an empty tuple) is never held against anybody, and neither is a game that is not final.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.game_results import GameResult
from adce_async.model.season_games import cup_final_day, regular_season_games
from adce_async.model.seasons import season_of_day, season_range
from adce_async.model.teams import team_of

_EXHIBITIONS = frozenset({"preseason", "all_star"})
"""Games of guests from abroad and of squads, whose codes nobody knows."""
_SQUAD_GAMES = 6
"""More than the squads of an All-Star weekend play."""
LEAGUE_SHARE = 4
"""A team of the league plays at least the fourth part of the busiest one's games; All-Star squads do not."""


def broken(facts: GameFacts) -> tuple[str, ...]:
    """The invariants that one game breaks, a line each, with the numbers; none for a game that is not final.

    >>> home = SideFacts("BOS", 112, periods=(28, 30, 24, 28), player_points=112)
    >>> broken(GameFacts("401705066", "2024-12-15", home, SideFacts("NYK", 105), final=True))
    ('game 401705066: BOS: its periods sum to 110 (28+30+24+28), the final score is 112',)
    """
    if not facts.final:
        return ()
    home, away = facts.home, facts.away
    lines = []
    if not home.team or not away.team or home.team == away.team:
        lines.append(f"expected two different teams, found {home.team!r} and {away.team!r}")
    elif home.points is not None and home.points == away.points:
        lines.append(f"a final game is no tie: {home.team} {home.points}, {away.team} {away.points}")
    for side in (home, away):
        lines += (f"{side.team or 'a team'}: {line}" for line in _broken(side))
    return tuple(f"game {facts.game_id}: {line}" for line in lines)


def _broken(side: SideFacts) -> Iterator[str]:
    points = side.points
    if points is None:
        return
    if points <= 0:
        yield f"{points} points in a final game"
        return  # that a sum differs from it says no more
    if side.player_points is not None and side.player_points != points:
        yield f"its players' points sum to {side.player_points}, the team's are {points}"
    if side.periods and sum(side.periods) != points:
        text = "+".join(map(str, side.periods))
        yield f"its periods sum to {sum(side.periods)} ({text}), the final score is {points}"
    if side.last_play is not None and side.last_play != points:
        yield f"the last play says {side.last_play}, the final score is {points}"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Objects that contradict each other, or the league's record."""

    kind: str
    """within_source, across_sources, season_games, unknown_team, never_final or refused_item."""
    message: str
    keys: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    source: str
    key: str
    result: GameResult

    def __str__(self) -> str:
        return f"{self.source} has {self.result.score} ({self.key})"


@dataclass(slots=True)
class _Unknown:
    """A code that is no team's; the first game that has it."""

    key: str
    game_id: str
    count: int = 0
    met_a_team: bool = False


class Ledger:
    """What all objects say of final games, held against each other."""

    def __init__(self) -> None:
        self._games: dict[tuple[str, str], _Said] = {}
        self._within: list[Discrepancy] = []
        self._unknown: dict[tuple[str, str, str], _Unknown] = {}
        self._seasons: dict[tuple[str, str, str], dict[str, GameResult]] = {}

    def add(
        self, source: str, key: str, found: Sequence[GameResult], *, listing: str = "", season: str | None = None
    ) -> None:
        """What the object `key` states; `season`: of games whose date it does not say.

        `listing`: the data type of which it is a part, if the objects of that one together list all games of a season.
        """
        for stated in found:
            game = _plain(stated.game_id)
            in_season = _season(stated.date) or season
            result = stated if in_season is None else self._of_its_time(source, key, stated, in_season)
            said = _Said(source, key, result)
            known = self._games.setdefault((source, game), said)
            if not known.result.agrees(result):
                message = f"game {result.game_id}: {known}, {said}"
                self._within.append(Discrepancy("within_source", message, (known.key, key), (source,)))
            if not known.result.date and result.date:
                self._games[source, game] = said  # only with a date it can be joined with other sources
            of = in_season if listing and result.season_type == "regular" else None
            if of is not None:
                self._seasons.setdefault((source, listing, of), {})[game] = result

    def discrepancies(self, *, today: dt.date, whole: Callable[[str, str], bool]) -> list[Discrepancy]:
        """All that was found. `whole(listing, season)`: all objects of that data type and season are in the lake."""
        return [*self._within, *self._unknown_teams(), *self._across(), *self._counted(today, whole)]

    def _of_its_time(self, source: str, key: str, result: GameResult, season: str) -> GameResult:
        """`result` with the teams' codes of that season, which all sources share."""
        home, away = team_of(result.home, season), team_of(result.away, season)
        if result.season_type not in _EXHIBITIONS:
            for code, team, other in ((result.home, home, away), (result.away, away, home)):
                if team is None:
                    games = self._unknown.setdefault((source, code, season), _Unknown(key, result.game_id))
                    games.count += 1
                    games.met_a_team = games.met_a_team or other is not None
        return result._replace(home=home or result.home, away=away or result.away)

    def _unknown_teams(self) -> Iterator[Discrepancy]:
        """Codes that no team has in a season. Squads of an All-Star game, whatever its type, meet each other only."""
        for (source, code, season), games in sorted(self._unknown.items()):
            if games.met_a_team or games.count > _SQUAD_GAMES:
                message = f"{source}: {code!r:.50} is no team of {season} (game {games.game_id}, {games.key})"
                yield Discrepancy("unknown_team", message, (games.key,), (source,))

    def _across(self) -> Iterator[Discrepancy]:
        """Games of several sources, joined by Eastern day and home team; where that is not known, by either team."""
        joined: dict[tuple[str, str], list[_Said]] = {}
        for said in sorted(self._games.values(), key=lambda one: not one.result.sides_known):
            result = said.result
            if result.date:
                either = ((result.date, result.home), (result.date, result.away))
                known = (
                    next((one for one in either if one in joined), either[0]) if not result.sides_known else either[0]
                )
                joined.setdefault(known, []).append(said)
        for (date, home), several in sorted(joined.items()):
            times = Counter(said.source for said in several)
            # two games of a day and team in one source can't be told apart
            single = [said for said in several if times[said.source] == 1]
            if any(not single[0].result.agrees(said.result) for said in single[1:]):
                message = f"{date} {home}: {', '.join(map(str, single))}"
                sources = tuple(said.source for said in single)
                yield Discrepancy("across_sources", message, tuple(said.key for said in single), sources)

    def _counted(self, today: dt.date, whole: Callable[[str, str], bool]) -> Iterator[Discrepancy]:
        """The regular-season games of each season that is over, against those that were played."""
        for (source, listing, season), games in sorted(self._seasons.items()):
            played = regular_season_games(season)
            if played is None or season_range(season)[1] >= today or not whole(listing, season):
                continue
            count = _regular(season, list(games.values()))
            if count != played:
                message = f"{listing} {season}: {count} final regular-season games are listed, {played} were played"
                yield Discrepancy("season_games", message, (), (source,))


def _regular(season: str, games: Sequence[GameResult]) -> int:
    """How many of `games` count, whatever a source calls the All-Star game and the final of the cup."""
    times = Counter(team for game in games for team in (game.home, game.away))
    least = max(times.values(), default=0) / LEAGUE_SHARE
    final = cup_final_day(season)
    return sum(1 for game in games if game.date != final and min(times[game.home], times[game.away]) >= least)


def _season(date: str) -> str | None:
    try:
        return season_of_day(dt.date.fromisoformat(date))
    except ValueError:
        return None


def _plain(game_id: str) -> str:
    """Some data sets of a source write `22400061` for its `0022400061`."""
    return game_id.lstrip("0") if game_id.isdecimal() else game_id
