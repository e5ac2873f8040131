"""The reference of the lake's tables, in Markdown: made of the same schema as the tables themselves."""

from __future__ import annotations

from adce_async.model.lake_tables import TABLES, Column, LakeTable

_HEAD = """\
# The lake as tables

`adce tables` makes Parquet files of what is stored and verified, `adce tables query "select ..."` asks them in SQL
(DuckDB's). This file is generated: `make docs`.

    adce tables                                         # beside the inventory; --into FOLDER for elsewhere
    adce tables query "select source, count(*) from games group by source"
    adce tables query --csv "select * from player_box_scores where preferred and points >= 50" > fifty.csv

Each table is a folder of files that everything opens, also while they are brought up to date:

    duckdb.sql("select * from 'tables/games/*.parquet'")
    polars.scan_parquet("tables/plays/*.parquet")
    pandas.read_parquet("tables/player_box_scores")

## What is in them

- **What is verified.** An object is in the tables once its scraper's check has accepted it as it is: what we stored
  was checked then, what others stored is after `adce verify`. What is unverified, invalid or damaged is left out,
  counted and named.
- **What has changed is read, nothing else.** What each object was read from (content, and version of its scraper) is
  remembered beside the tables, in `.adce`, by data type and season. A run that is cut off goes on where it was. The
  lake is only read; a running service is not disturbed.
- **Sources stand side by side.** One schema over all, each row with its source and the key of its object. Where they
  contradict each other both are there, and `conflict` says in each of the rows who says what:
  `points: BOS 112 (espn, nba_api), 113 (basketball_reference)`. What is not recorded (null) contradicts nothing. Games
  of several sources meet by day and teams, players by their names without accents and suffixes.
- **Count over `preferred`.** A source may have the same game in several objects (`box_score` and `cdn_box_score` of
  nba.com, `box_score` and `team_stats` of ESPN); all their rows are there, those of one object are preferred.
- **Null is not 0.** It means that the source does not record it (1962 has no steals), or that a player did not play.
- Days are US Eastern, instants UTC, seasons `2024-25`, teams nba.com's codes of the time of the game: `SEA` in 1996.

## Where they come from

| source | data | fills |
|---|---|---|
| espn | summaries (site API and content network) | games, team_box_scores, player_box_scores, plays |
| espn | scoreboards | games, schedules |
| nba_api | box scores V3 and V2, of cdn.nba.com | games, team_box_scores, player_box_scores |
| nba_api | plays V3 and V2, of cdn.nba.com | games, plays |
| nba_api | scoreboards V3 and V2, schedules | games, schedules |
| nba_api | leaguedashplayerstats, totals | season_totals |
| basketball_reference | box scores, play-by-play | games, team_box_scores, player_box_scores, plays |
| basketball_reference | schedules by month, of playoffs; indexes of days | games, schedules |
| basketball_reference | totals of a season | season_totals |
| hoopr | Parquet assets: nba_schedule, team_box, player_box, play_by_play | games, all box scores, plays, schedules |

hoopR writes ESPN's numbers: that both agree proves little. A game is in `games` if a source has any object that tells
its result; of several the one that tells most is taken.
"""
_TYPES = {
    "text": "string", "integer": "int32", "number": "double", "flag": "bool", "day": "date32",
    "time": "timestamp[us, UTC]", "integers": "list<int32>",
}  # fmt: skip


def markdown() -> str:
    """All of it."""
    return "\n".join([_HEAD, *(_table(table) for table in TABLES.values())])


def _table(table: LakeTable) -> str:
    lines = [f"## {table.name}", "", f"{table.rows}.", "", "| column | type | unit | what it is |", "|---|---|---|---|"]
    lines += map(_row, table.columns)
    return "\n".join(lines) + f"\n\nCompared between sources: {', '.join(f'`{name}`' for name in table.compared)}.\n"


def _row(column: Column) -> str:
    return f"| `{column.name}` | {_TYPES[column.type]} | {column.unit or '-'} | {column.meaning} |"
