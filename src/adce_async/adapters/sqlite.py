"""Opening SQLite databases: WAL, migrations, what to do about a damaged file, errors in plain words."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import structlog

from adce_async.errors import FixMeError
from adce_async.model.days import iso
from adce_async.ports import Clock

log = structlog.get_logger("adce.database")

BUSY_SECONDS = 5.0
"""How long a statement waits for another process (a person with the sqlite3 shell) to let go of the file."""

_NO_SHARED_MEMORY = frozenset({sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE})
_TRIES = 10
_WAL_BYTES = 16 * 1024 * 1024
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk (or its quota) is full: free some space",
    sqlite3.SQLITE_READONLY: "is read-only: let the service's user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "can't be opened: let the service's user write the file and its folder",
    sqlite3.SQLITE_BUSY: "is locked by another program: close that",
    sqlite3.SQLITE_IOERR: "the disk could not be read or written: see the system's log",
    sqlite3.SQLITE_CORRUPT: "is damaged: restart the service, which sets the file aside and starts a new one",
    sqlite3.SQLITE_NOTADB: "is no SQLite database any more: restart the service, which sets it aside and starts anew",
}


def explain(path: Path, error: sqlite3.Error) -> str:
    """One line: the file, what is wrong, what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code; extended ones refine it above 8 bits
    advice = _ADVICE.get(code)
    return f"{path}: {advice} ({error})" if advice else f"{path}: {error}"


