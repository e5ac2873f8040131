"""The task queue of many machines, in PostgreSQL; the laws are those of `ports.TaskQueue`.

Who changes the plan has the queue alone (an advisory lock for the transaction); claims and settlements go side by side.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from itertools import islice
from math import inf
from types import TracebackType
from typing import Self

import orjson

from adce_async.adapters.cluster import claims
from adce_async.adapters.cluster.claims import storable
from adce_async.adapters.cluster.database import CHUNK, ClusterDatabase, Cursor, fetch_all
from adce_async.adapters.task_rows import COLUMNS, decode_parked, decode_rows, encode, readable_rows
from adce_async.model.task import Claim, Origin, Outcome, Parked, Task
from adce_async.ports import QueueCounts

_NAMES = COLUMNS.split(", ")
_KEPT = {"key", "detected_at", "attempts", "lost_leases", "not_before"}
_PAYLOAD = [name for name in _NAMES if name not in _KEPT]
_EXCLUSIVE = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' queue'))"
_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtext(current_schema() || ' queue'))"
_PARKED = "key, source, scraper, reason, attempts, parked_at, last_status, head, fingerprint, kind"
_UPSERT = f"""
    INSERT INTO task ({COLUMNS}) SELECT {COLUMNS} FROM incoming ORDER BY key
    ON CONFLICT (key) DO UPDATE SET detected_at = least(task.detected_at, excluded.detected_at),
        {", ".join(f"{name} = excluded.{name}" for name in _PAYLOAD)}
    WHERE (excluded.detected_at < task.detected_at) OR ({", ".join(f"task.{name}" for name in _PAYLOAD)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _PAYLOAD)})
"""
_UNPARK = """
    DELETE FROM parked USING incoming AS new
    WHERE parked.key = new.key AND (parked.fingerprint <> new.fingerprint OR new.force)
"""
_STAYS_PARKED = "DELETE FROM incoming USING parked WHERE parked.key = incoming.key"
_AGE = """
    UPDATE incoming SET detected_at = first_detected FROM gap_age
    WHERE gap_age.key = incoming.key AND first_detected < detected_at
"""
_ASKED_FOR = """
    UPDATE task SET detected_at = new.detected_at FROM incoming AS new
    WHERE task.key = new.key AND task.origin = 'file' AND new.origin = 'plan' AND new.detected_at < task.detected_at
"""
"""What a person asked for stays as it was asked for, whatever is planned."""
_STAYS_ASKED_FOR = """
    DELETE FROM incoming USING task
    WHERE task.key = incoming.key AND task.origin = 'file' AND incoming.origin = 'plan'
"""
_MERGE = (_UNPARK, _STAYS_PARKED, _AGE, _ASKED_FOR, _STAYS_ASKED_FOR, _UPSERT)
_DROP = (
    "DELETE FROM task WHERE origin = 'plan' AND lease_until IS NULL"
    " AND NOT EXISTS (SELECT FROM incoming WHERE incoming.key = task.key)"
)
_FORCE = (
    "UPDATE task SET attempts = 0, lost_leases = 0, not_before = new.not_before FROM incoming AS new"
    " WHERE task.key = new.key AND new.force AND new.origin = 'file'"
)
_SETTLED_MEANWHILE = """
    DELETE FROM incoming USING settled
    WHERE settled.key = incoming.key AND origin = 'plan' AND NOT force
        AND at >= extract(epoch FROM clock_timestamp()) - %s
