"""Rows of one game as several sources tell it, and a folder that they are written to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from adce_async.adapters.tables.folder import TableFolder
from adce_async.model.lake_tables import TableCounts, TabledObject, TablePart

AT = 1_734_307_200.0
DAY = dt.date(2024, 12, 15)
SEASON = "2024-25"

Rows = dict[str, list[dict[str, Any]]]


def origin(source: str, key: str, data_type: str = "box_score") -> dict[str, Any]:
    at = dt.datetime.fromtimestamp(AT, dt.UTC)
    return {
        "source": source, "data_type": data_type, "key": key, "fetched_at": at, "verified": True, "season": SEASON,
    }  # fmt: skip


def box(
    source: str, key: str, game_id: str, home_points: int = 112, *, date: dt.date | None = DAY, **more: Any
) -> Rows:
    """A game of Boston against New York, with a line of each team and one player; `more`: of the player's line."""
    of = origin(source, key) | {"game_id": game_id}
    result = of | {
        "date": date, "home": "BOS", "away": "NYK", "home_points": home_points, "away_points": 105,
        "sides_known": True, "rank": 14,
    }  # fmt: skip
    line = of | {"home": "BOS", "away": "NYK"}
    player = {"player": "Luka Dončić", "player_id": f"{source}-1", "played": True, "points": 40, "assists": 9} | more
    return {
        "results": [result],
        "team_box_scores": [
            line | {"team": "BOS", "is_home": True, "points": home_points},
            line | {"team": "NYK", "is_home": False, "points": 105},
        ],
        "player_box_scores": [line | {"team": "BOS", "is_home": True} | player],
    }


def part(source: str, keys: list[str], *, tag: str = "1", at: float = AT, data_type: str = "box_score") -> TablePart:
    return TablePart(source, data_type, SEASON, {key: TabledObject(tag, at) for key in keys})


def store(files: TableFolder, of: TablePart, *several: Rows, keep: dict[str, float] | None = None) -> None:
    with files.write(of, keep or {}) as writer:
        for rows in several:
            for table, found in rows.items():
                writer.add(table, found)


def made(root: Path, *sources: tuple[str, Rows]) -> dict[str, TableCounts]:
    """A folder with one part a source."""
    with TableFolder(root) as files:
        files.parts()
        for source, rows in sources:
            store(files, part(source, [rows["results"][0]["key"]]), rows)
        return dict(files.finish())


def read(root: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, file by file."""
    return [row for path in sorted((root / table).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