def open_database(
    path: Path,
    migrations: Sequence[str],
    *,
    clock: Clock,
    synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
    repair: bool = True,
    migrate: bool = True,
) -> tuple[sqlite3.Connection, str | None]:
    """A connection to the newest version of the database at `path`, which is made where there is none.

    `migrations`: SQL scripts, oldest first; `user_version` counts those that were applied.
    NORMAL survives kill -9 at any instant and may lose the last commits with the machine's power; FULL does not.
    A damaged file is set aside as `NAME.broken-TIME` (with what was in its write-ahead log) and a new one is made;
    the second value then says so. Pass False for `repair` where another instance may be at work on the file, and for
    `migrate` where that one could not live with the new version.
    Raises FixMeError if the database can't be opened, is of a newer program, or is damaged and must not be touched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FixMeError(
            f"{path.parent}: can't be made ({error.strerror}): name a folder that can be written"
        ) from error
    try:
        try:
            return _open(path, migrations, synchronous, migrate=migrate), None
        except sqlite3.DatabaseError as error:
            damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
            if not (damaged and repair):
                raise
            aside = _set_aside(path, clock)
            what = " ".join(str(error).split())  # quick_check answers in several lines
            recovered = f"{path} was damaged ({what}): set aside as {aside.name}, a new one was made"
            return _open(path, migrations, synchronous, migrate=True), recovered
    except sqlite3.Error as error:
        raise FixMeError(explain(path, error)) from error


def can_write(path: Path) -> bool:
    """True if the database at `path` can be written or made."""
    if path.exists():
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return os.access(next(folder for folder in path.absolute().parents if folder.exists()), os.W_OK)


def look_at(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """A connection for whoever only looks: no file and no folder is made for it, nor left behind.

    It leads to the database at `path` where that can be written: readers of a write-ahead log have to. Elsewhere it
    leads to a copy in memory, and where there is no database to an empty one in memory: what is written is forgotten.
    Raises FixMeError.
    """
    try:
        if path.exists() and can_write(path):
            return _open(path, migrations, "NORMAL", migrate=True)
        memory = _connect(":memory:")
        with _closed_on_error(memory):
            if path.exists():
                _copy(path, memory)
            _prepare(path, memory, migrations, "OFF", migrate=True)
        return memory
    except sqlite3.Error as error:
        raise FixMeError(explain(path, error)) from error
    except OSError as error:
        raise FixMeError(
            f"{path}: can't be read: {error.strerror}; let this user read it (TMPDIR holds the copy)"
        ) from error


def _copy(path: Path, memory: sqlite3.Connection) -> None:
    """All that is committed in the database at `path`, where nothing can be written."""
    log = Path(f"{path}-wal")
    with contextlib.ExitStack() as stack:
        if log.exists() and not Path(f"{path}-shm").exists():  # left by a kill: it can't be read where it lies
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="adce-look-")))
            copies = [Path(shutil.copyfile(file, folder / file.name)) for file in (path, log)]
            uri = copies[0].as_uri()
        else:
            uri = f"{path.absolute().as_uri()}?mode=ro{'' if log.exists() else '&immutable=1'}"
        source = stack.enter_context(contextlib.closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)))
        source.backup(memory)


def connect_reader(path: Path) -> sqlite3.Connection:
    """A second connection to a database that is open: sees what was committed, writes nothing."""
    reader = _connect(path)
    reader.execute("PRAGMA query_only = ON")
    return reader


def _connect(path: Path | str) -> sqlite3.Connection:
    # no implicit transactions; each connection is used by one thread at a time, but not always by the same
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _open(path: Path, migrations: Sequence[str], synchronous: str, *, migrate: bool) -> sqlite3.Connection:
    connection = _connect(path)
    with _closed_on_error(connection):
        try:
            _use_wal(connection)
            connection.execute("SELECT count(*) FROM sqlite_schema")  # the first to need shared memory, mostly
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) not in _NO_SHARED_MEMORY:
                raise
            connection.close()
            connection, synchronous = _without_shared_memory(path), "FULL"
        _prepare(path, connection, migrations, synchronous, migrate=migrate)
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """(Where two that open it change the mode at once, SQLite waits for nobody: one is told that it is locked.)"""
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        connection.execute("BEGIN IMMEDIATE")  # waits for the other one
        connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode = WAL")


def _without_shared_memory(path: Path) -> sqlite3.Connection:
    """A connection where files can't be mapped (some FUSE, 9p): with a rollback journal, which needs locks only.

    One that holds the file alone can read a write-ahead log all the same, and so leave it.
    """
    connection = _connect(path)
    with _closed_on_error(connection):
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = TRUNCATE", "locking_mode = NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_schema")  # lets go of the lock
    log.warning("files can't be mapped", path=str(path), next="kept with a rollback journal, which is slower")
    return connection


def _prepare(
    path: Path, connection: sqlite3.Connection, migrations: Sequence[str], synchronous: str, *, migrate: bool
) -> None:
    """Make it fit for use. Raises sqlite3.DatabaseError if it is damaged, FixMeError if it is of a newer program."""
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict.strip())
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise FixMeError(f"{path}: was made by a newer version of this program: use that, or another folder")
    if version and not migrate:  # an older program may be at work on it: it keeps what it knows
        return
    while version < len(migrations):
        version = _bring_forward(connection, migrations)


def _bring_forward(connection: sqlite3.Connection, migrations: Sequence[str]) -> int:
    """Apply the next of `migrations`; the version then. Of several that open a new database each is one's only."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()  # another one may have been quicker
        if version < len(migrations):
            for statement in _statements(migrations[version]):
                connection.execute(statement)
            version += 1
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it by itself
            connection.execute("ROLLBACK")
        raise
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """One by one, since `executescript` ends the transaction that it finds.

    >>> list(_statements("CREATE TABLE a (x TEXT DEFAULT ';'); -- one; two"))
    ["CREATE TABLE a (x TEXT DEFAULT ';');", ' -- one; two']
    """
    text = ""
    for part in script.split(";"):
        text += part
        if sqlite3.complete_statement(f"{text};"):
            yield f"{text};"
            text = ""
        else:
            text += ";"
    if rest := text.removesuffix(";"):
        yield rest


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _set_aside(path: Path, clock: Clock) -> Path:
    aside = path.with_name(f"{path.name}.broken-{iso(clock.now())}")
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{aside}{suffix}")
    with contextlib.suppress(FileNotFoundError):  # an index over the old log, which would spoil the new one
        Path(f"{path}-shm").unlink()
    return aside
