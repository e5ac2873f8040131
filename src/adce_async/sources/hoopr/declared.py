"""What hoopR publishes: a file for each table and season, by the year in which the season ends.

    https://github.com/sportsdataverse/sportsdataverse-data/releases/download/{tag}/{file}_{year}.{parquet|csv|rds}

Rebuilt each night of a season under the same name; of a season that has just begun there may be none yet. It is made
of ESPN's summaries, so it is no second opinion on them, and not complete: team boxes lack play-in games. The tags,
files and columns are those that sportsdataverse-py and hoopR load (and that hoopR-nba-data makes).
"""

from __future__ import annotations

from typing import Any, NamedTuple

_RELEASES = "https://github.com/sportsdataverse/sportsdataverse-data/releases/download"
_GAMES = "https://raw.githubusercontent.com/sportsdataverse/hoopR-nba-raw/main/nba/json/final"

SOURCE: dict[str, Any] = {
    "name": "hoopr",
    "description": "Whole seasons of ESPN's data as parquet and CSV files, from 2001-02 on; no key is needed",
    "terms": (
        "hoopR is MIT; no licence of the data is stated, which are ESPN's: the decision is the operator's. robots.txt"
        " of github.com is said to disallow '/*/download' to crawlers, and release assets have that word in their"
        " addresses. It is asked for and obeyed; where it does disallow them, these tasks are parked and say so. The"
        " assets are published to be fetched there by programs, a known file at a time, as hoopR's own load functions"
        " do: an operator who reads it so says 'respect_robots: false' for this source in scraper_config.yaml"
    ),
    "hosts": [
        "github.com",
        "objects.githubusercontent.com",
        "release-assets.githubusercontent.com",
        "raw.githubusercontent.com",
    ],
    "read_timeout_seconds": 60,
    "timeout_seconds": 1800,
    "max_response_bytes": 2_000_000_000,
}


class Table(NamedTuple):
    """One table: `tag` and `file` of its assets, what its rows are, and the columns by which it is known.

    Only columns that are documented for each season; others come and go over the years. `seen`: its CSV was captured.
    """

    tag: str
    file: str
    rows: str
    columns: tuple[str, ...]
    seen: bool = False


TABLES: dict[str, Table] = {
    "schedules": Table("espn_nba_schedules", "nba_schedule", "Games", ("game_id", "season", "home_id")),
    "play_by_play": Table(
        "espn_nba_pbp", "play_by_play", "Plays", ("game_id", "season", "type_text", "home_score"), seen=True
    ),
    "team_box": Table(
        "espn_nba_team_boxscores",
        "team_box",
        "Teams' lines, two a game",
        ("game_id", "season", "team_id", "opponent_team_id"),
        seen=True,
    ),
    "player_box": Table(
        "espn_nba_player_boxscores", "player_box", "Players' lines", ("game_id", "season", "athlete_id", "minutes")
    ),
    "game_rosters": Table(
        "espn_nba_game_rosters",
        "game_rosters",
        "Players of each team in each game",
        ("game_id", "season", "athlete_id", "home_away"),
    ),
    "officials": Table(
        "espn_nba_officials", "officials", "Referees of each game", ("game_id", "season", "official_display_name")
    ),
    "shots": Table(
        "espn_nba_shots", "shots", "Shots, with their places", ("game_id", "season", "coordinate_x", "scoring_play")
    ),
    "rosters": Table(
        "espn_nba_rosters", "rosters", "Players of each team, from 2024-25 on", ("season", "athlete_id", "team_id")
    ),
    "player_core": Table(
        "espn_nba_player_core", "player_core", "Players: birth, height, draft", ("season", "athlete_id")
    ),
    "player_season_stats": Table(
        "espn_nba_player_season_stats",
        "player_season_stats",
        "Statistics of each player",
        ("season", "athlete_id", "stat_name"),
    ),
    "team_season_stats": Table(
        "espn_nba_team_season_stats", "team_season_stats", "Statistics of each team", ("season", "team_id", "stat_name")
    ),
    "standings": Table(
        "espn_nba_standings",
        "standings",
        "Standings, a row for each team and figure",
        ("season", "team_id", "stat_name", "group_id"),
    ),
    "draft": Table("espn_nba_draft", "draft", "Picks of the draft, from 2003 on", ("season", "athlete_id", "round")),
    "team_crosswalk": Table(
        "nba_crosswalk",
        "nba_team_crosswalk",
        "ESPN's ids of teams and those of nba.com",
        ("season", "espn_team_id", "nba_team_id"),
    ),
    "schedule_crosswalk": Table(
        "nba_crosswalk",
        "nba_schedule_crosswalk",
        "ESPN's ids of games and those of nba.com",
        ("season", "espn_game_id", "nba_game_id"),
    ),
    "player_crosswalk": Table(
        "nba_crosswalk",
        "nba_player_crosswalk",
        "ESPN's ids of players and those of nba.com",
        ("season", "espn_team_id"),
    ),
}


def _asset(table: Table, extension: str) -> dict[str, Any]:
    return {
        "source": "hoopr",
        "description": f"{table.rows}: a season as {extension}",
        "format": extension,
        "stream": True,
        "url": f"{_RELEASES}/{table.tag}/{table.file}_{{season_end}}.{extension}",
    }


def _parquet(table: Table) -> dict[str, Any]:
    uses = "adce_async.sources.hoopr:HooprParquet"
    return _asset(table, "parquet") | {"uses": uses, "evidence": "documented"}


def _csv(table: Table, extension: str = "csv") -> dict[str, Any]:
    check = {"required": table.columns, "equals": {"season": "{season_end}"}, "min_rows": {"rows": 1}}
    seen = table.seen and extension == "csv"
    return _asset(table, extension) | {
        "format": "csv",
        "check": check,
        "evidence": "captured" if seen else "documented",
    }


SCRAPERS: dict[str, dict[str, Any]] = {
    **{f"hoopr_{name}": _parquet(table) for name, table in TABLES.items()},
    **{f"hoopr_{name}_csv": _csv(table) for name, table in TABLES.items()},
    **{f"hoopr_{name}_csv_gz": _csv(table, "csv.gz") for name, table in TABLES.items()},
    "hoopr_game": {
        "source": "hoopr",
        "uses": "adce_async.sources.hoopr:HooprGame",
        "evidence": "documented",
        "description": "One finished game as hoopR keeps it: ESPN's summary with flattened plays",
        "url": f"{_GAMES}/{{game_id}}.json",
    },
}
