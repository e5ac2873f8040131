"""A league that never was, generated: the same seed and day always give the same games.

Teams and their spellings are real, as each source has them; players, schedules and results are made up. Nothing is
kept: a day's games are a pure function of (seed, day), what happened in one is in `adce_async.demo.plays`.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adce_async.model.days import EASTERN
from adce_async.model.seasons import end_year, season_of_day
from adce_async.model.teams import NBA_TEAM_IDS

GAME_SECONDS = 2.5 * 3600
"""From tip-off to the end, whatever the number of overtimes."""

MAX_GAMES_PER_DAY = 15

_FIRST_DAY = dt.date(1946, 1, 1)
_FIRST_EVENT = 401_000_000
_SLOTS = MAX_GAMES_PER_DAY + 1
_TIP_OFFS = ("19:00", "19:30", "20:00", "20:30", "21:00", "22:00", "22:30")
_NBA_ID = re.compile(r"00[24](\d\d)(\d{5})")
_NBA_TEAM_IDS = {code: int(team_id) for team_id, code in NBA_TEAM_IDS.items()}
_DIVISIONS = {
    "Atlantic": "BOS BKN NYK PHI TOR",
    "Central": "CHI CLE DET IND MIL",
    "Southeast": "ATL CHA MIA ORL WAS",
    "Northwest": "DEN MIN OKC POR UTA",
    "Pacific": "GSW LAC LAL PHX SAC",
    "Southwest": "DAL HOU MEM NOP SAS",
}
_DIVISION_OF = {code: division for division, codes in _DIVISIONS.items() for code in codes.split()}
_EAST = ("Atlantic", "Central", "Southeast")


@dataclass(frozen=True, slots=True)
class Team:
    """A team under the names that its sources give it."""

    location: str
    name: str
    espn_id: str
    espn: str
    bbref: str
    nba: str
    color: str

    @property
    def full_name(self) -> str:
        """`Golden State Warriors`."""
        return f"{self.location} {self.name}"

    @property
    def nba_id(self) -> int:
        """nba.com's ten digits."""
        return _NBA_TEAM_IDS[self.nba]

    @property
    def division(self) -> str:
        """`Pacific`."""
        return _DIVISION_OF[self.nba]

    @property
    def conference(self) -> str:
        """`East` or `West`."""
        return "East" if self.division in _EAST else "West"

    @property
    def bbref_name(self) -> str:
        """The same as Basketball-Reference writes it: one team differs, `Los Angeles Clippers`."""
        return f"{'Los Angeles' if self.location == 'LA' else self.location} {self.name}"


def _team(location: str, name: str, espn_id: int, espn: str, color: str, bbref: str = "", nba: str = "") -> Team:
    return Team(location, name, str(espn_id), espn, bbref or espn, nba or espn, color)


TEAMS = (
    _team("Atlanta", "Hawks", 1, "ATL", "c8102e"),
    _team("Boston", "Celtics", 2, "BOS", "008348"),
    _team("Brooklyn", "Nets", 17, "BKN", "000000", "BRK"),
    _team("Charlotte", "Hornets", 30, "CHA", "008ca8", "CHO"),
    _team("Chicago", "Bulls", 4, "CHI", "ce1141"),
    _team("Cleveland", "Cavaliers", 5, "CLE", "860038"),
    _team("Dallas", "Mavericks", 6, "DAL", "0064b1"),
    _team("Denver", "Nuggets", 7, "DEN", "0e2240"),
    _team("Detroit", "Pistons", 8, "DET", "1d428a"),
    _team("Golden State", "Warriors", 9, "GS", "fdb927", "GSW", "GSW"),
    _team("Houston", "Rockets", 10, "HOU", "ce1141"),
    _team("Indiana", "Pacers", 11, "IND", "002d62"),
    _team("LA", "Clippers", 12, "LAC", "12173f"),
    _team("Los Angeles", "Lakers", 13, "LAL", "552583"),
    _team("Memphis", "Grizzlies", 29, "MEM", "5d76a9"),
    _team("Miami", "Heat", 14, "MIA", "98002e"),
    _team("Milwaukee", "Bucks", 15, "MIL", "00471b"),
    _team("Minnesota", "Timberwolves", 16, "MIN", "266092"),
    _team("New Orleans", "Pelicans", 3, "NO", "0a2240", "NOP", "NOP"),
    _team("New York", "Knicks", 18, "NY", "1d428a", "NYK", "NYK"),
    _team("Oklahoma City", "Thunder", 25, "OKC", "007ac1"),
    _team("Orlando", "Magic", 19, "ORL", "0077c0"),
    _team("Philadelphia", "76ers", 20, "PHI", "1d428a"),
    _team("Phoenix", "Suns", 21, "PHX", "29127a", "PHO"),
    _team("Portland", "Trail Blazers", 22, "POR", "e03a3e"),
    _team("Sacramento", "Kings", 23, "SAC", "5a2d81"),
    _team("San Antonio", "Spurs", 24, "SA", "000000", "SAS", "SAS"),
    _team("Toronto", "Raptors", 28, "TOR", "d91244"),
    _team("Utah", "Jazz", 26, "UTAH", "000000", "UTA", "UTA"),
    _team("Washington", "Wizards", 27, "WSH", "e31837", "WAS", "WAS"),
)


