"""What `store_local` keeps beside its objects: provenance, hash, and the size and time they were stored with.

A row is written only after its object was synced, so that a row that matches its file vouches for the content.
Everything here blocks and is called from worker threads.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from adce_async.adapters.sqlite import explain, open_database
from adce_async.errors import StoreError
from adce_async.ports import Clock, Provenance

_MIGRATIONS = (
    """
    CREATE TABLE object (  -- columns in the order of the fields of Row
        key TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
        url TEXT NOT NULL, fetched_at REAL NOT NULL, scraper TEXT NOT NULL, scraper_version TEXT NOT NULL,
        content_type TEXT NOT NULL, status INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)


class Row(NamedTuple):
    """One object as it was stored."""

    key: str
    size: int
    mtime_ns: int
    sha256: str
    url: str
    fetched_at: float
    scraper: str
    scraper_version: str
    content_type: str
    status: int

    @classmethod
    def of(cls, key: str, file: os.stat_result, sha256: str, provenance: Provenance) -> Row:
        """The row of an object that came with `provenance` and is stored in `file`."""
        p = provenance
        origin = (p.url, p.fetched_at, p.scraper, p.scraper_version, p.content_type, p.status)
        return cls(key, file.st_size, file.st_mtime_ns, sha256, *origin)

    def vouches_for(self, file: os.stat_result) -> bool:
        """True if `file` is as it was when the row was recorded."""
        return (self.size, self.mtime_ns) == (file.st_size, file.st_mtime_ns)

    def provenance(self) -> dict[str, object]:
        """The provenance, with the hash."""
        beside = self._asdict()
        for name in ("key", "size", "mtime_ns"):
            del beside[name]
        return beside


class ObjectsDb:
    """The rows of one lake. Those of `record` wait in memory for `commit`. Raises StoreError."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Opens the database; `recovered` says so if a damaged one was set aside. Raises FixMeError."""
        self._path = path
        # FULL: commits come in groups, and each has to last
        self._connection, self.recovered = open_database(path, _MIGRATIONS, clock=clock, synchronous="FULL")
        self._database = threading.Lock()
        self._rows = threading.Lock()  # not held while the disk syncs: `record` is on the way of each put
        self._waiting: dict[str, Row] = {}
        self._committing: dict[str, Row] = {}

    @property
    def waiting(self) -> int:
        """How many rows wait for `commit`."""
        return len(self._waiting)

    def find(self, key: str) -> Row | None:
        """What was recorded last of `key`."""
        return self.find_all((key,)).get(key)

    def find_all(self, keys: Sequence[str]) -> Mapping[str, Row]:
        """What was recorded last of each of `keys`, in one query."""
        with self._rows:  # before the query: what a commit takes from here meanwhile, the query sees
            newer = {key: row for rows in (self._committing, self._waiting) for key in keys if (row := rows.get(key))}
        sql = "SELECT * FROM object WHERE key IN (SELECT value FROM json_each(?))"
        try:
            with self._database:
                rows = self._connection.execute(sql, (json.dumps(keys),)).fetchall()
        except sqlite3.Error as error:
            raise StoreError(explain(self._path, error)) from error
        return {row[0]: Row(*row) for row in rows} | newer

    def record(self, row: Row) -> None:
        """Remember `row` until the next commit."""
        with self._rows:
            self._waiting[row.key] = row

    def take(self) -> Sequence[str]:
        """Begin a commit: the keys whose objects have to be synced before it."""
        with self._rows:
            self._committing, self._waiting = self._waiting, {}
            return list(self._committing)

    def commit(self) -> None:
        """Finish it: the rows taken are on disk."""
        sql = "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        with self._database:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(sql, self._committing.values())
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise StoreError(explain(self._path, error)) from error
        with self._rows:
            self._committing = {}

    def put_back(self) -> None:
        """Give it up: the rows taken wait for the next commit, but for those that were recorded anew."""
        with self._rows:
            self._waiting = {**self._committing, **self._waiting}
            self._committing = {}

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
