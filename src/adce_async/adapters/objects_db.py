"""What a lake in a folder keeps beside its objects: provenance, hash, and the size and time they were stored with.

A row is written to the database only after its object was synced, so that a row that matches its file vouches for
the content. Until then a journal carries it over the death of the process; what is found there is checked against
the content itself, since the machine may have died as well. Everything here blocks and is called from worker threads.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from adce_async.adapters.sqlite import explain, look_at, open_database
from adce_async.errors import StoreError, readable
from adce_async.ports import Clock, Provenance

_MIGRATIONS = (
    """
    CREATE TABLE object (  -- columns in the order of the fields of Row
        key TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
        url TEXT NOT NULL, fetched_at REAL NOT NULL, scraper TEXT NOT NULL, scraper_version TEXT NOT NULL,
        content_type TEXT NOT NULL, status INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    ALTER TABLE object ADD COLUMN etag TEXT NOT NULL DEFAULT '';
    ALTER TABLE object ADD COLUMN last_modified TEXT NOT NULL DEFAULT '';
    """,
    "ALTER TABLE object ADD COLUMN seen_ns INTEGER NOT NULL DEFAULT 0",
)


class Row(NamedTuple):
    """One object as it was stored.

    `mtime_ns`: the time that its file was given, by which its content is known (`tag`). `seen_ns`: another time that
    the file was found to have with that content, in a copy that kept no times or where times can't be set; 0: none.
    """

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
    etag: str = ""
    last_modified: str = ""
    seen_ns: int = 0

    @classmethod
    def of(cls, key: str, file: os.stat_result, sha256: str, provenance: Provenance, at: int) -> Row:
        """The row of an object that came with `provenance` and is stored in `file`, which was given the time `at`."""
        p = provenance
        url, content_type, etag, last_modified = map(readable, (p.url, p.content_type, p.etag, p.last_modified))
        origin = (url, p.fetched_at, p.scraper, p.scraper_version, content_type, p.status, etag, last_modified)
        return cls(key, file.st_size, at, sha256, *origin, _other(file.st_mtime_ns, at))

    def seen_in(self, file: os.stat_result) -> Row:
        """The row, once `file` is known to hold what it tells of."""
        return self._replace(seen_ns=_other(file.st_mtime_ns, self.mtime_ns))

    def vouches_for(self, file: os.stat_result) -> bool:
        """True if `file` is as it was when the row was recorded."""
        return self.size == file.st_size and file.st_mtime_ns in (self.mtime_ns, self.seen_ns)

    @property
    def tag(self) -> str:
        """By which this content of the object is known; a copy of the lake has the same."""
        return f"{self.mtime_ns:x}-{self.size:x}"

    def provenance(self) -> dict[str, object]:
        """The provenance, with the hash."""
        beside = self._asdict()
        for name in ("key", "size", "mtime_ns", "seen_ns"):
            del beside[name]
        return beside


class ObjectsDb:
    """The rows of one lake. Those of `record` wait in memory for `commit`. Raises StoreError."""

    def __init__(self, path: Path, clock: Clock, *, repair: bool = True, look: bool = False) -> None:
        """Opens the database; `recovered` says so if a damaged one was set aside (`repair`). Raises FixMeError.

        `look`: it is only looked at, see `sqlite.look_at`.
        """
        self._path = path
        self.recovered: str | None = None
        if look:
            self._connection = look_at(path, _MIGRATIONS)
        else:
            self._connection, self.recovered = open_database(
                path,
                _MIGRATIONS,
                clock=clock,
                synchronous="FULL",  # commits come in groups, and each has to last
                repair=repair,
                migrate=repair,
            )
        self._columns = len(self._connection.execute("PRAGMA table_info(object)").fetchall())
        """Fewer than a row has in a database that an older program is at work on."""
        self._database = threading.Lock()
        self._rows = threading.Lock()  # not held while the disk syncs: `record` is on the way of each put
        self._waiting: dict[str, Row] = {}
        self._committing: dict[str, Row] = {}
        self._names = (f"journal-{secrets.token_hex(6)}-{number}" for number in itertools.count())
        self._journal: io.FileIO | None = None
        self._unwritten: list[Row] = []
        """Rows that wait, and are in no journal yet."""
        self._journals: list[Path] = []
        """Journals of the rows that are being committed."""

    @property
    def waiting(self) -> int:
        """How many rows wait for `commit`."""
        return len(self._waiting)

    def tag_of_waiting(self, key: str) -> str:
        """The tag of `key` if its row is not committed yet; "" of all others. Never waits for anybody."""
        # without the lock, which is held while the journal is written: `take` moves all rows in one step, from the
        # first of these to the second, and what a commit has let go of meanwhile is only not remembered
        row = self._waiting.get(key) or self._committing.get(key)
        return row.tag if row is not None else ""

    def find(self, key: str) -> Row | None:
        """What was recorded last of `key`."""
        return self.find_all((key,)).get(key)

    def find_all(self, keys: Sequence[str]) -> Mapping[str, Row]:
        """What was recorded last of each of `keys`, in one query; in none, where all of them wait for a commit."""
        with self._rows:  # before the query: what a commit takes from here meanwhile, the query sees
            newer = {key: row for rows in (self._committing, self._waiting) for key in keys if (row := rows.get(key))}
        if len(newer) == len(keys):
            return newer
        sql = "SELECT * FROM object WHERE key IN (SELECT value FROM json_each(?))"
        try:
            with self._database:
                rows = self._connection.execute(sql, (json.dumps(keys),)).fetchall()
        except sqlite3.Error as error:
            raise StoreError(explain(self._path, error)) from error
        return {row[0]: Row(*row) for row in rows} | newer

    def record(self, row: Row) -> None:
        """Remember `row` until the next commit, also if the process is killed before it."""
        self.note(row)
        self.write_journal()

    def note(self, row: Row) -> None:
        """Remember `row` until the next commit; over the death of the process from the next `write_journal` on."""
        with self._rows:
            self._waiting[row.key] = row
            self._unwritten.append(row)

    def write_journal(self) -> None:
        """Everything that was noted survives the process from now on: several rows in one write."""
        with self._rows, contextlib.suppress(OSError):  # a full disk: only a kill would miss the lines
            rows, self._unwritten = self._unwritten, []
            if rows:
                if self._journal is None:
                    self._journal = io.FileIO(self._path.with_name(next(self._names)), "x")
                self._journal.write(b"\n".join([*map(_line, rows), b""]))

    def adopt_journals(self) -> Sequence[Row]:
        """The rows that a killed process had not committed, oldest first; the next commit removes its journals.

        Not to be called beside a living process on the same lake.
        """
        with self._rows:
            self._journals = sorted(self._path.parent.glob("journal-*"), key=lambda path: path.stat().st_mtime_ns)
        rows = []
        for line in itertools.chain.from_iterable(path.read_bytes().splitlines() for path in self._journals):
            with contextlib.suppress(ValueError, TypeError):  # cut short by the machine's crash
                rows.append(Row(*json.loads(line)))
        return rows

    def take(self) -> Sequence[str]:
        """Begin a commit: the keys whose objects have to be synced before it."""
        with self._rows:
            self._committing, self._waiting = self._waiting, {}
            if self._journal is not None:
                self._journals.append(Path(os.fsdecode(self._journal.name)))
                self._journal.close()
                self._journal = None
            return list(self._committing)

    def commit(self) -> None:
        """Finish it: the rows taken are on disk."""
        if self._committing:
            self._write()
        with self._rows:
            self._committing = {}
            for journal in self._journals:
                with contextlib.suppress(OSError):  # it does no harm
                    journal.unlink()
            self._journals = []

    def _write(self) -> None:
        columns = Row._fields[: self._columns]
        sql = f"INSERT OR REPLACE INTO object ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        with self._database:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(sql, [row[: self._columns] for row in self._committing.values()])
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise StoreError(explain(self._path, error)) from error

    def put_back(self) -> None:
        """Give it up: the rows taken wait for the next commit, but for those that were recorded anew."""
        with self._rows:
            self._waiting = {**self._committing, **self._waiting}
            self._committing = {}

    def close(self) -> None:
        """Close the database; the journal of what was not committed stays."""
        self._connection.close()
        if self._journal is not None:
            self._journal.close()


def _line(row: Row) -> bytes:
    return orjson.dumps(tuple(row))


def _other(time: int, than: int) -> int:
    return 0 if time == than else time
