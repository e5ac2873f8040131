"""The task queue of one machine, in SQLite; the laws are those of `ports.TaskQueue`."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from types import TracebackType
from typing import Self

import orjson

from adce_async.adapters.task_rows import decode, decode_parked, encode, readable_rows
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import Origin, Outcome, Parked, Task, Verdict
from adce_async.ports import MAX_LOST_LEASES, POISONOUS, QueueCounts

_KEYS = "(SELECT value FROM json_each(?))"
_PAYLOAD = (
    "source", "scraper", "data_type", "season", "fields", "kind", "priority", "due", "reason", "files", "tier",
    "freshness_seconds", "fingerprint", "origin", "force",
)  # fmt: skip
_COLUMNS = (
    "key, source, scraper, data_type, season, fields, kind, priority, detected_at, due, reason, files, tier, "
    "freshness_seconds, fingerprint, origin, force, attempts, lost_leases, not_before"
)
_DETECTED = "min(?9, ifnull((SELECT first_detected FROM gap_age WHERE key = ?1), ?9))"
_UPSERT = f"""
    INSERT INTO task ({_COLUMNS})
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, {_DETECTED}, {", ".join(f"?{number}" for number in range(10, 21))})
    ON CONFLICT (key) DO UPDATE SET detected_at = min(detected_at, excluded.detected_at),
        {", ".join(f"{name} = excluded.{name}" for name in _PAYLOAD)}
"""
_PARKED = (
    "key", "source", "scraper", "reason", "attempts", "parked_at", "last_status", "head", "fingerprint", "kind"
)  # fmt: skip
_LEASED = "key = ? AND lease_until IS NOT NULL"


class SqliteQueue:
    """`ports.TaskQueue` in the database of a `SqliteWriter`.

    An async context manager. `owner`: this is the process that works on the queue, so that any lease found on
    entering is lost. Commands that only look must pass False, or they would take the leases of the running service.
    """

    def __init__(self, writer: SqliteWriter, *, owner: bool = True) -> None:
        self._writer = writer
        self._owner = owner

    async def __aenter__(self) -> Self:
        if self._owner:
            await self._writer.submit(partial(_lose_leases, where="lease_until IS NOT NULL", parameters=()))
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
                f"DELETE FROM task WHERE origin = 'plan' AND lease_until IS NULL AND key NOT IN {_KEYS}",
                (_json(planned),),
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

    async def tasks(self) -> Sequence[Task]:
        """All queued tasks, read beside the writing thread."""
        sql = f"SELECT {_COLUMNS} FROM task WHERE lease_until IS NULL"
        return await self._writer.read(lambda connection: decode(connection.execute(sql)))

    async def lease(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Task]:
        """Lease what is free of `keys`, in their order."""
        text = _json(keys)

        def do(connection: sqlite3.Connection) -> list[Task]:
            if connection.execute("SELECT 1 FROM task WHERE lease_until < ? LIMIT 1", (now,)).fetchone():
                _lose_leases(connection, f"lease_until < ? AND key IN {_KEYS}", (now, text))
            sql = f"SELECT {_COLUMNS} FROM task WHERE lease_until IS NULL AND key IN {_KEYS}"
            free = {task.key: task for task in decode(connection.execute(sql, (text,)))}
            connection.executemany("UPDATE task SET lease_until = ? WHERE key = ?", [(until, key) for key in free])
            return [free[key] for key in dict.fromkeys(keys) if key in free]

        return await self._writer.submit(do)

    async def renew(self, keys: Collection[str], until: float) -> None:
        """Extend the leases held on `keys`; never shortens one."""
        sql = f"UPDATE task SET lease_until = max(lease_until, ?) WHERE lease_until IS NOT NULL AND key IN {_KEYS}"
        text = _json(keys)
        await self._writer.submit(lambda connection: connection.execute(sql, (until, text)))

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Apply `outcomes`; of several for one key the first counts, since after it the key is not leased."""
        await self._writer.submit(partial(_settle, outcomes=outcomes))

    async def parked(self) -> Sequence[Parked]:
        """The dead-letter list, oldest first."""
        sql = f"SELECT {', '.join(_PARKED)} FROM parked ORDER BY parked_at, key"
        rows = await self._writer.read(lambda connection: connection.execute(sql).fetchall())
        return readable_rows(rows, decode_parked)

    async def unpark(self, keys: Collection[str]) -> Sequence[str]:
        """Strike `keys` off the dead-letter list; returns those that were on it, in the order given."""
        text = _json(keys)

        def do(connection: sqlite3.Connection) -> list[str]:
            found = {key for (key,) in connection.execute(f"SELECT key FROM parked WHERE key IN {_KEYS}", (text,))}
            connection.execute(f"DELETE FROM parked WHERE key IN {_KEYS}", (text,))
            return [key for key in dict.fromkeys(keys) if key in found]

        return await self._writer.submit(do)

    async def forgive(self, keys: Collection[str]) -> None:
        """Queued ones lose attempts and waiting, parked ones are struck off the list."""
        text = _json(keys)

        def do(connection: sqlite3.Connection) -> None:
            connection.execute(f"DELETE FROM parked WHERE key IN {_KEYS}", (text,))
            sql = f"UPDATE task SET attempts = 0, not_before = 0 WHERE lease_until IS NULL AND key IN {_KEYS}"
            connection.execute(sql, (text,))

        await self._writer.submit(do)

    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        """When each gap was first detected; writes only what is new or gone."""
        gaps = tuple(keys)

        def do(connection: sqlite3.Connection) -> dict[str, float]:
            known = dict(connection.execute("SELECT key, first_detected FROM gap_age"))
            # what is no time (any more) has been forgotten
            ages = {key: at if isinstance(at := known.get(key), float) and 0 <= at < inf else now for key in gaps}
            gone, new = known.keys() - ages.keys(), [key for key, at in ages.items() if known.get(key) != at]
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
    text = _json(tasks)
    parked = connection.execute(f"SELECT key, fingerprint FROM parked WHERE key IN {_KEYS}", (text,)).fetchall()
    stays = {key for key, fingerprint in parked if fingerprint == tasks[key].fingerprint and not tasks[key].force}
    connection.executemany("DELETE FROM parked WHERE key = ?", [(key,) for key, _ in parked if key not in stays])
    # what a person asked for stays as it was asked for, whatever is planned
    asked_for = connection.execute(f"SELECT key FROM task WHERE origin = 'file' AND key IN {_KEYS}", (text,))
    asked = [tasks[key] for (key,) in asked_for.fetchall() if tasks[key].origin is Origin.PLAN]
    sql = f"UPDATE task SET detected_at = min(detected_at, {_DETECTED}) WHERE key = ?1"
    connection.executemany(sql, (encode(task)[:9] for task in asked))
    skipped = stays.union(task.key for task in asked)
    connection.executemany(_UPSERT, (encode(task) for task in tasks.values() if task.key not in skipped))