@dataclass(frozen=True, slots=True)
class Game:
    """One game with its result: points by period, overtimes included, whether it is over yet or not."""

    seed: int
    day: dt.date
    slot: int
    home: Team
    away: Team
    tip_off: float
    """Seconds since the epoch."""
    home_periods: tuple[int, ...]
    away_periods: tuple[int, ...]
    attendance: int

    @property
    def event_id(self) -> str:
        """ESPN's 9 digits."""
        return str(_FIRST_EVENT + (self.day - _FIRST_DAY).days * _SLOTS + self.slot)

    @property
    def bbref_id(self) -> str:
        """Basketball-Reference's `YYYYMMDD0HOM`."""
        return f"{self.day:%Y%m%d}0{self.home.bbref}"

    @property
    def nba_id(self) -> str:
        """nba.com's ten digits: type, year in which the season begins, number."""
        start = self.season_end - 1
        number = (self.day - dt.date(start, 10, 1)).days * _SLOTS + self.slot + 1
        return f"00{4 if self.is_playoff else 2}{start % 100:02d}{number:05d}"

    @property
    def season_end(self) -> int:
        """The year in which its season ends."""
        return end_year(season_of_day(self.day))

    @property
    def is_playoff(self) -> bool:
        """From the middle of April to June, as in most seasons."""
        return (4, 19) <= (self.day.month, self.day.day) < (7, 1)

    @property
    def home_points(self) -> int:
        """The final score."""
        return sum(self.home_periods)

    @property
    def away_points(self) -> int:
        """The final score."""
        return sum(self.away_periods)

    @property
    def ends_at(self) -> float:
        """Seconds since the epoch."""
        return self.tip_off + GAME_SECONDS


@dataclass(frozen=True, slots=True)
class League:
    """The games of a range of days, both ends included."""

    seed: int
    first_day: dt.date
    last_day: dt.date
    games_per_day: int = 6
    _count: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_count", max(0, min(self.games_per_day, MAX_GAMES_PER_DAY)))

    def days(self) -> Iterator[dt.date]:
        """Each day with games, in order."""
        day = self.first_day
        while self._count and day <= self.last_day:
            yield day
            day += dt.timedelta(days=1)

    def games(self, day: dt.date) -> tuple[Game, ...]:
        """The games of `day` by tip-off; none outside the range. No team plays twice a day."""
        if not self.first_day <= day <= self.last_day:
            return ()
        return _games_of(self.seed, day, self._count)

    def game_of_event(self, event_id: str) -> Game | None:
        """The game with this ESPN id, if the league has it."""
        if not (event_id.isascii() and event_id.isdigit() and len(event_id) == 9):
            return None
        days, slot = divmod(int(event_id) - _FIRST_EVENT, _SLOTS)
        if not 0 <= days <= (self.last_day - _FIRST_DAY).days:
            return None
        games = self.games(_FIRST_DAY + dt.timedelta(days=days))
        return games[slot] if slot < len(games) else None

    def game_of_bbref(self, game_id: str) -> Game | None:
        """The game with this Basketball-Reference id, if the league has it."""
        try:
            day = dt.date.fromisoformat(game_id[:8])
        except ValueError:
            return None
        return next((game for game in self.games(day) if game.bbref_id == game_id), None)

    def game_of_nba(self, game_id: str) -> Game | None:
        """The game with this nba.com id, if the league has it."""
        match = _NBA_ID.fullmatch(game_id)
        if match is None or not game_id.isascii():
            return None
        start = int(match[1]) + (1900 if int(match[1]) >= _FIRST_DAY.year % 100 else 2000)
        days, slot = divmod(int(match[2]) - 1, _SLOTS)
        games = self.games(dt.date(start, 10, 1) + dt.timedelta(days=days))
        game = games[slot] if slot < len(games) else None
        return game if game is not None and game.nba_id == game_id else None

    def season(self, year: int) -> Iterator[Game]:
        """The games of the season that ends in `year`, by tip-off."""
        days = (day for day in self.days() if end_year(season_of_day(day)) == year)
        return (game for day in days for game in self.games(day))


@functools.lru_cache(maxsize=64)
def _games_of(seed: int, day: dt.date, count: int) -> tuple[Game, ...]:
    dice = random.Random(f"{seed} {day}")  # noqa: S311  # has to repeat, not to be secret
    teams = dice.sample(TEAMS, 2 * count)
    tip_offs = sorted(dice.choice(_TIP_OFFS) for _ in range(count))
    games = []
    for slot, tip_off in enumerate(tip_offs):
        at = dt.datetime.combine(day, dt.time.fromisoformat(tip_off), EASTERN).timestamp()
        home, away = _periods(dice)
        pair = teams[2 * slot : 2 * slot + 2]
        games.append(Game(seed, day, slot, pair[0], pair[1], at, home, away, dice.randrange(14_000, 20_000)))
    return tuple(games)


def _periods(dice: random.Random) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Points by period of both sides: four quarters, then overtimes until it is no tie."""
    home = [dice.randint(18, 38) for _ in range(4)]
    away = [dice.randint(18, 38) for _ in range(4)]
    if dice.random() < 0.06 and 12 <= (level := away[3] + sum(home) - sum(away)) <= 44:
        away[3] = level  # else overtimes would be too rare for a week to show one
    while sum(home) == sum(away):
        home.append(dice.randint(4, 16))
        away.append(dice.randint(4, 16))
    return tuple(home), tuple(away)
