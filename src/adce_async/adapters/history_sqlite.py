"""The history of attempts, in the database of the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from adce_async.adapters.history_rows import MAX_AGE_SECONDS, MAX_NOTES, MAX_ROWS, STEPS, TRIM_EVERY, weighted
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import AttemptRecord
from adce_async.ports import Note


class SqliteHistory:
    """`ports.History` in the database of a `SqliteWriter`: the last 200,000 attempts, none older than 30 days.

    Age is measured from the newest attempt recorded.
    """

    def __init__(self, writer: SqliteWriter, *, max_rows: int = MAX_ROWS) -> None:
        self._writer = writer
        self._max_rows = max_rows
        self._untrimmed = TRIM_EVERY  # what an earlier process recorded is not known: trim at once

    async def record(self, attempts: Sequence[AttemptRecord]) -> None:
        """Append."""

        def do(connection: sqlite3.Connection) -> None:
            sql = (
                "INSERT INTO attempt (key, source, scraper, verdict, reason, at, seconds, bytes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            )
            rows = [(a.key, a.source, a.scraper, a.verdict, a.reason, a.at, a.seconds, a.bytes) for a in attempts]
            connection.executemany(sql, rows)
            self._untrimmed += len(attempts)
            if self._untrimmed >= TRIM_EVERY:
                self._trim(connection)
                self._untrimmed = 0

        await self._writer.submit(do)

    def _trim(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM attempt WHERE id <= (SELECT max(id) FROM attempt) - ?", (self._max_rows,))
        connection.execute("DELETE FROM attempt WHERE at < (SELECT max(at) FROM attempt) - ?", (MAX_AGE_SECONDS,))

    async def success_rates(self, now: float, half_life: float) -> Mapping[str, float]:
        """Share (0 to 1) of stored and unchanged among all attempts that were not released, by scraper."""
        sql = (
            "SELECT scraper, CAST(max(0, ? - at) / ? AS INTEGER) AS step,"
            " count(*), sum(verdict IN ('stored', 'unchanged')) FROM attempt"
            " WHERE verdict IN ('stored', 'unchanged', 'retry', 'parked') GROUP BY scraper, step"
        )
        values = (now, half_life / STEPS)
        rows = await self._writer.read(lambda connection: connection.execute(sql, values).fetchall())
        return weighted(rows)

    async def recent(
        self, limit: int = 100, *, source: str | None = None, scraper: str | None = None, key: str | None = None
    ) -> Sequence[AttemptRecord]:
        """The last attempts, newest first; those that fit all that is given."""
        sql = (  # (a damaged row tells nothing)
            "SELECT key, source, scraper, verdict, reason, at, seconds, bytes FROM attempt"
            " WHERE typeof(at) IN ('real', 'integer') AND typeof(seconds) IN ('real', 'integer')"
            " AND (:source IS NULL OR source = :source) AND (:scraper IS NULL OR scraper = :scraper)"
            " AND (:key IS NULL OR key = :key) ORDER BY id DESC LIMIT :limit"
        )
        values = {"source": source, "scraper": scraper, "key": key, "limit": limit}
        rows = await self._writer.read(lambda connection: connection.execute(sql, values).fetchall())
        return [AttemptRecord(*row) for row in rows]

    async def hourly(self, since: float) -> Mapping[float, Mapping[str, int]]:
        """Attempts by hour (its beginning) and verdict, from `since` on."""
        sql = (
            "SELECT CAST(at / 3600 AS INTEGER) * 3600.0, verdict, count(*) FROM attempt"
            " WHERE at >= ? AND typeof(at) IN ('real', 'integer') GROUP BY 1, 2 ORDER BY 1"
        )
        rows = await self._writer.read(lambda connection: connection.execute(sql, (since,)).fetchall())
        found: dict[float, dict[str, int]] = {}
        for hour, verdict, count in rows:
            found.setdefault(hour, {})[verdict] = count
        return found

    async def note(self, note: Note) -> None:
        """Remember it; the last 10,000 are kept."""

        def do(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO note (at, kind, text) VALUES (?, ?, ?)", (note.at, note.kind, note.text))
            connection.execute("DELETE FROM note WHERE id <= (SELECT max(id) FROM note) - ?", (MAX_NOTES,))

        await self._writer.submit(do)

    async def notes(self, limit: int = 100, *, kind: str | None = None) -> Sequence[Note]:
        """The last notes, newest first."""
        sql = "SELECT at, kind, text FROM note WHERE :kind IS NULL OR kind = :kind ORDER BY id DESC LIMIT :limit"
        values = {"kind": kind, "limit": limit}
        rows = await self._writer.read(lambda connection: connection.execute(sql, values).fetchall())
        return [Note(*row) for row in rows]
