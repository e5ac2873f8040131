"""What a season has come to: the record of each team and the totals of each player, from the games that are over.

Standings and season tables of all sources are made of these, so they agree with each other and with the games.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adce_async.demo.league import TEAMS, Game, League, Team
from adce_async.demo.plays import STARTERS, Line, Player, final_box, total
from adce_async.demo.site import GameState, state_of


@dataclass(frozen=True, slots=True)
class Record:
    """The games of one team, by tip-off."""

    team: Team
    games: tuple[Game, ...]

    def won(self, game: Game) -> bool:
        """Whether the team won `game`."""
        return (game.home_points > game.away_points) is (game.home is self.team)

    def tally(self, counts: Callable[[Game], bool] = lambda _game: True) -> tuple[int, int]:
        """Wins and losses in the games that count."""
        results = [self.won(game) for game in self.games if counts(game)]
        return sum(results), len(results) - sum(results)

    def text(self, counts: Callable[[Game], bool] = lambda _game: True) -> str:
        """The same as `12-3`."""
        wins, losses = self.tally(counts)
        return f"{wins}-{losses}"

    @property
    def wins(self) -> int:
        """Games won."""
        return self.tally()[0]

    @property
    def losses(self) -> int:
        """Games lost."""
        return self.tally()[1]

    @property
    def share(self) -> float:
        """Share of games won; 0 without games."""
        return self.wins / len(self.games) if self.games else 0.0

    @property
    def points(self) -> int:
        """Points scored in all games."""
        return sum(game.home_points if game.home is self.team else game.away_points for game in self.games)

    @property
    def against(self) -> int:
        """Points conceded in all games."""
        return sum(game.away_points if game.home is self.team else game.home_points for game in self.games)

    @property
    def streak(self) -> int:
        """How many of the last games were won in a row; negative: lost."""
        count = 0
        for game in reversed(self.games):
            won = self.won(game)
            if count and won is not (count > 0):
                break
            count += 1 if won else -1
        return count

    def opponent(self, game: Game) -> Team:
        """Whom the team played in `game`."""
        return game.away if game.home is self.team else game.home

    def behind(self, leader: Record) -> float:
        """Games behind `leader`."""
        return (leader.wins - self.wins + self.losses - leader.losses) / 2


@dataclass(slots=True)
class Totals:
    """What a player has done in all games of the season."""

    team: Team
    games: int
    starts: int
    line: Line


def finished(league: League, year: int, now: float) -> tuple[Game, ...]:
    """The regular-season games that were over at `now`, of the season that ends in `year`."""
    games = league.season(year)
    return tuple(game for game in games if not game.is_playoff and state_of(game, now) is GameState.OVER)


@functools.lru_cache(maxsize=4)
def records(games: tuple[Game, ...]) -> tuple[Record, ...]:
    """One for each team, the best first."""
    played: dict[Team, list[Game]] = {team: [] for team in TEAMS}
    for game in games:
        played[game.home].append(game)
        played[game.away].append(game)
    found = [Record(team, tuple(of)) for team, of in played.items()]
    return tuple(sorted(found, key=lambda one: (-one.share, -one.wins, one.team.nba)))


@functools.lru_cache(maxsize=4)
def totals(games: tuple[Game, ...]) -> dict[Player, Totals]:
    """For each player who has played. Some milliseconds for each game: meant for leagues of some weeks."""
    found: dict[Player, Totals] = {}
    for game in games:
        for is_home, team in ((True, game.home), (False, game.away)):
            for index, (player, line) in enumerate(final_box(game, is_home=is_home).items()):
                known = found.setdefault(player, Totals(team, 0, 0, Line()))
                known.games += 1
                known.starts += index < STARTERS
                known.line = total((known.line, line))
    return found


def best(records: Iterable[Record]) -> Record:
    """The leader of several teams."""
    return max(records, key=lambda one: (one.share, one.wins))
