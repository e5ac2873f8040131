"""How the coverage was at earlier times, in the database of the queue: a row where one has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from itertools import starmap

from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Coverage
from adce_async.model.trend import PastCoverage, Series, series_of

MAX_ROWS = 200_000
TRIM_SECONDS = 3600.0
"""Between two trims, in the time of what is recorded."""
HOUR, DAY = 3600.0, 86400.0

_NAMES = "source, data_type, season, required, expected, stored, missing, stale, small, invalid, verified"
_LATER = (
    "SELECT 1 FROM coverage_history AS later WHERE later.source = coverage_history.source"
    " AND later.data_type = coverage_history.data_type AND later.season = coverage_history.season"
    " AND later.at > coverage_history.at"
)


class SqliteCoverageHistory:
    """`ports.CoverageHistory` in the database of a `SqliteWriter`: 200,000 rows at most, the oldest go first."""

    def __init__(self, writer: SqliteWriter, *, max_rows: int = MAX_ROWS) -> None:
        self._writer = writer
        self._max_rows = max_rows
        self._trimmed_at = float("-inf")

    async def record(self, rows: Sequence[Coverage], at: float, keep_from: float) -> None:
        """Append those of `rows` that have changed."""

        def do(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM coverage_history WHERE at > ?", (at,))
            known = _as_of(connection, at)
            changed = [row for row in rows if known.get(series_of(row)) != row]
            places = ", ".join("?" * 12)
            connection.executemany(
                f"INSERT OR REPLACE INTO coverage_history (at, {_NAMES}) VALUES ({places})",  # noqa: S608
                [(at, row.source, row.data_type, row.season or "", *astuple(row)[3:]) for row in changed],
            )
            if not 0 <= at - self._trimmed_at < TRIM_SECONDS:  # (also if the clock was put back)
                self._trim(connection, at, keep_from)
                self._trimmed_at = at

        await self._writer.submit(do)

    async def as_of(self, at: float) -> PastCoverage | None:
        """The coverage at `at`, or that of the first record if that was later; None if nothing is recorded."""

        def do(connection: sqlite3.Connection) -> PastCoverage | None:
            (first,) = connection.execute("SELECT min(at) FROM coverage_history").fetchone()
            if first is None:
                return None
            since = max(at, first)
            return PastCoverage(since, _as_of(connection, since))

        return await self._writer.read(do)

    def _trim(self, connection: sqlite3.Connection, at: float, keep_from: float) -> None:
        for age, step in ((HOUR, HOUR), (2 * DAY, DAY)):
            connection.execute(
                f"DELETE FROM coverage_history WHERE at < ? AND EXISTS ({_LATER}"  # noqa: S608
                " AND later.at < (CAST(coverage_history.at / ? AS INTEGER) + 1) * ?)",
                (at - age, step, step),
            )
        connection.execute(
            f"DELETE FROM coverage_history WHERE at < ? AND EXISTS ({_LATER} AND later.at <= ?)",  # noqa: S608
            (keep_from, keep_from),
        )
        (count,) = connection.execute("SELECT count(*) FROM coverage_history").fetchone()
        if count > self._max_rows:
            connection.execute(
                "DELETE FROM coverage_history WHERE at < "
                "(SELECT at FROM coverage_history ORDER BY at DESC LIMIT 1 OFFSET ?)",
                (self._max_rows - 1,),
            )


def _as_of(connection: sqlite3.Connection, at: float) -> Mapping[Series, Coverage]:
    # (SQLite takes the other columns from the row that has the maximum)
    sql = (
        f"SELECT {_NAMES}, max(at) FROM coverage_history WHERE at <= ?"  # noqa: S608
        " GROUP BY source, data_type, season"
    )
    rows = (row[:-1] for row in connection.execute(sql, (at,)))
    return {series_of(row): row for row in starmap(_row, rows)}


def _row(source: str, data_type: str, season: str, required: int, *counts: int) -> Coverage:
    return Coverage(source, data_type, season or None, bool(required), *counts)
