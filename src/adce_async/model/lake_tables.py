"""The lake as tables: which there are, their columns, types and units; one schema over all sources.

`docs/tables.md` is held to this by a test. A column that a source does not record is null, never 0. Teams are nba.com's
codes of the time of the game (`model.teams`), days are US Eastern ones, seasons have the form `2024-25`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = 1
"""Raise it when tables, columns or what fills them change: files of another version are made anew."""

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Table -> rows that an object fills it with. What a row does not name is null."""

RESULTS = "results"
"""Not a table for people: what each object says of a game's result. `games`, and each `conflict`, are made of it."""


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is text, integer, number, flag, day, time (an instant, UTC, to the microsecond) or integers (a list)."""

    name: str
    type: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LakeTable:
    """`compared`: the columns in which sources can contradict each other."""

    name: str
    rows: str
    columns: tuple[Column, ...]
    compared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in order."""
        return tuple(column.name for column in self.columns)


_ORIGIN = (
    Column("source", "text", "Whose object it is: `espn`, `nba_api`, ..."),
    Column("data_type", "text", "Which of the source's data types the object is of: `box_score`"),
    Column("key", "text", "The object's key in the lake"),
    Column("fetched_at", "time", "When the object was last known to be current", "UTC"),
    Column("verified", "flag", "Its scraper's check has accepted the object as it is; others are left out"),
    Column("season", "text", "Of the game, or of the object where it is of a season"),
)
_GAME = (
    Column("game_id", "text", "The source's own id of the game"),
    Column(
        "date", "day", "US Eastern day of the game; where the object does not say it, as the source's schedule does"
    ),
    Column("home", "text", "Home team"),
    Column("away", "text", "Visiting team"),
)
_CONFLICT = Column(
    "conflict", "text", "What sources (or objects) contradict each other in, with who says what; else null"
)
_PREFERRED = Column(
    "preferred", "flag", "True for one object of each source and game: sum up over these, or a game counts twice"
)
_MADE = (
    Column("field_goals_made", "integer", "Field goals, 3-pointers included", "shots"),
    Column("field_goals_attempted", "integer", "Attempted field goals", "shots"),
    Column("three_pointers_made", "integer", "3-pointers; not recorded before 1979-80", "shots"),
    Column("three_pointers_attempted", "integer", "Attempted 3-pointers", "shots"),
    Column("free_throws_made", "integer", "Free throws", "shots"),
    Column("free_throws_attempted", "integer", "Attempted free throws", "shots"),
    Column("offensive_rebounds", "integer", "Rebounds of players at the opponent's basket", "rebounds"),
    Column("defensive_rebounds", "integer", "Rebounds of players at the own basket", "rebounds"),
    Column("rebounds", "integer", "Both; for a team, some sources count those of nobody, too", "rebounds"),
    Column("assists", "integer", "Assists", "assists"),
    Column("steals", "integer", "Steals", "steals"),
    Column("blocks", "integer", "Blocked shots", "blocks"),
    Column("turnovers", "integer", "Turnovers; for a team, some sources count those of nobody, too", "turnovers"),
    Column("fouls", "integer", "Personal fouls", "fouls"),
    Column("points", "integer", "Points", "points"),
)
_SHOOTING = tuple(column.name for column in _MADE[:6])
_OF_PLAYERS = (
    "offensive_rebounds", "defensive_rebounds", "assists", "steals", "blocks", "turnovers", "fouls", "points",
)  # fmt: skip
_SEASON_TYPE = Column(
    "season_type", "text", "preseason, regular, play_in, playoffs, cup_final, all_star; null if unknown"
)

