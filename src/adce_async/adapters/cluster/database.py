"""One PostgreSQL database, shared by all machines: connections, transactions, versions of the schema, plain words.

The connections are those of procrastinate's connector (psycopg 3 and its pool). Its job table is not used: it can't
claim by key, has no fencing tokens, and can't make a plan the queue in one transaction (see docs/architecture.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

import psycopg
import psycopg_pool
import structlog
from procrastinate import PsycopgConnector
from psycopg import sql

from adce_async.adapters.cluster.schema import MIGRATIONS
from adce_async.errors import FixMeError, QueueError
from adce_async.redaction import SECRETS, redact

log = structlog.get_logger("adce.cluster")

Cursor: TypeAlias = psycopg.AsyncCursor[tuple[Any, ...]]
Values: TypeAlias = Sequence[object] | Mapping[str, object]

CONNECT_SECONDS = 5
"""Until a server that does not answer is given up."""
WAIT_SECONDS = 5.0
"""Until a call gives up waiting for a connection of the pool."""
STATEMENT_SECONDS = 60
"""After so long the server ends a statement: a plan of a million tasks takes less."""
SILENT_SECONDS = 10
"""A connection whose other end says nothing for so long is broken: a partition must not hold a call for minutes."""
IDLE_SECONDS = 10.0
"""For how long the server waits in a transaction for what comes next, where no node is held up by its locks."""
LOOK_SECONDS = 0.5
"""Between two looks, while waiting for a connection, whether the server has refused the last one."""
CHUNK = 1000
"""Rows that are taken at a time, so that a large answer does not hold the loop."""
UNREADABLE = "?"
_BUSY = ("starting up", "shutting down", "recovery mode", "too many clients", "connection slots")
"""What a server says that will serve us in a while."""
_MISTAKE = re.compile(
    r"invalid (integer value|port number|[a-z_]+ value|connection option)|could not match \d|service .* not found"
)
"""What its library says of a DSN before it asks any server: nothing of that passes."""
EXPECTED = "postgresql://HOST/DATABASE?user=NAME (a password with odd characters: percent-encoded, or in ~/.pgpass)"
MIGRATE_FIRST = "run `adce cluster migrate` first"


class ClusterDatabase:
    """An async context manager: entering connects and looks at the schema, leaving closes.

    `connections`: the most at a time. `migrate`: make or upgrade the schema on entering; without it, an old one is a
    FixMeError, as is a server that refuses us. One that does not answer then, or not yet, is a QueueError.
    `idle`: seconds after which the server ends a transaction of ours in which nothing is said: who is cut off, paused
    or without power in the middle of one must not hold its locks for longer than others can do without.
    """

    def __init__(
        self,
        dsn: str,
        *,
        schema: str = "adce",
        connections: int = 4,
        migrate: bool = False,
        idle: float = IDLE_SECONDS,
    ) -> None:
        self.schema = schema
        self.idle = idle
        self.answers_within = STATEMENT_SECONDS + SILENT_SECONDS
        """Seconds: a server that is frozen, or behind something that holds the connection open, says nothing at all."""
        self._dsn = dsn
        SECRETS.learn(_password(dsn))
        self._migrate = migrate
        self._refused = ""
        """Why there was no connection, the last time that one was tried."""
        self._refusals = 0
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # its troubles are ours, and said once
        self._connector = PsycopgConnector(
            conninfo=dsn, min_size=1, max_size=connections, timeout=LOOK_SECONDS, reconnect_timeout=0,
            configure=self._configure, connection_class=self._connections(),
            kwargs={
                "connect_timeout": CONNECT_SECONDS, "application_name": "adce", "autocommit": True,
                "tcp_user_timeout": SILENT_SECONDS * 1000, "keepalives_idle": SILENT_SECONDS,
            },
        )  # fmt: skip

    @property
    def shown(self) -> str:
        """Where it is, for people: no password."""
        return shown(self._dsn)

    async def __aenter__(self) -> Self:
        try:
            async with await psycopg.AsyncConnection.connect(
                self._dsn, connect_timeout=CONNECT_SECONDS, autocommit=True
            ) as connection:
                await self._prepare(connection)
        except psycopg.Error as error:
            if self.shown != UNREADABLE and _passes(error):
                raise QueueError(self.explain(error)) from error
            raise FixMeError(f"cluster.dsn: {self.explain(error)}") from error
        await self._connector.open_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._connector.close_async()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Cursor]:
        """A transaction; it is durable on the server when the block is left. Raises QueueError, and nothing changed.

        (Of a connection that breaks in the very commit nobody knows; who repeats it then is refused by his tokens.)
        """
        try:
            async with self._connection() as connection, connection.transaction(), connection.cursor() as cursor:
                yield cursor
        except psycopg.Error as error:
            raise QueueError(self.explain(error)) from error

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """One of the pool. Who waits for it waits no longer than the server is known to answer.

        (The pool tells those who wait nothing of a refusal, and tries again only when somebody new asks.)
        """
        before = self._refusals
        async with contextlib.AsyncExitStack() as stack:
            for look in range(1, math.ceil(WAIT_SECONDS / LOOK_SECONDS) + 1):
                try:
                    connection = await stack.enter_async_context(self._connector.pool.connection())
                    break
                except psycopg_pool.PoolTimeout:
                    if self._refusals > before or look * LOOK_SECONDS >= WAIT_SECONDS:
                        raise
            yield connection

    def _connections(self) -> type[psycopg.AsyncConnection[Any]]:
        """Their class: it remembers why there is none."""
        database = self

        class Connection(psycopg.AsyncConnection[Any]):
            @classmethod
            async def connect(cls, *given: Any, **options: Any) -> Self:
                try:
                    connection = await super().connect(*given, **options)
                except psycopg.Error as error:
                    database._refused = said(error)
                    database._refusals += 1
                    raise
                database._refused = ""
                return connection

            async def wait(self, *given: Any, **options: Any) -> Any:
                """For an answer; whose does not come although the server would have ended the statement is gone."""
                last = asyncio.get_running_loop().call_later(database.answers_within, _break_off, self.fileno())
                try:
                    return await super().wait(*given, **options)
                finally:
                    last.cancel()

        return Connection

    async def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """What a question is answered with. Raises QueueError."""
        async with self._alone() as cursor:
            await cursor.execute(statement, values)
            return await fetch_all(cursor)

    async def execute(self, statement: str, values: Values = ()) -> None:
        """One statement, in a transaction of its own. Raises QueueError."""
        async with self._alone() as cursor:
            await cursor.execute(statement, values)

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[Cursor]:
        """For one statement, which begins and ends its transaction at the server: it holds no lock while it travels."""
        try:
            async with self._connection() as connection, connection.cursor() as cursor:
                yield cursor
        except psycopg.Error as error:
            raise QueueError(self.explain(error)) from error

    def explain(self, error: psycopg.Error) -> str:
        """One line: the server, what is wrong, what to do; no password."""
        if self.shown == UNREADABLE:  # what the library says holds all of it, with what may be a password
            return f"that is no DSN ({_fault(self._dsn)}); expected {EXPECTED}"
        text = said(error)
        if isinstance(error, psycopg_pool.PoolTimeout):
            text = self._refused or "no connection to be had"
        return redact(f"PostgreSQL at {self.shown}: {text}")

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Each connection of the pool: our tables, and no statement that waits for ever."""
        await connection.execute(
            "SELECT set_config('search_path', %s, false), set_config('statement_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false)",
            (f'"{self.schema}"', f"{STATEMENT_SECONDS}s", f"{self.idle * 1000:.0f}ms"),
        )

    async def _prepare(self, connection: psycopg.AsyncConnection[Any]) -> None:
        version = await self._version(connection)
        if version > len(MIGRATIONS):
            raise FixMeError(f"cluster.dsn: the schema {self.schema} is of a newer version of this program: use that")
        if version == len(MIGRATIONS):
            return
        if not self._migrate:
            said = f"has no schema {self.schema}" if not version else f"has an old schema {self.schema}"
            raise FixMeError(f"cluster.dsn: PostgreSQL at {self.shown} {said}: {MIGRATE_FIRST}")
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"adce {self.schema}",))
            name = sql.Identifier(self.schema)
            await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
            await connection.execute("SELECT set_config('search_path', %s, true)", (f'"{self.schema}"',))
            await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)")
            version = await self._version(connection)  # another one may have been quicker
            for script in MIGRATIONS[version:]:
                await connection.execute(script)
            await connection.execute("DELETE FROM schema_version")
            await connection.execute("INSERT INTO schema_version VALUES (%s)", (len(MIGRATIONS),))
        log.info("schema made", schema=self.schema, version=len(MIGRATIONS), was=version)

    async def _version(self, connection: psycopg.AsyncConnection[Any]) -> int:
        """0 if there is no schema."""
        table = sql.Identifier(self.schema, "schema_version")
        found = await (
            await connection.execute("SELECT to_regclass(%s)", (f'"{self.schema}".schema_version',))
        ).fetchone()
        if found is None or found[0] is None:
            return 0
        row = await (await connection.execute(sql.SQL("SELECT version FROM {}").format(table))).fetchone()
        return 0 if row is None else int(row[0])


