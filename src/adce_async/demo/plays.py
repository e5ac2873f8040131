"""What happened in a game of the generated league: its plays, and the box lines that follow from them.

The result comes first (`league.Game`); the plays are made so that the score runs up to it period by period, and
the box lines are counted from the plays. So everything that any page says about a game agrees.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adce_async.demo.league import TEAMS, Game, Team

ROSTER = 13
ACTIVE = 10
STARTERS = 5

_FIRST_NAMES = (
    "Aaron", "Ben", "Caleb", "Darius", "Elias", "Felix", "Gabe", "Hugo", "Isaac", "Jonah", "Kyle", "Leon", "Marcus",
    "Nate", "Omar", "Pavel", "Quentin", "Rudy", "Silas", "Theo", "Ulrich", "Victor", "Wes", "Yannick", "Zeke",
)  # fmt: skip
_LAST_NAMES = (
    "Abernathy", "Bellamy", "Castellan", "Dunmore", "Eastwick", "Farrow", "Garland", "Hawthorn", "Ingram", "Jessop",
    "Kirkwood", "Lachlan", "Merriweather", "Northcott", "Oakley", "Pemberton", "Quillen", "Ravenel", "Stockdale",
    "Thackeray", "Underhill", "Vandermeer", "Whitlock", "Yarborough", "Zimmer", "Ashgrove", "Birchall", "Colbrook",
)  # fmt: skip
_POSITIONS = ("Guard", "Guard", "Forward", "Forward", "Center")


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who does not exist."""

    first: str
    last: str
    espn_id: str
    bbref_id: str
    nba_id: int
    jersey: str
    position: str

    @property
    def name(self) -> str:
        """`Jonah Farrow`."""
        return f"{self.first} {self.last}"

    @property
    def short(self) -> str:
        """`J. Farrow`."""
        return f"{self.first[0]}. {self.last}"


class Kind(StrEnum):
    """What a play is. A block goes with a MISS, a steal with a TURNOVER, an assist with a MAKE (`Play.other`)."""

    JUMP_BALL = "jump ball"
    MAKE = "make"
    MISS = "miss"
    FREE_THROW = "free throw"
    OFFENSIVE_REBOUND = "offensive rebound"
    DEFENSIVE_REBOUND = "defensive rebound"
    TURNOVER = "turnover"
    FOUL = "foul"
    SUBSTITUTION = "substitution"
    TIMEOUT = "timeout"
    END_PERIOD = "end period"
    END_GAME = "end game"


@dataclass(frozen=True, slots=True)
class Play:
    """One line of a play-by-play, with the score after it."""

    kind: Kind
    period: int
    clock: float
    """Seconds left in the period."""
    home_score: int
    away_score: int
    is_home: bool | None = None
    player: Player | None = None
    other: Player | None = None
    worth: int = 0
    """Points that the shot is worth, made or not."""
    made: bool = False
    distance: int = 0
    """Feet from the basket."""
    attempt: tuple[int, int] = (0, 0)
    """Of a free throw: number, of how many."""

    @property
    def points(self) -> int:
        """Points that it brought."""
        return self.worth if self.made else 0


@dataclass(slots=True)
class Line:
    """A player's line of the box score, or a team's totals; counts, except `seconds` on the court."""

    seconds: int = 0
    fg: int = 0
    fga: int = 0
    fg3: int = 0
    fg3a: int = 0
    ft: int = 0
    fta: int = 0
    orb: int = 0
    drb: int = 0
    ast: int = 0
    stl: int = 0
    blk: int = 0
    tov: int = 0
    pf: int = 0
    pts: int = 0
    plus_minus: int = 0

    @property
    def trb(self) -> int:
        """All rebounds."""
        return self.orb + self.drb


@functools.lru_cache(maxsize=64)
def roster(seed: int, team: Team) -> tuple[Player, ...]:
    """The team's players, starters first; those after the first ten do not play."""
    dice = random.Random(f"{seed} roster {team.bbref}")  # noqa: S311  # has to repeat, not to be secret
    number = TEAMS.index(team)
    players = []
    for index, last in enumerate(dice.sample(_LAST_NAMES, ROSTER)):
        first = dice.choice(_FIRST_NAMES)
        slug = f"{last[:5]}{first[:2]}{number:02d}".lower()
        position = _POSITIONS[index % len(_POSITIONS)]
        espn_id = str(4_000_000 + number * 100 + index)
        nba_id = 1_700_000 + number * 100 + index
        players.append(Player(first, last, espn_id, slug, nba_id, str(index * 4 % 55), position))
    return tuple(players)