GAMES = LakeTable(
    "games",
    "One row per source and game that is over",
    (
        *_ORIGIN, *_GAME, _SEASON_TYPE,
        Column("home_points", "integer", "Final score of the home team", "points"),
        Column("away_points", "integer", "Final score of the visitors", "points"),
        Column("home_periods", "integers", "By quarter and overtime; null where not recorded", "points"),
        Column("away_periods", "integers", "By quarter and overtime; null where not recorded", "points"),
        _CONFLICT,
    ),
    ("home_points", "away_points"),
)  # fmt: skip
TEAM_BOX_SCORES = LakeTable(
    "team_box_scores",
    "One row per object, game and team",
    (
        *_ORIGIN, *_GAME,
        Column("team", "text", "Whose line it is"),
        Column("is_home", "flag", "True for the home team"),
        Column("minutes", "number", "Of all players together: 240 without overtime", "minutes"),
        *_MADE, _PREFERRED, _CONFLICT,
    ),
    (*_SHOOTING, "assists", "steals", "blocks", "fouls", "points"),
)  # fmt: skip
PLAYER_BOX_SCORES = LakeTable(
    "player_box_scores",
    "One row per object, game and player who is listed, whether he played or not",
    (
        *_ORIGIN, *_GAME,
        Column("team", "text", "Whose player he was"),
        Column("is_home", "flag", "True for the home team"),
        Column("player_id", "text", "The source's own id of the player"),
        Column("player", "text", "His name, as the source writes it"),
        Column("starter", "flag", "He was on the floor at the tip-off"),
        Column("played", "flag", "He was on the floor at all; if not, all numbers are null"),
        Column("minutes", "number", "Time on the floor; ESPN and hoopR round to whole ones", "minutes"),
        *_MADE,
        Column("plus_minus", "integer", "His team's points less the other's while he was on the floor", "points"),
        _PREFERRED, _CONFLICT,
    ),
    (*_SHOOTING, *_OF_PLAYERS),
)  # fmt: skip
PLAYS = LakeTable(
    "plays",
    "One row per object, game and play, in the object's own order",
    (
        *_ORIGIN, *_GAME,
        Column("number", "integer", "1, 2, ... within the game, in the order of the object"),
        Column("play_id", "text", "The source's own id of the play; null if it has none"),
        Column("period", "integer", "1 to 4 are quarters, 5 the first overtime"),
        Column("clock", "number", "Time left in the period", "seconds"),
        Column("team", "text", "Whose play it is; null where it is nobody's"),
        Column("player_id", "text", "The source's own id of the first player named"),
        Column("player", "text", "His name, where the object has it"),
        Column("kind", "text", "What happened, in the source's words; null where it is only described"),
        Column("description", "text", "The play in a sentence"),
        Column("home_score", "integer", "After the play; null where the play states none", "points"),
        Column("away_score", "integer", "After the play; null where the play states none", "points"),
        _PREFERRED, _CONFLICT,
    ),
    ("home_score", "away_score"),
)  # fmt: skip
SCHEDULES = LakeTable(
    "schedules",
    "One row per object and game that it lists, played or not",
    (
        *_ORIGIN, *_GAME, _SEASON_TYPE,
        Column("starts", "time", "Tip-off, where the object says it of a game that is not over", "UTC"),
        Column("state", "text", "scheduled, live, final, postponed or cancelled"),
        Column("home_points", "integer", "Final score; null before", "points"),
        Column("away_points", "integer", "Final score; null before", "points"),
        _CONFLICT,
    ),
    ("home_points", "away_points"),
)  # fmt: skip
SEASON_TOTALS = LakeTable(
    "season_totals",
    "One row per object, player and team of a season, and one for all teams of a player who had several",
    (
        *_ORIGIN, _SEASON_TYPE,
        Column("player_id", "text", "The source's own id of the player"),
        Column("player", "text", "His name, as the source writes it"),
        Column("team", "text", "The team; null in the row of a player's teams together"),
        Column("age", "integer", "As the source gives it", "years"),
        Column("games", "integer", "Games played", "games"),
        Column("games_started", "integer", "Games started", "games"),
        Column("minutes", "number", "Time on the floor", "minutes"),
        *_MADE, _CONFLICT,
    ),
    ("games", *_SHOOTING, *_OF_PLAYERS),
)  # fmt: skip

TABLES: Mapping[str, LakeTable] = {
    table.name: table for table in (GAMES, TEAM_BOX_SCORES, PLAYER_BOX_SCORES, PLAYS, SCHEDULES, SEASON_TOTALS)
}
"""All tables by name, in the order in which people are told of them."""

RESULT_COLUMNS = (
    *GAMES.columns[:-1],
    Column("home_last", "integer", "What the last play states", "points"),
    Column("away_last", "integer", "What the last play states", "points"),
    Column("sides_known", "flag", "False where home and away are in the order in which the object names them"),
    Column("rank", "integer", "How much the object tells of the game"),
)
"""What `RESULTS` consists of."""


def columns_of(table: str) -> Sequence[Column]:
    """The columns of a table, or of RESULTS. Raises KeyError for any other name."""
    return RESULT_COLUMNS if table == RESULTS else TABLES[table].columns


def filled(rows: Iterable[Row], **common: Any) -> list[Row]:
    """Each row with what is `common` to them, where it does not say otherwise."""
    return [common | row for row in rows]


@dataclass(frozen=True, slots=True)
class TabledObject:
    """What was made of an object. `reason`: why it is in no table; empty if it is."""

    tag: str
    """Its content, and the version of the scraper that has read it."""
    modified: float
    """Seconds since the epoch."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TablePart:
    """The objects of one data type and season, whose rows are kept in one file a table."""

    source: str
    data_type: str
    season: str | None
    objects: dict[str, TabledObject]
    """By key."""

    @property
    def name(self) -> str:
        """`espn.box_score.2024-25`."""
        return f"{self.source}.{self.data_type}.{self.season or 'all'}"


@dataclass(frozen=True, slots=True)
class TableCounts:
    """What one table holds."""

    rows: int = 0
    conflicts: int = 0
    """Rows in which sources contradict each other."""

    def __add__(self, other: TableCounts) -> TableCounts:
        return TableCounts(self.rows + other.rows, self.conflicts + other.conflicts)