async def fetch_all(cursor: Cursor) -> list[tuple[Any, ...]]:
    """All rows of an answer, some at a time."""
    rows: list[tuple[Any, ...]] = []
    while some := await cursor.fetchmany(CHUNK):
        rows += some
        await asyncio.sleep(0)
    return rows


def said(error: psycopg.Error) -> str:
    r"""What the server or its library says, in one line and once.

    >>> said(psycopg.OperationalError("connection failed: refused\n\tIs the server running?\n"))
    'connection failed: refused Is the server running?'
    """
    return " ".join(str(error).split()) or type(error).__name__


def _passes(error: psycopg.Error) -> bool:
    """Whether a connection that failed may succeed later, with nothing mended on our side."""
    text = said(error)
    if _MISTAKE.search(text):
        return False
    return isinstance(error, psycopg.OperationalError) and ("FATAL" not in text or any(one in text for one in _BUSY))


def shown(dsn: str) -> str:
    """Host, port and database of a DSN: what may be said of it.

    >>> shown("postgresql://me:secret@db.test:5433/lake"), shown("no dsn at all")
    ('db.test:5433/lake', '?')
    """
    try:
        parts = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        return UNREADABLE
    host = parts.get("host") or "localhost"
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"


def _break_off(descriptor: int) -> None:
    """As if the other end had closed the connection: who waits for it is woken."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as end:
        end.shutdown(socket.SHUT_RDWR)


def _fault(dsn: str) -> str:
    """Why it is none, without what its library quotes of it: that may be (a piece of) the password.

    >>> _fault("postgresql://db.test/lake?user=me&foo=bar")
    "option 2 after the '?' is none of PostgreSQL's"
    >>> _fault("postgresql://me:se cret@db.test/lake")
    'unexpected spaces found in "...", use percent-encoded spaces (%20) instead'
    """
    try:
        psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error as error:
        text = said(error)
        if unknown := re.fullmatch(r'invalid URI query parameter: "(.*)"', text):
            names = [option.partition("=")[0] for option in dsn.partition("?")[2].split("&")]
            if unknown[1] in names:
                return f"option {names.index(unknown[1]) + 1} after the '?' is none of PostgreSQL's"
        return re.sub(r'".*"', '"..."', text)
    return ""


def _password(dsn: str) -> str:
    try:
        return str(psycopg.conninfo.conninfo_to_dict(dsn).get("password") or "")
    except psycopg.Error:
        return ""
