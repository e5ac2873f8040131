"""A SQLite state into the database of a cluster, and back. Nothing is lost either way; each end has to be empty."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from adce_async.adapters.cluster.claims import storable
from adce_async.adapters.cluster.database import CHUNK, ClusterDatabase, Cursor, fetch_all
from adce_async.adapters.task_rows import COLUMNS
from adce_async.adapters.writer import SqliteWriter
from adce_async.errors import FixMeError

TABLES: Mapping[str, str] = {
    "task": COLUMNS,
    "parked": "key, source, scraper, reason, attempts, parked_at, last_status, head, fingerprint, kind",
    "gap_age": "key, first_detected",
    "discovery": "key, etag, items",
    "state": "name, text",
    "attempt": "key, source, scraper, verdict, reason, at, seconds, bytes",
    "note": "at, kind, text",
    "verification": "key, tag, reason, facts",
    "coverage_history": (
        "at, source, data_type, season, required, expected, stored, missing, stale, small, invalid, verified"
    ),
}
"""Columns of each table, the same in both. What is claimed is moved as what is free: nobody works meanwhile."""
_IN_ORDER = ("attempt", "note")
"""Their order is what tells what came last."""
_MOVED_BY = "moved"


async def bring_in(
    writer: SqliteWriter, database: ClusterDatabase, sent: Mapping[str, Sequence[float]]
) -> dict[str, int]:
    """Copy all of `writer`, and when its sources were asked (`sent`: seconds since the epoch); rows by table.

    All or nothing, in one transaction. Raises FixMeError if the cluster has something already.
    """
    counts: dict[str, int] = {}
    async with database.transaction() as cursor:
        await _require_empty(cursor)
        for table, columns in TABLES.items():
            rows = await writer.read(_reading(table, columns))
            await _write(cursor, table, columns, _for_postgres(table, columns, rows))
            counts[table] = len(rows)
        (token,) = await writer.read(lambda connection: connection.execute("SELECT token FROM last_token").fetchone())
        await cursor.execute("SELECT setval('claim_token', greatest(%s, 1), %s)", (token, token > 0))
        for source, times in sent.items():
            await cursor.execute(
                "INSERT INTO sent SELECT %s, %s, at FROM unnest(%s::float8[]) AS given (at)",
                (_MOVED_BY, source, list(times)),
            )
        counts["sent"] = sum(map(len, sent.values()))
    return counts


async def take_out(database: ClusterDatabase, writer: SqliteWriter) -> dict[str, int]:
    """Copy all of the cluster into `writer`; rows by table. The cluster keeps what it has.

    Raises FixMeError if a node is at work, or if there is something in `writer` already.
    """
    counts: dict[str, int] = {}
    copies: dict[str, list[Any]] = {}
    async with database.transaction() as cursor:
        await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await cursor.execute("SELECT name FROM node WHERE expires_at > extract(epoch FROM clock_timestamp())")
        if alive := [name for (name,) in await fetch_all(cursor)]:
            raise FixMeError(f"at work in the cluster: {', '.join(alive)}; stop all nodes first")
        for table, columns in TABLES.items():
            order = " ORDER BY id" if table in _IN_ORDER else ""
            await cursor.execute(f"SELECT {columns} FROM {table}{order}")
            copies[table] = _for_sqlite(table, await fetch_all(cursor))
            counts[table] = len(copies[table])
        await cursor.execute("SELECT last_value FROM claim_token")
        token = (await fetch_all(cursor))[0][0]
    await writer.submit(lambda connection: _fill(connection, copies, token))
    await writer.flush()
    return counts


async def sent_to(database: ClusterDatabase) -> dict[str, list[float]]:
    """When each source was asked, seconds since the epoch, oldest first."""
    found: dict[str, list[float]] = {}
    for source, at in await database.rows("SELECT source, at FROM sent ORDER BY at"):
        found.setdefault(source, []).append(at)
    return found


async def _require_empty(cursor: Cursor) -> None:
    for table in ("task", "parked", "attempt", "state"):
        await cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        if await cursor.fetchone():
            raise FixMeError(
                "the cluster has a state already: import into another database, made by `adce cluster migrate`"
            )


def _reading(table: str, columns: str) -> Callable[[sqlite3.Connection], list[tuple[Any, ...]]]:
    order = " ORDER BY id" if table in _IN_ORDER else ""
    return lambda connection: connection.execute(f"SELECT {columns} FROM {table}{order}").fetchall()


def _for_postgres(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    force = columns.split(", ").index("force") if table == "task" else -1
    for row in rows:
        values = [storable(value) if isinstance(value, str) else value for value in row]
        if table == "task":
            values[force] = bool(values[force])
        if table == "state":
            values[1] = row[1].encode()
        yield tuple(values)


def _for_sqlite(table: str, rows: list[tuple[Any, ...]]) -> list[Any]:
    return [(name, bytes(text).decode()) for name, text in rows] if table == "state" else rows


async def _write(cursor: Cursor, table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    places = ", ".join(["%s"] * len(columns.split(", ")))
    while some := list(islice(rows, CHUNK)):
        await cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", some)


def _fill(connection: sqlite3.Connection, copies: Mapping[str, list[Any]], token: int) -> None:
    for table in ("task", "parked", "attempt", "state"):
        if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
            raise FixMeError("there is a state already: name an empty folder with --state-dir")
    for table, rows in copies.items():
        columns = TABLES[table]
        places = ", ".join("?" * len(columns.split(", ")))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
    connection.execute("UPDATE last_token SET token = ?", (token,))
