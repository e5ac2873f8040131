"""Our index of a lake in S3: provenance and hash by key and etag, and the multipart uploads that are under way.

A row vouches for an object as long as the object has the row's etag and size. Losing the index costs nothing but
time: each object that we wrote says the same in its metadata (`metadata`), and is asked for it when it is looked at.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from adce_async.adapters.writer import SqliteWriter
from adce_async.errors import QueueError, StoreError, readable
from adce_async.ports import Clock, Provenance

_MIGRATIONS = (
    """
    CREATE TABLE object (  -- columns in the order of the fields of Row
        key TEXT PRIMARY KEY, tag TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
        url TEXT NOT NULL, fetched_at REAL NOT NULL, scraper TEXT NOT NULL, scraper_version TEXT NOT NULL,
        content_type TEXT NOT NULL, status INTEGER NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE upload (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID
    """,
)


class Row(NamedTuple):
    """One object as it was stored. `tag`: the etag that S3 gave it; `etag`: that of the source it came from."""

    key: str
    tag: str
    size: int
    sha256: str
    url: str
    fetched_at: float
    scraper: str
    scraper_version: str
    content_type: str
    status: int
    etag: str
    last_modified: str

    @classmethod
    def of(cls, key: str, tag: str, size: int, sha256: str, provenance: Provenance) -> Row:
        """The row of an object that came with `provenance`."""
        p = provenance
        url, content_type, etag, last_modified = map(readable, (p.url, p.content_type, p.etag, p.last_modified))
        origin = (url, p.fetched_at, p.scraper, p.scraper_version, content_type, p.status, etag, last_modified)
        return cls(key, tag, size, sha256, *origin)

    def vouches_for(self, tag: str, size: int) -> bool:
        """True if the object is as it was when the row was recorded."""
        return (self.tag, self.size) == (tag, size)

    def provenance(self) -> dict[str, object]:
        """The provenance, with the hash."""
        beside = self._asdict()
        for name in ("key", "size", "tag"):
            del beside[name]
        return beside


class ObjectRows:
    """The index at `path`; an async context manager. Raises FixMeError on entering, StoreError later.

    What `record` has taken survives kill -9 of the process when it returns.
    """

    def __init__(self, path: Path, clock: Clock, *, look: bool = False) -> None:
        """`look`: it is only looked at, see `sqlite.look_at`."""
        self._writer = SqliteWriter(path, clock=clock, look=look, migrations=_MIGRATIONS)

    @property
    def recovered(self) -> str | None:
        """What was found damaged, and what was made of it."""
        return self._writer.recovered

    async def __aenter__(self) -> Self:
        await self._writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._writer.__aexit__(kind, error, traceback)

    async def find(self, key: str) -> Row | None:
        """What was recorded last of `key`."""
        return (await self.find_all((key,))).get(key)

    async def find_all(self, keys: Sequence[str]) -> Mapping[str, Row]:
        """What was recorded last of each of `keys`, in one query."""
        sql = "SELECT * FROM object WHERE key IN (SELECT value FROM json_each(?))"

        def read(connection: sqlite3.Connection) -> dict[str, Row]:
            return {row[0]: Row(*row) for row in connection.execute(sql, (json.dumps(keys),))}

        try:
            return await self._writer.read(read)
        except QueueError as error:
            raise StoreError(str(error)) from error

    async def after(self, key: str, count: int) -> Sequence[tuple[str, int, str, float]]:
        """(key, size, tag, fetched_at) of the next `count` rows in the order of their keys."""
        sql = "SELECT key, size, tag, fetched_at FROM object WHERE key > ? ORDER BY key LIMIT ?"
        try:
            return await self._writer.read(lambda db: db.execute(sql, (key, count)).fetchall())
        except QueueError as error:
            raise StoreError(str(error)) from error

    async def record(self, *rows: Row) -> None:
        """Remember `rows`, each in place of what was known of its key."""
        await self._write(f"INSERT OR REPLACE INTO object VALUES ({', '.join('?' * len(Row._fields))})", rows)  # noqa: S608

    async def begun(self, name: str, upload: str) -> None:
        """An upload of several parts begins: who finds it here after a restart may abort it."""
        await self._write("INSERT OR REPLACE INTO upload (name, id) VALUES (?, ?)", [(name, upload)])

    async def ended(self, upload: str) -> None:
        """It is complete, or aborted."""
        await self._write("DELETE FROM upload WHERE id = ?", [(upload,)])

    async def uploads(self) -> Sequence[tuple[str, str]]:
        """(name in the bucket, id) of those that nobody has ended."""
        try:
            return await self._writer.read(lambda db: db.execute("SELECT name, id FROM upload").fetchall())
        except QueueError as error:
            raise StoreError(str(error)) from error

    async def flush(self) -> None:
        """Bring it to disk."""
        try:
            await self._writer.flush()
        except QueueError as error:
            raise StoreError(str(error)) from error

    async def _write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        def do(connection: sqlite3.Connection) -> None:
            connection.executemany(sql, rows)

        try:
            await self._writer.submit(do)
        except QueueError as error:
            raise StoreError(str(error)) from error
