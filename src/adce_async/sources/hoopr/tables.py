"""hoopR's release assets as rows of tables: ESPN's games, a whole season of one table in each file.

It writes ESPN's numbers, so its agreement with ESPN proves little. Files are read in batches, column by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pyarrow.parquet import ParquetFile

from adce_async.model.facts import GameFacts, SideFacts
from adce_async.model.lake_tables import RESULTS, Row, Rows
from adce_async.model.seasons import season_of_end_year
from adce_async.model.teams import canonical_team
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.table_rows import day, integer, minutes_of, renamed, results

_BATCH = 20_000
"""Rows."""
_STATS = {
    "field_goals_made": "field_goals_made", "field_goals_attempted": "field_goals_attempted",
    "three_point_field_goals_made": "three_pointers_made",
    "three_point_field_goals_attempted": "three_pointers_attempted",
    "free_throws_made": "free_throws_made", "free_throws_attempted": "free_throws_attempted",
    "offensive_rebounds": "offensive_rebounds", "defensive_rebounds": "defensive_rebounds", "assists": "assists",
    "steals": "steals", "blocks": "blocks", "turnovers": "turnovers", "fouls": "fouls",
}  # fmt: skip
_SEASON_TYPES = {1: "preseason", 2: "regular", 3: "playoffs", 5: "play_in"}
FILES: Mapping[str, str] = {
    "nba_schedule": "schedules",
    "play_by_play": "plays",
    "team_box": "team_box_scores",
    "player_box": "player_box_scores",
}
"""An asset without its season -> the table that it fills."""


def asset(scraper: Scraper, page: Page, want: Want) -> Iterator[Rows]:
    """The rows of one asset, some at a time; which one, the scraper's URL says."""
    name = file_of(scraper.url)
    numbers: dict[str, int] = {}
    for batch in batches(page):
        yield _rows(name, batch, want, numbers)


def _rows(name: str, batch: list[dict[str, Any]], want: Want, numbers: dict[str, int]) -> Rows:
    """`numbers`: game -> plays of it so far."""
    made: list[Row] = []
    games: dict[str, GameFacts] = {}
    for record in batch:
        row = _MAKERS[name](record)
        row |= {"game_id": _id(record.get("game_id"))}
        year = integer(record.get("season"))
        season = season_of_end_year(year) if year else want.fields.get("season")
        row["season"] = season
        row["date"] = day(record.get("game_date"))
        for side in ("home", "away", "team"):
            if row.get(side):
                row[side] = canonical_team("hoopr", str(row[side]), season)
        if name == "play_by_play":
            numbers[row["game_id"]] = row["number"] = numbers.get(row["game_id"], 0) + 1
        if name == "nba_schedule" and row["state"] == "final":
            games[row["game_id"]] = _facts(row)
        made.append(row)
    return {FILES[name]: made, RESULTS: results(games.values())}


def file_of(url: str) -> str:
    """The name of an asset without its season.

    >>> file_of("https://github.com/o/r/releases/download/espn_nba_pbp/play_by_play_{season_end}.parquet")
    'play_by_play'
    """
    return urlsplit(url).path.rpartition("/")[2].partition("_{")[0]


def batches(page: Page) -> Iterator[list[dict[str, Any]]]:
    """The rows of a Parquet file, some at a time."""
    with page.open() as body:
        for batch in ParquetFile(body).iter_batches(_BATCH, use_threads=False):
            yield batch.to_pylist()


def _facts(row: Row) -> GameFacts:
    home, away = (SideFacts(str(row[side]), row[f"{side}_points"]) for side in ("home", "away"))
    date = row["date"].isoformat() if row["date"] else ""
    return GameFacts(row["game_id"], date, home, away, final=True, season_type=row["season_type"] or "")


def _game(record: Mapping[str, Any]) -> Row:
    over = record.get("status_type_completed") is True and record.get("status_type_name") == "STATUS_FINAL"
    called = {"STATUS_POSTPONED": "postponed", "STATUS_CANCELED": "cancelled", "STATUS_IN_PROGRESS": "live"}
    return {
        "season_type": _SEASON_TYPES.get(integer(record.get("season_type")) or 0),
        "home": record.get("home_abbreviation"),
        "away": record.get("away_abbreviation"),
        "state": "final" if over else called.get(str(record.get("status_type_name")), "scheduled"),
        "home_points": integer(record.get("home_score")) if over else None,
        "away_points": integer(record.get("away_score")) if over else None,
    }


def _sides(record: Mapping[str, Any], at_home: object) -> Row:
    team, other = record.get("team_abbreviation"), record.get("opponent_team_abbreviation")
    is_home = at_home == "home"
    home, away = (team, other) if is_home else (other, team)
    return {"team": team, "is_home": is_home, "home": home, "away": away}


def _team(record: Mapping[str, Any]) -> Row:
    numbers = {"rebounds": integer(record.get("total_rebounds")), "points": integer(record.get("team_score"))}
    return {**_sides(record, record.get("team_home_away")), **renamed(record, _STATS), **numbers}


def _player(record: Mapping[str, Any]) -> Row:
    played = record.get("did_not_play") is not True and record.get("minutes") is not None
    row: Row = {
        **_sides(record, record.get("home_away")),
        "player_id": _id(record.get("athlete_id")),
        "player": record.get("athlete_display_name"),
        "starter": record.get("starter") is True,
        "played": played,
    }
    if not played:
        return row
    more = {name: integer(record.get(name)) for name in ("rebounds", "points", "plus_minus")}
    return row | {"minutes": minutes_of(record.get("minutes")), **renamed(record, _STATS), **more}


def _play(record: Mapping[str, Any]) -> Row:
    minutes, seconds = record.get("clock_minutes"), record.get("clock_seconds")
    left = None if minutes is None or seconds is None else float(minutes) * 60 + float(seconds)
    of = {
        record.get(f"{side}_team_id"): record.get(f"{side}_team_abbrev")
        for side in ("home", "away")
        if record.get(f"{side}_team_id") is not None
    }
    return {
        "home": record.get("home_team_abbrev"),
        "away": record.get("away_team_abbrev"),
        "play_id": _id(record.get("id")),
        "period": integer(record.get("period_number")) or integer(record.get("qtr")),
        "clock": left,
        "team": of.get(record.get("team_id")),
        "player_id": _id(record.get("athlete_id_1")),
        "kind": record.get("type_text"),
        "description": record.get("text"),
        "home_score": integer(record.get("home_score")),
        "away_score": integer(record.get("away_score")),
    }


def _id(value: object) -> str | None:
    """A number as text, without the `.0` that a column with gaps gives it."""
    number = integer(value)
    return str(number) if number is not None else None if value is None else str(value)


_MAKERS = {"nba_schedule": _game, "play_by_play": _play, "team_box": _team, "player_box": _player}
