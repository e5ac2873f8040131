"""The history of attempts and of the coverage, in the database of a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from itertools import starmap

from adce_async.adapters.cluster.claims import storable
from adce_async.adapters.cluster.database import ClusterDatabase, Cursor, fetch_all
from adce_async.adapters.history_rows import MAX_AGE_SECONDS, MAX_NOTES, MAX_ROWS, STEPS, TRIM_EVERY, weighted
from adce_async.model.coverage import Coverage
from adce_async.model.task import AttemptRecord
from adce_async.model.trend import PastCoverage, Series, series_of
from adce_async.ports import Note

HOUR, DAY = 3600.0, 86400.0
_NAMES = "source, data_type, season, required, expected, stored, missing, stale, small, invalid, verified"
_LATER = (
    "SELECT 1 FROM coverage_history AS later WHERE later.source = coverage_history.source"
    " AND later.data_type = coverage_history.data_type AND later.season = coverage_history.season"
    " AND later.at > coverage_history.at"
)


class ClusterHistory:
    """`ports.History` in a `ClusterDatabase`: the last 200,000 attempts of all nodes, none older than 30 days."""

    def __init__(self, database: ClusterDatabase, *, max_rows: int = MAX_ROWS) -> None:
        self._database = database
        self._max_rows = max_rows
        self._untrimmed = TRIM_EVERY  # what an earlier process recorded is not known: trim at once

    async def record(self, attempts: Sequence[AttemptRecord]) -> None:
        """Append."""
        rows = [(a.key, a.source, a.scraper, a.verdict, storable(a.reason), a.at, a.seconds, a.bytes) for a in attempts]
        async with self._database.transaction() as cursor:
            await cursor.executemany(
                "INSERT INTO attempt (key, source, scraper, verdict, reason, at, seconds, bytes)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                rows,
            )
            self._untrimmed += len(rows)
            if self._untrimmed >= TRIM_EVERY:
                await cursor.execute(
                    "DELETE FROM attempt WHERE id <= (SELECT max(id) FROM attempt) - %s", (self._max_rows,)
                )
                await cursor.execute(
                    "DELETE FROM attempt WHERE at < (SELECT max(at) FROM attempt) - %s", (MAX_AGE_SECONDS,)
                )
                self._untrimmed = 0

    async def success_rates(self, now: float, half_life: float) -> Mapping[str, float]:
        """Share (0 to 1) of stored and unchanged among all attempts that were not released, by scraper."""
        rows = await self._database.rows(
            "SELECT scraper, floor(greatest(0, %s - at) / %s)::integer AS step, count(*),"
            " count(*) FILTER (WHERE verdict IN ('stored', 'unchanged')) FROM attempt"
            " WHERE verdict IN ('stored', 'unchanged', 'retry', 'parked') GROUP BY scraper, step",
            (now, half_life / STEPS),
        )
        return weighted(rows)

    async def recent(
        self, limit: int = 100, *, source: str | None = None, scraper: str | None = None, key: str | None = None
    ) -> Sequence[AttemptRecord]:
        """The last attempts, newest first; those that fit all that is given."""
        given = {"source": source, "scraper": scraper, "key": key}
        fits = "".join(f" AND {name} = %({name})s" for name, value in given.items() if value is not None)
        rows = await self._database.rows(
            "SELECT key, source, scraper, verdict, reason, at, seconds, bytes FROM attempt"  # noqa: S608
            f" WHERE true{fits} ORDER BY id DESC LIMIT %(limit)s",
            {**given, "limit": limit},
        )
        return [AttemptRecord(*row) for row in rows]

    async def hourly(self, since: float) -> Mapping[float, Mapping[str, int]]:
        """Attempts by hour (its beginning) and verdict, from `since` on."""
        rows = await self._database.rows(
            "SELECT floor(at / 3600) * 3600 AS hour, verdict, count(*) FROM attempt"
            " WHERE at >= %s GROUP BY hour, verdict ORDER BY hour",
            (since,),
        )
        found: dict[float, dict[str, int]] = {}
        for hour, verdict, count in rows:
            found.setdefault(float(hour), {})[verdict] = count
        return found

    async def note(self, note: Note) -> None:
        """Remember it; the last 10,000 are kept."""
        async with self._database.transaction() as cursor:
            values = (note.at, note.kind, storable(note.text))
            await cursor.execute("INSERT INTO note (at, kind, text) VALUES (%s, %s, %s)", values)
            await cursor.execute("DELETE FROM note WHERE id <= (SELECT max(id) FROM note) - %s", (MAX_NOTES,))

    async def notes(self, limit: int = 100, *, kind: str | None = None) -> Sequence[Note]:
        """The last notes, newest first."""
        where, values = ("", (limit,)) if kind is None else (" WHERE kind = %s", (kind, limit))
        rows = await self._database.rows(
            f"SELECT at, kind, text FROM note{where} ORDER BY id DESC LIMIT %s", values  # noqa: S608
        )  # fmt: skip
        return [Note(*row) for row in rows]


class ClusterCoverageHistory:
    """`ports.CoverageHistory` in a `ClusterDatabase`: a row where one has changed."""

    def __init__(self, database: ClusterDatabase, *, max_rows: int = MAX_ROWS) -> None:
        self._database = database
        self._max_rows = max_rows

    async def record(self, rows: Sequence[Coverage], at: float, keep_from: float) -> None:
        """Append those of `rows` that have changed."""
        async with self._database.transaction() as cursor:
            await cursor.execute("DELETE FROM coverage_history WHERE at > %s", (at,))
            known = await _as_of(cursor, at)
            changed = [row for row in rows if known.get(series_of(row)) != row]
            places = ", ".join(["%s"] * 12)
            await cursor.executemany(
                f"INSERT INTO coverage_history (at, {_NAMES}) VALUES ({places})"  # noqa: S608
                f" ON CONFLICT (source, data_type, season, at) DO UPDATE SET ({_NAMES}) ="
                f" ROW({', '.join(f'excluded.{name}' for name in _NAMES.split(', '))})",
                [
                    (at, row.source, row.data_type, row.season or "", *(int(value) for value in astuple(row)[3:]))
                    for row in changed
                ],
            )
            if changed:
                await self._trim(cursor, at, keep_from)

    async def as_of(self, at: float) -> PastCoverage | None:
        """The coverage at `at`, or that of the first record if that was later; None if nothing is recorded."""
        async with self._database.transaction() as cursor:
            await cursor.execute("SELECT min(at) FROM coverage_history")
            row = await cursor.fetchone()
            if row is None or row[0] is None:
                return None
            since = max(at, row[0])
            return PastCoverage(since, await _as_of(cursor, since))

    async def _trim(self, cursor: Cursor, at: float, keep_from: float) -> None:
        for age, step in ((HOUR, HOUR), (2 * DAY, DAY)):
            await cursor.execute(
                f"DELETE FROM coverage_history WHERE at < %s AND EXISTS ({_LATER}"  # noqa: S608
                " AND later.at < (floor(coverage_history.at / %s) + 1) * %s)",
                (at - age, step, step),
            )
        await cursor.execute(
            f"DELETE FROM coverage_history WHERE at < %s AND EXISTS ({_LATER} AND later.at <= %s)",  # noqa: S608
            (keep_from, keep_from),
        )
        await cursor.execute(
            "DELETE FROM coverage_history WHERE at <"
            " (SELECT at FROM coverage_history ORDER BY at DESC OFFSET %s LIMIT 1)",
            (self._max_rows - 1,),
        )


async def _as_of(cursor: Cursor, at: float) -> Mapping[Series, Coverage]:
    await cursor.execute(
        f"SELECT DISTINCT ON (source, data_type, season) {_NAMES} FROM coverage_history"  # noqa: S608
        " WHERE at <= %s ORDER BY source, data_type, season, at DESC",
        (at,),
    )
    return {series_of(row): row for row in starmap(_row, await fetch_all(cursor))}


def _row(source: str, data_type: str, season: str, required: int, *counts: int) -> Coverage:
    return Coverage(source, data_type, season or None, bool(required), *counts)
