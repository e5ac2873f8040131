"""The task queue of one machine, in SQLite; the laws are those of `ports.TaskQueue`."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from types import TracebackType
from typing import Self

from adce_async.adapters import claim_rows
from adce_async.adapters.task_rows import COLUMNS, KEYS, as_json, decode, decode_parked, encode, readable_rows
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import Claim, Origin, Outcome, Parked, Task
from adce_async.ports import QueueCounts

_PAYLOAD = (
    "source", "scraper", "data_type", "season", "fields", "kind", "priority", "due", "reason", "files", "tier",
    "freshness_seconds", "fingerprint", "origin", "force",
)  # fmt: skip
_DETECTED = "min(?9, ifnull((SELECT first_detected FROM gap_age WHERE key = ?1), ?9))"
_UPSERT = f"""
    INSERT INTO task ({COLUMNS})
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, {_DETECTED}, {", ".join(f"?{number}" for number in range(10, 21))})
    ON CONFLICT (key) DO UPDATE SET detected_at = min(detected_at, excluded.detected_at),
        {", ".join(f"{name} = excluded.{name}" for name in _PAYLOAD)}
"""
_PARKED = (
    "key", "source", "scraper", "reason", "attempts", "parked_at", "last_status", "head", "fingerprint", "kind"
)  # fmt: skip


class SqliteQueue:
    """`ports.TaskQueue` in the database of a `SqliteWriter`.

    An async context manager. `exclusive`: this is the process that works on the queue, so that any claim found on
    entering is lost. Commands that only look must pass False, or they would take the claims of the running service.
    """

    def __init__(self, writer: SqliteWriter, *, exclusive: bool = True) -> None:
        self._writer = writer
        self._exclusive = exclusive

    async def __aenter__(self) -> Self:
        if self._exclusive:
            await self._writer.submit(claim_rows.lose_all)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to do: the writer closes the database."""

    async def replace(self, tasks: Sequence[Task]) -> None:
        """Make `tasks` the plan; of several tasks for one key the last counts. 100,000 tasks take about a second."""

        def do(connection: sqlite3.Connection) -> None:
            planned = {task.key: task for task in tasks}
            _merge(connection, planned)
            connection.execute(
                f"DELETE FROM task WHERE origin = 'plan' AND lease_until IS NULL AND key NOT IN {KEYS}",
                (as_json(planned),),
            )

        await self._writer.submit(do)

    async def add(self, tasks: Sequence[Task]) -> None:
        """Add or update. What a person forces (origin FILE) starts afresh: no attempts, no waiting."""

        def do(connection: sqlite3.Connection) -> None:
            added = {task.key: task for task in tasks}
            _merge(connection, added)
            forced = [(t.not_before, t.key) for t in added.values() if t.force and t.origin is Origin.FILE]
            sql = "UPDATE task SET attempts = 0, lost_leases = 0, not_before = ? WHERE key = ?"
            connection.executemany(sql, forced)

        await self._writer.submit(do)

    async def tasks(self, origin: Origin | None = None) -> Sequence[Task]:
        """All queued tasks, or those of `origin`, read beside the writing thread."""
        sql = f"SELECT {COLUMNS} FROM task WHERE lease_until IS NULL AND (?1 IS NULL OR origin = ?1)"
        return await self._writer.read(lambda connection: decode(connection.execute(sql, (origin,))))

    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        """Claim what is free of `keys`, in their order."""
        return await self._writer.submit(partial(claim_rows.claim, keys=keys, now=now, until=until))

    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        """Extend the claims held with `tokens`; returns the keys of the others."""
        return await self._writer.submit(partial(claim_rows.renew, tokens=tokens, until=until))

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Apply `outcomes`; returns the keys of those whose claim is not held."""
        return await self._writer.submit(partial(claim_rows.settle, outcomes=outcomes))

    async def parked(self) -> Sequence[Parked]:
        """The dead-letter list, oldest first."""
        sql = f"SELECT {', '.join(_PARKED)} FROM parked ORDER BY parked_at, key"
        rows = await self._writer.read(lambda connection: connection.execute(sql).fetchall())
        return readable_rows(rows, decode_parked)

    async def unpark(self, keys: Collection[str]) -> Sequence[str]:
        """Strike `keys` off the dead-letter list; returns those that were on it, in the order given."""
        text = as_json(keys)

        def do(connection: sqlite3.Connection) -> list[str]:
            found = {key for (key,) in connection.execute(f"SELECT key FROM parked WHERE key IN {KEYS}", (text,))}
            connection.execute(f"DELETE FROM parked WHERE key IN {KEYS}", (text,))
            return [key for key in dict.fromkeys(keys) if key in found]

        return await self._writer.submit(do)

    async def forgive(self, keys: Collection[str]) -> None:
        """Queued ones lose attempts and waiting, parked ones are struck off the list."""
        text = as_json(keys)

        def do(connection: sqlite3.Connection) -> None:
            connection.execute(f"DELETE FROM parked WHERE key IN {KEYS}", (text,))
            sql = f"UPDATE task SET attempts = 0, not_before = 0 WHERE lease_until IS NULL AND key IN {KEYS}"
            connection.execute(sql, (text,))

        await self._writer.submit(do)

    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        """When each gap was first detected; writes only what is new or gone."""
        gaps = tuple(keys)

        def do(connection: sqlite3.Connection) -> dict[str, float]:
            known = dict(connection.execute("SELECT key, first_detected FROM gap_age"))
            # what is no time (any more) has been forgotten
            ages = {key: at if isinstance(at := known.get(key), float) and 0 <= at < inf else now for key in gaps}
            # in steps: what computes the difference of large sets holds up the loop meanwhile
            gone = [key for key in known if key not in ages]
            new = [key for key, at in ages.items() if known.get(key) != at]
            connection.executemany("DELETE FROM gap_age WHERE key = ?", ((key,) for key in gone))
            connection.executemany("INSERT OR REPLACE INTO gap_age VALUES (?, ?)", ((key, now) for key in new))
            return ages

        return await self._writer.submit(do)

    async def counts(self) -> QueueCounts:
        """How many tasks are where."""

        def do(connection: sqlite3.Connection) -> QueueCounts:
            leased = _count(connection, "task WHERE lease_until IS NOT NULL")
            return QueueCounts(_count(connection, "task") - leased, leased, _count(connection, "parked"))

        return await self._writer.read(do)


def _merge(connection: sqlite3.Connection, tasks: Mapping[str, Task]) -> None:
    """Add or update `tasks`, as laws 2 and 3 have it."""
    text = as_json(tasks)
    parked = connection.execute(f"SELECT key, fingerprint FROM parked WHERE key IN {KEYS}", (text,)).fetchall()
    stays = {key for key, fingerprint in parked if fingerprint == tasks[key].fingerprint and not tasks[key].force}
    connection.executemany("DELETE FROM parked WHERE key = ?", [(key,) for key, _ in parked if key not in stays])
    # what a person asked for stays as it was asked for, whatever is planned
    asked_for = connection.execute(f"SELECT key FROM task WHERE origin = 'file' AND key IN {KEYS}", (text,))
    asked = [tasks[key] for (key,) in asked_for.fetchall() if tasks[key].origin is Origin.PLAN]
    sql = f"UPDATE task SET detected_at = min(detected_at, {_DETECTED}) WHERE key = ?1"
    connection.executemany(sql, (encode(task)[:9] for task in asked))
    skipped = stays.union(task.key for task in asked)
    connection.executemany(_UPSERT, (encode(task) for task in tasks.values() if task.key not in skipped))


def _count(connection: sqlite3.Connection, what: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(count)