def _lose_leases(connection: sqlite3.Connection, where: str, parameters: tuple[object, ...]) -> None:
    """Take back the leases `where`; a key that lost too many is parked, as of the time its lease ran out."""
    poisonous = f"lost_leases + 1 >= {MAX_LOST_LEASES} AND {where}"
    connection.execute(
        "INSERT OR REPLACE INTO parked SELECT key, source, scraper, ?, attempts, lease_until, NULL, '', fingerprint, "
        f"kind FROM task WHERE {poisonous}",
        (POISONOUS, *parameters),
    )
    connection.execute(f"DELETE FROM task WHERE {poisonous}", parameters)
    connection.execute(
        f"UPDATE task SET lost_leases = lost_leases + 1, lease_until = NULL WHERE {where}",
        parameters,
    )


def _settle(connection: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    firsts: dict[str, Outcome] = {}
    for outcome in outcomes:
        firsts.setdefault(outcome.key, outcome)
    of: dict[Verdict, list[Outcome]] = {verdict: [] for verdict in Verdict}
    for outcome in firsts.values():
        of[outcome.verdict].append(outcome)
    connection.executemany(
        f"UPDATE task SET attempts = attempts + 1, lost_leases = 0, not_before = ?, lease_until = NULL WHERE {_LEASED}",
        [(o.not_before, o.key) for o in of[Verdict.RETRY]],
    )
    connection.executemany(
        f"UPDATE task SET not_before = ?, lease_until = NULL WHERE {_LEASED}",
        [(o.not_before, o.key) for o in of[Verdict.RELEASED]],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO parked SELECT key, source, scraper, ?, attempts + 1, ?, ?, ?, fingerprint, kind"
        f" FROM task WHERE {_LEASED}",
        [(o.reason, o.at, o.status, o.head, o.key) for o in of[Verdict.PARKED]],
    )
    done = of[Verdict.STORED] + of[Verdict.UNCHANGED] + of[Verdict.PARKED]
    connection.executemany(f"DELETE FROM task WHERE {_LEASED}", [(o.key,) for o in done])


def _json(keys: Iterable[str]) -> str:
    """The parameter of `_KEYS`."""
    return orjson.dumps(list(keys)).decode()


def _count(connection: sqlite3.Connection, what: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(count)