@functools.lru_cache(maxsize=64)
def plays_of(game: Game) -> tuple[Play, ...]:
    """All plays of a game, from the jump ball to the end; between 300 and 400 without overtime."""
    return tuple(_Narration(game).tell())


class _Narration:
    """Tells a game play by play, keeping the running score."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.dice = random.Random(f"{game.seed} plays {game.event_id}")  # noqa: S311  # has to repeat
        self.sides = {True: roster(game.seed, game.home)[:ACTIVE], False: roster(game.seed, game.away)[:ACTIVE]}
        self.score = {True: 0, False: 0}
        self.period = 1
        self.clock = 0.0

    def tell(self) -> Iterator[Play]:
        periods = list(zip(self.game.home_periods, self.game.away_periods, strict=True))
        for self.period, (home, away) in enumerate(periods, start=1):
            self.clock = float(period_seconds(self.period))
            if self.period == 1:
                yield self._play(Kind.JUMP_BALL, True, self.sides[True][4], self.sides[False][4])
            possessions = [*_interleave(self._possessions(home, True), self._possessions(away, False))]
            step = self.clock / (len(possessions) + 1)
            for is_home, what in possessions:
                self.clock -= step
                yield from self._possession(is_home, what)
            self.clock = 0.0
            yield self._play(Kind.END_PERIOD)
        yield self._play(Kind.END_GAME)

    def _possessions(self, points: int, is_home: bool) -> list[tuple[bool, str]]:
        """A shuffled list of possessions of one side that bring exactly `points` in this period."""
        short = self.period > 4
        threes = self.dice.randint(0, min(2 if short else 4, points // 3))
        rest = points - 3 * threes
        throws = min(rest, rest % 2 + 2 * self.dice.randint(0, 1 if short else 2))
        what = ["three"] * threes + ["two"] * ((rest - throws) // 2)
        what += ["trip 2"] * (throws // 2) + ["trip 1"] * (throws % 2)
        what += ["miss"] * (4 if short else self.dice.randint(8, 10))
        what += ["turnover"] * (1 if short else self.dice.randint(2, 4))
        what += ["substitution"] * (1 if short else 3) + ["timeout"]
        self.dice.shuffle(what)
        return [(is_home, one) for one in what]

    def _possession(self, is_home: bool, what: str) -> Iterator[Play]:
        ours, theirs = self.sides[is_home], self.sides[not is_home]
        player = self._pick(ours)
        if what in ("two", "three"):
            worth = 2 if what == "two" else 3
            helper = self._pick(ours) if self.dice.random() < 0.6 else None
            yield self._shot(Kind.MAKE, is_home, player, None if helper is player else helper, worth)
        elif what == "miss":
            worth = 3 if self.dice.random() < 0.4 else 2
            blocker = self._pick(theirs) if worth == 2 and self.dice.random() < 0.15 else None
            yield self._shot(Kind.MISS, is_home, player, blocker, worth)
            yield self._rebound(is_home)
        elif what == "turnover":
            yield self._play(Kind.TURNOVER, is_home, player, self._pick(theirs) if self.dice.random() < 0.5 else None)
        elif what.startswith("trip"):
            yield self._play(Kind.FOUL, not is_home, self._pick(theirs))
            both = what == "trip 2"
            yield self._throw(is_home, player, 1, made=True)
            yield self._throw(is_home, player, 2, made=both)
            if not both:
                yield self._rebound(is_home)
        elif what == "substitution":
            comes, goes = self.dice.randrange(STARTERS, ACTIVE), self.dice.randrange(STARTERS)
            yield self._play(Kind.SUBSTITUTION, is_home, ours[comes], ours[goes])
        else:
            yield self._play(Kind.TIMEOUT, is_home)

    def _pick(self, players: Sequence[Player]) -> Player:
        """Starters come up more often."""
        chance = self.dice.random()
        return players[int(chance * chance**0.5 * ACTIVE)]

    def _shot(self, kind: Kind, is_home: bool, player: Player, other: Player | None, worth: int) -> Play:
        made = kind is Kind.MAKE
        self.score[is_home] += worth if made else 0
        distance = self.dice.randint(23, 28) if worth == 3 else self.dice.randint(1, 19)
        return self._play(kind, is_home, player, other, worth=worth, made=made, distance=distance)

    def _throw(self, is_home: bool, player: Player, number: int, *, made: bool) -> Play:
        self.score[is_home] += made
        return self._play(Kind.FREE_THROW, is_home, player, worth=1, made=made, attempt=(number, 2))

    def _rebound(self, is_home: bool) -> Play:
        """After a miss of the side `is_home`."""
        if self.dice.random() < 0.25:
            return self._play(Kind.OFFENSIVE_REBOUND, is_home, self._pick(self.sides[is_home]))
        return self._play(Kind.DEFENSIVE_REBOUND, not is_home, self._pick(self.sides[not is_home]))

    def _play(
        self,
        kind: Kind,
        is_home: bool | None = None,
        player: Player | None = None,
        other: Player | None = None,
        *,
        worth: int = 0,
        made: bool = False,
        distance: int = 0,
        attempt: tuple[int, int] = (0, 0),
    ) -> Play:
        home, away = self.score[True], self.score[False]
        clock = round(self.clock, 1)
        return Play(kind, self.period, clock, home, away, is_home, player, other, worth, made, distance, attempt)


def _interleave(home: list[tuple[bool, str]], away: list[tuple[bool, str]]) -> Iterator[tuple[bool, str]]:
    for pair in itertools.zip_longest(home, away):
        yield from (one for one in pair if one)


def period_seconds(period: int) -> int:
    """12 minutes, 5 in an overtime."""
    return 720 if period <= 4 else 300


def box_of(game: Game, plays: Iterable[Play], *, is_home: bool) -> dict[Player, Line]:
    """The lines of one side, counted from `plays`: those who played, in the order of the roster.

    Points, attempts and so on sum to the team's; minutes sum to five times the length of the periods played.
    """
    team = game.home if is_home else game.away
    players = roster(game.seed, team)[:ACTIVE]
    lines = {player: Line() for player in players}
    periods = margin = 0
    for play in plays:
        periods = play.period
        margin = (play.home_score - play.away_score) * (1 if is_home else -1)
        if play.player in lines and play.is_home is is_home:
            _count(lines, play)
        elif play.other in lines and play.kind in (Kind.MISS, Kind.TURNOVER):
            line = lines[play.other]
            line.blk += play.kind is Kind.MISS
            line.stl += play.kind is Kind.TURNOVER
    _share_minutes(lines, sum(period_seconds(number) for number in range(1, periods + 1)), margin)
    return lines


@functools.lru_cache(maxsize=128)
def final_box(game: Game, *, is_home: bool) -> Mapping[Player, Line]:
    """`box_of` all plays of a game; shared, so not to be changed."""
    return box_of(game, plays_of(game), is_home=is_home)


def _count(lines: dict[Player, Line], play: Play) -> None:
    """Count a play for the player whose play it is, and an assist for the other."""
    if play.player is None:
        return
    line = lines[play.player]
    line.pts += play.points
    if play.kind in (Kind.MAKE, Kind.MISS):
        line.fga += 1
        line.fg += play.made
        line.fg3a += play.worth == 3
        line.fg3 += play.made and play.worth == 3
        if play.made and play.other is not None:
            lines[play.other].ast += 1
    elif play.kind is Kind.FREE_THROW:
        line.fta += 1
        line.ft += play.made
    line.orb += play.kind is Kind.OFFENSIVE_REBOUND
    line.drb += play.kind is Kind.DEFENSIVE_REBOUND
    line.tov += play.kind is Kind.TURNOVER
    line.pf += play.kind is Kind.FOUL


def _share_minutes(lines: dict[Player, Line], seconds: int, margin: int) -> None:
    """Two thirds of the time to the starters; plus-minus by the same shares, so that it sums to five margins."""
    for index, line in enumerate(lines.values()):
        line.seconds = seconds * (2 if index < STARTERS else 1) // 3
        line.plus_minus = margin * 3 // 5 if index < STARTERS else 0
    starters = list(lines.values())[:STARTERS]
    starters[0].plus_minus += 5 * margin - sum(line.plus_minus for line in lines.values())


def total(lines: Iterable[Line]) -> Line:
    """The team's line: the sum of its players'."""
    team = Line()
    for line in lines:
        for name in Line.__slots__:
            setattr(team, name, getattr(team, name) + getattr(line, name))
    return team