"""
_FORGET_SETTLED = "DELETE FROM settled WHERE at < extract(epoch FROM clock_timestamp()) - 86400"
SLACK_SECONDS = 1.0
"""A pass counts as begun so much earlier: what was settled just before it may not be in its listing yet."""
_CHANGED = "UPDATE queue_change SET number = number + 1"


class ClusterQueue:
    """`ports.TaskQueue` in a `ClusterDatabase`.

    An async context manager. `node`: whose claims are lost on entering (an earlier process of this node had them); None
    for who only looks. `session`: of `leases`; with it, only claims on sources that are ours then can be settled.
    """

    def __init__(self, database: ClusterDatabase, *, node: str | None = None, session: str | None = None) -> None:
        self._database = database
        self._node = node
        self._session = session
        self._pass_began: float | None = None

    async def __aenter__(self) -> Self:
        if self._node is not None:
            async with self._changing() as cursor:
                await claims.lose(cursor, "lease_until IS NOT NULL AND claimed_by = %(node)s", {"node": self._node})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to do: the database is closed by who opened it."""

    def pass_begins(self) -> None:
        """What others settle from now on is not to be planned by it: they may store what it looks for."""
        self._pass_began = asyncio.get_running_loop().time()

    async def replace(self, tasks: Sequence[Task]) -> None:
        """Make `tasks` the plan; of several tasks for one key the last counts. 100,000 tasks take some seconds."""
        began, self._pass_began = self._pass_began, None
        async with self._changing() as cursor:
            lasted = None if began is None else asyncio.get_running_loop().time() - began + SLACK_SECONDS
            await _merge(cursor, tasks, lasted)
            await cursor.execute(_FORGET_SETTLED)
            await cursor.execute(_DROP)

    async def add(self, tasks: Sequence[Task]) -> None:
        """Add or update. What a person forces (origin FILE) starts afresh: no attempts, no waiting."""
        if not tasks:
            return
        async with self._changing() as cursor:
            await _merge(cursor, tasks)
            await cursor.execute(_FORCE)

    async def tasks(self, origin: Origin | None = None) -> Sequence[Task]:
        """All queued tasks, or those of `origin`."""
        sql = f"SELECT {COLUMNS} FROM task WHERE lease_until IS NULL"
        if origin is None:
            rows = await self._database.rows(sql)
        else:
            rows = await self._database.rows(f"{sql} AND origin = %s", (origin.value,))
        return decode_rows(rows) if len(rows) <= CHUNK else await asyncio.to_thread(decode_rows, rows)

    async def claim(self, keys: Collection[str], *, now: float, until: float) -> Sequence[Claim]:
        """Claim what is free of `keys`, in their order."""
        if not keys:
            return []
        async with self._beside() as cursor:
            return await claims.claim(cursor, keys, now=now, until=until, node=self._node or "")

    async def renew(self, tokens: Mapping[str, int], until: float) -> Collection[str]:
        """Extend the claims held with `tokens`; returns the keys of the others."""
        if not tokens:
            return []
        async with self._beside() as cursor:
            return await claims.renew(cursor, tokens, until)

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Apply `outcomes`; returns the keys of those whose claim is not held, or not on a source of ours."""
        if not outcomes:
            return []
        async with self._beside() as cursor:
            return await claims.settle(cursor, outcomes, self._session)

    async def parked(self) -> Sequence[Parked]:
        """The dead-letter list, oldest first."""
        rows = await self._database.rows(f"SELECT {_PARKED} FROM parked ORDER BY parked_at, key")
        return readable_rows(rows, decode_parked)

    async def unpark(self, keys: Collection[str]) -> Sequence[str]:
        """Strike `keys` off the dead-letter list; returns those that were on it, in the order given."""
        async with self._changing() as cursor:
            await cursor.execute("DELETE FROM parked WHERE key = ANY(%s) RETURNING key", (list(keys),))
            found = {key for (key,) in await fetch_all(cursor)}
            return [key for key in dict.fromkeys(keys) if key in found]

    async def forgive(self, keys: Collection[str]) -> None:
        """Queued ones lose attempts and waiting, parked ones are struck off the list."""
        async with self._changing() as cursor:
            await cursor.execute("DELETE FROM parked WHERE key = ANY(%s)", (list(keys),))
            sql = "UPDATE task SET attempts = 0, not_before = 0 WHERE lease_until IS NULL AND key = ANY(%s)"
            await cursor.execute(sql, (list(keys),))

    async def remember(self, keys: Iterable[str], now: float) -> Mapping[str, float]:
        """When each gap was first detected; writes only what is new or gone."""
        gaps = tuple(keys)
        known = dict(await self._database.rows("SELECT key, first_detected FROM gap_age"))  # (with no lock held)
        # what is no time (any more) has been forgotten
        ages = {key: at if 0 <= (at := known.get(key, -1.0)) < inf else now for key in gaps}
        gone = [key for key in known if key not in ages]
        new = [key for key, at in ages.items() if known.get(key) != at]
        async with self._beside() as cursor:
            if gone:
                await cursor.execute("DELETE FROM gap_age WHERE key = ANY(%s)", (gone,))
            if new:
                await cursor.execute(
                    "INSERT INTO gap_age SELECT key, %s FROM unnest(%s::text[]) AS new (key)"
                    " ON CONFLICT (key) DO UPDATE SET first_detected = excluded.first_detected",
                    (now, new),
                )
        return ages

    async def counts(self) -> QueueCounts:
        """How many tasks are where."""
        ((total, leased, parked),) = await self._database.rows(
            "SELECT count(*), count(lease_until), (SELECT count(*) FROM parked) FROM task"
        )
        return QueueCounts(total - leased, leased, parked)

    async def sweep(self, now: float) -> int:
        """Lose the claims that ran out before `now`: who is gone, or was refused, asks no more."""
        if not await self._database.rows("SELECT 1 FROM task WHERE lease_until < %s LIMIT 1", (now,)):
            return 0
        async with self._changing() as cursor:
            return await claims.lose(cursor, "lease_until < %(now)s", {"now": now})

    async def change(self) -> int:
        """Another number whenever somebody has changed the plan."""
        ((number,),) = await self._database.rows("SELECT number FROM queue_change")
        return int(number)

    @contextlib.asynccontextmanager
    async def _changing(self) -> AsyncIterator[Cursor]:
        """A transaction that has the queue alone, and of which all machines are told."""
        async with self._database.transaction() as cursor:
            await cursor.execute(_EXCLUSIVE)
            yield cursor
            await cursor.execute(_CHANGED)  # last: beats write this row as well, and must not wait for a whole plan

    @contextlib.asynccontextmanager
    async def _beside(self) -> AsyncIterator[Cursor]:
        """A transaction beside others like it."""
        async with self._database.transaction() as cursor:
            await cursor.execute(_SHARED)
            yield cursor


async def _merge(cursor: Cursor, tasks: Iterable[Task], lasted: float | None = None) -> None:
    """Add or update `tasks`, as laws 2 and 3 have it; they are left in the table `incoming`, but for what stays.

    `lasted`: seconds that the pass took which planned them; what was settled meanwhile is left out.
    """
    await cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE task, PRIMARY KEY (key)) ON COMMIT DELETE ROWS"
    )
    await cursor.execute("DELETE FROM incoming")
    many = False
    given = iter({task.key: task for task in tasks}.values())
    while some := list(islice(given, 10 * CHUNK)):
        text = _as_json(some) if len(some) <= CHUNK else await asyncio.to_thread(_as_json, some)
        await cursor.execute(
            f"INSERT INTO incoming ({COLUMNS}) SELECT {COLUMNS} FROM json_populate_recordset(NULL::task, %s)", (text,)
        )
        many = many or len(some) > CHUNK
    if many:  # without it, the planner takes both for empty, and a merge of thousands takes minutes
        await cursor.execute("ANALYZE incoming, task, gap_age")
    if lasted is not None:
        await cursor.execute(_SETTLED_MEANWHILE, (lasted,))
    for statement in _MERGE:
        await cursor.execute(statement)


def _as_json(tasks: Sequence[Task]) -> str:
    rows = [dict(zip(_NAMES, encode(task), strict=True)) for task in tasks]
    for row in rows:
        row["reason"] = storable(str(row["reason"]))
    return orjson.dumps(rows).decode()
