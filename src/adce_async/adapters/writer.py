"""One SQLite database behind one writing thread, with group commit.

Whatever is submitted while a transaction runs becomes the next transaction, so that a hundred callers cost
one commit. The thread is driven through `run_in_executor`, one call a batch: loops with virtual time know that
they have to wait for an executor, and would run ahead of a thread with a queue of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from adce_async.adapters.schema import MIGRATIONS
from adce_async.adapters.sqlite import connect_reader, explain, look_at, open_database
from adce_async.clock import SystemClock
from adce_async.errors import QueueError
from adce_async.ports import Clock

T = TypeVar("T")

MAX_BACKLOG = 1000
"""Calls of `submit` that wait at a time, and so the most that one transaction holds; further callers queue up."""


class SqliteWriter:
    """Owner of `adce.db`; the adapters for queue, state and history share one.

    An async context manager: entering opens (or makes) the database and raises FixMeError if that can't be done,
    leaving it finishes what was submitted. `recovered` says so if a damaged database had to be set aside.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock | None = None,
        exclusive: bool = True,
        look: bool = False,
        migrations: Sequence[str] = MIGRATIONS,
    ) -> None:
        """`exclusive`: no other instance is at work on the file, so that a damaged one may be set aside.

        `look`: it is only looked at, see `sqlite.look_at`. `migrations`: of another database than `adce.db`.
        """
        self._migrations = migrations
        self.path = path
        self.recovered: str | None = None
        self._clock = clock or SystemClock()
        self._exclusive = exclusive
        self._write_thread = ThreadPoolExecutor(1, "adce-db-write")
        self._look = look
        # what is in memory has one connection, and so one thread
        self._read_thread = self._write_thread if look else ThreadPoolExecutor(1, "adce-db-read")
        self._pending: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = []
        self._room = asyncio.Semaphore(MAX_BACKLOG)
        self._running = False
        self._open = False

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().run_in_executor(self._write_thread, self._connect)
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        for _ in range(MAX_BACKLOG):  # it is first come, first served: the last place means that all others are done
            await self._room.acquire()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._read_thread, self._reader.close)  # after the reads that are under way
        await loop.run_in_executor(self._write_thread, self._connection.close)  # the last one out checkpoints
        self._read_thread.shutdown()
        self._write_thread.shutdown()

    async def submit(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Run `do` in the writing thread, within a transaction; returns when that is committed.

        What `do` raises undoes its own changes and nobody else's, and is raised here; errors of the database as
        QueueError, with nothing changed. Cancelled before its turn, it is not run; after that, it is finished.
        `do` must not begin or end transactions.
        """
        if not self._open:
            raise QueueError(f"{self.path}: is closed")
        async with self._room:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[T] = loop.create_future()
            self._pending.append((do, future))
            if not self._running:
                self._running = True
                loop.call_soon(self._next_batch)  # soon: all that submit in this turn of the loop share a commit
            return await future

    async def read(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Run `do` on a consistent snapshot of what is committed, beside the writing thread."""
        if not self._open:
            raise QueueError(f"{self.path}: is closed")
        return await asyncio.get_running_loop().run_in_executor(self._read_thread, self._run_read, do)

    async def flush(self) -> None:
        """Bring everything that is committed to disk, so that it survives the machine's crash as well."""
        if not self._open:
            raise QueueError(f"{self.path}: is closed")
        await asyncio.get_running_loop().run_in_executor(self._write_thread, self._sync)

    def _next_batch(self) -> None:
        batch = [(do, future) for do, future in self._pending if not future.done()]
        self._pending.clear()
        if not batch:
            self._running = False
            return
        run = asyncio.get_running_loop().run_in_executor(self._write_thread, self._run_batch, [do for do, _ in batch])

        def resolve(done: asyncio.Future[list[Any]]) -> None:
            error = done.exception()
            results = [error] * len(batch) if error else done.result()
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            self._next_batch()

        run.add_done_callback(resolve)

    # everything below runs in one of the two threads

    def _connect(self) -> None:
        if self._look:
            self._connection = self._reader = look_at(self.path, self._migrations)
            return
        self._connection, self.recovered = open_database(
            self.path, self._migrations, clock=self._clock, repair=self._exclusive
        )
        self._reader = connect_reader(self.path)

    def _run_batch(self, batch: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = [self._run_one(do) for do in batch]
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # a full disk, mostly; the whole transaction is lost
            return [self._failure(error) for _ in batch]
        else:
            return results
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _run_one(self, do: Callable[[sqlite3.Connection], Any]) -> Any:
        connection = self._connection
        connection.execute("SAVEPOINT one")
        try:
            result = do(connection)
            if isinstance(result, sqlite3.Cursor):  # freed in another thread, it would get in the way of this one
                result.close()
                result = None
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite has rolled everything back by itself, as it does when the disk is full
            connection.execute("ROLLBACK TO one")
            result = self._failure(error) if isinstance(error, sqlite3.Error) else error
        connection.execute("RELEASE one")
        return result

    def _failure(self, error: sqlite3.Error) -> QueueError:
        failure = QueueError(explain(self.path, error))
        failure.__cause__ = error
        return failure

    def _run_read(self, do: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._reader.execute("BEGIN")
            return do(self._reader)
        except sqlite3.Error as error:
            raise self._failure(error) from error
        finally:
            if self._reader.in_transaction:
                self._reader.execute("ROLLBACK")

    def _sync(self) -> None:
        # A synchronous commit syncs the whole write-ahead log. (A checkpoint would do, but waits for readers.)
        connection = self._connection
        try:
            connection.execute("PRAGMA synchronous = FULL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise self._failure(error) from error
