"""A lake in a folder: each object at exactly ROOT/KEY, all that is ours under ROOT/.adce/.

A body is written to a temporary file and renamed, so that it appears whole; `flush` brings files, folders and then
their metadata to disk in groups. `modified` is the time that the object was fetched, as its provenance says; where a
copy of the lake has lost the times of its files, their content tells that they are what the index knows.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH120 - texts are quicker than Path objects, on the way of each put

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import itertools
import os
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from adce_async.adapters.files import (
    OF_ITS_NAME,
    Leniency,
    UnusableNames,
    create,
    describe,
    digest,
    file_status,
    is_alone,
    link,
    probe,
    set_time,
    status_before,
    sync,
    walk,
)
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.clock import SystemClock
from adce_async.errors import FixMeError, StoreError, UnstorableError
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import is_valid, validate_key
from adce_async.ports import Clock, Provenance

T = TypeVar("T")
Results = list[bool | Exception]  # (`list` is a method of the class below)
Batch = list[StoredObject]

BATCH = 2000
"""The most objects in one batch of a listing."""

SMALL_BYTES = 262_144
"""Bodies up to here are written several at a time, ..."""
SMALL_AT_ONCE = 32
"""... but not more than this."""

SYNCING = 4
"""Files that are synced at once: a few share the commits of the file system's journal."""

MAX_WAITING = 5000
"""Objects put since the last `flush` beyond which `put` flushes by itself."""

MOST_HASHED = 256 * 1024 * 1024
"""Bytes of files with unexpected times that one step of a listing looks into."""

MAX_REPLACED = 200_000
"""Files of others in the place of ours that are remembered, so that they are looked into once."""

_OWN = ".adce"


class LocalStore:
    """`ports.ObjectStore` over the folder `root`; an async context manager.

    Entering makes the folder and raises FixMeError if it can't be made or written; leaving flushes. `recovered` says
    so if the metadata was damaged and begun anew: then nothing counts as verified until it is fetched again.
    """

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._root = Path(os.path.realpath(root))
        self._own = self._root / _OWN
        self._temporary = f"{self._own / 'tmp' / secrets.token_hex(6)}-"
        self._number = itertools.count()
        self._threads = ThreadPoolExecutor(8, "adce-store")
        self._syncing = ThreadPoolExecutor(SYNCING, "adce-sync")
        self._one_at_a_time = tuple(threading.Lock() for _ in range(64))  # puts of one key, by its hash
        self._rounds = threading.Lock()
        self._turn = asyncio.Lock()
        self._small: deque[tuple[tuple[str, bytes, Provenance], asyncio.Future[bool]]] = deque()
        self._writing = False
        self._folders: set[str] = set()
        self._unusable = UnusableNames(self._root)
        self._lenient = Leniency(self._root)
        self._replaced: dict[str, tuple[int, int]] = {}
        self._put = 0
        self._flushed = 0
        self.recovered: str | None = None

    def lock(self) -> InstanceLock:
        """The lock of the one instance that may work on this lake (not taken yet)."""
        return InstanceLock(self._own / "lock", clock=self._clock)

    async def __aenter__(self) -> Self:
        await self._in_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._opened.close)

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """Batches of at most 2,000 objects, each read in a thread when it is asked for.

        Symbolic links to files within the lake count as objects, those to folders are not followed.
        """
        batches = self._batches(prefix)
        while batch := await self._in_thread(lambda: next(batches, None)):
            yield batch
            if self._db.waiting > MAX_WAITING:  # copies that were recognised
                self._put += 1
                await self.flush()

    async def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none."""
        validate_key(key)
        return await self._in_thread(lambda: self._head(key))

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there, in one go of a thread."""
        wanted = [key for key in keys if is_valid(key)]
        return await self._in_thread(lambda: {key: found for key in wanted if (found := self._head(key)) is not None})

    async def get(self, key: str) -> bytes | None:
        """The body, or None if there is none."""
        validate_key(key)
        return await self._in_thread(lambda: self._get(key))

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Store `body`; True if the content is new. Raises StoreError, and then nothing has changed."""
        validate_key(key)
        if len(body) > SMALL_BYTES:
            new = await self._in_thread(lambda: self._write(key, body, provenance))
        else:
            new = await self._with_others(key, body, provenance)
        self._put += 1
        if self._db.waiting > MAX_WAITING:
            await self.flush()
        return new

    async def file(self, key: str) -> Path | None:
        """The object's own file, to read only; None if there is none."""
        validate_key(key)
        status = await self._in_thread(lambda: self._status(key))
        return None if status is None else self._root / key

    def scratch(self) -> Path:
        """A fresh path for a large body, on the lake's own disk; opening the lake removes what was left there."""
        return Path(f"{self._temporary}{next(self._number)}")

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """`put` of a file's content; it is linked, not copied, where the file system can."""
        validate_key(key)
        new = await self._in_thread(lambda: self._write(key, path, provenance))
        self._put += 1
        return new

    async def provenance(self, key: str) -> Mapping[str, object] | None:
        """What was kept with the object; None also if somebody else has changed it since."""
        validate_key(key)
        return await self._in_thread(lambda: self._provenance(key))

    async def flush(self) -> None:
        """Sync all that was put; calls at the same time share a round. Raises StoreError; the next call tries again."""
        ticket = self._put
        async with self._turn:
            if self._flushed < ticket:
                covers = self._put
                await self._in_thread(self._sync_all)
                self._flushed = covers

    async def probe(self) -> None:
        """See whether something could be stored now. Raises StoreError."""

        def do() -> None:
            try:
                probe(f"{self._temporary}{next(self._number)}")
            except OSError as error:
                raise StoreError(describe(self._root, "trying to store something", error)) from error

        await self._in_thread(do)

    async def _with_others(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Write what comes together in one go: for small bodies the way to a thread costs more than the write."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        self._small.append(((key, body, provenance), done))
        if not self._writing:
            self._writing = True
            loop.call_soon(self._write_small)
        return await done

    def _write_small(self) -> None:
        batch = [self._small.popleft() for _ in range(min(len(self._small), SMALL_AT_ONCE))]
        if not batch:
            self._writing = False
            return
        run = asyncio.get_running_loop().run_in_executor(self._threads, self._write_each, [what for what, _ in batch])

        def resolve(written: asyncio.Future[Sequence[bool | Exception]]) -> None:
            failure = written.exception()
            results = [failure] * len(batch) if failure else written.result()
            for (_, done), result in zip(batch, results, strict=True):
                if done.done():
                    continue
                if isinstance(result, BaseException):
                    done.set_exception(result)
                else:
                    done.set_result(result)
            self._write_small()

        run.add_done_callback(resolve)

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, do)

    # everything below runs in a worker thread

    def _open(self) -> None:
        with contextlib.ExitStack() as opened:
            try:
                (self._own / "tmp").mkdir(parents=True, exist_ok=True)
                presence = os.open(self._own / "presence", os.O_RDWR | os.O_CREAT, 0o644)
                opened.callback(os.close, presence)
                alone = is_alone(presence)
                probe(f"{self._temporary}probe")
                self._db = ObjectsDb(self._own / "objects.db", self._clock, repair=alone)
                opened.callback(self._db.close)
                if alone:
                    self._clear_up()
                fcntl.flock(presence, fcntl.LOCK_SH)
            except OSError as error:
                raise FixMeError(describe(error.filename or self._root, "opening the lake", error)) from error
            self.recovered = self._db.recovered
            opened.callback(self._syncing.shutdown)
            opened.callback(self._sync_all)
            opened.callback(self._threads.shutdown)
            self._opened = opened.pop_all()

    def _clear_up(self) -> None:
        """Remove the half-written files of a killed process, and finish its last flush."""
        for left in (self._own / "tmp").iterdir():
            left.unlink()
        for row in self._db.adopt_journals():
            status = self._status(row.key)
            if status is None or status.st_size != row.size:
                continue
            if digest(self._root / row.key) == row.sha256:
                self._db.record(row.seen_in(status))
        self._sync_all()

    def _batches(self, prefix: str) -> Iterator[Sequence[StoredObject]]:
        """Raises StoreError if any part of the lake can't be read: a smaller lake must never be believed."""
        try:
            found = walk(self._root, prefix, _OWN, self._unusable.left_out)
            while chunk := list(itertools.islice(found, BATCH)):
                yield from self._objects(chunk)
            self._check_present()
        except OSError as error:
            raise StoreError(describe(error.filename or self._root, "listing the lake", error)) from error

    def _objects(self, files: Sequence[tuple[str, os.stat_result]]) -> Iterator[Sequence[StoredObject]]:
        rows = self._db.find_all([key for key, _ in files])
        batch: Batch = []
        hashed = 0
        for key, status in files:
            row = rows.get(key)
            if row is not None and not row.vouches_for(status):
                hashed += status.st_size
                row = self._recognised(row, status)
            batch.append(_stored(key, status, row))
            if hashed > MOST_HASHED:
                yield batch
                batch, hashed = [], 0
        if batch:
            yield batch

    def _recognised(self, row: Row, status: os.stat_result) -> Row | None:
        """The row, if a file with another time than it knows holds what it tells of all the same.

        Copies and file systems that keep no times, or only whole seconds, make such files. Each is looked into once.
        """
        stamp = (status.st_mtime_ns, status.st_size)
        if row.size != status.st_size or self._replaced.get(row.key) == stamp:
            return None
        try:
            same = digest(self._root / row.key) == row.sha256
        except OSError:  # gone, or not ours to read: as good as somebody else's
            same = False
        if same:
            row = row.seen_in(status)
            self._remember(row)
            return row
        if len(self._replaced) >= MAX_REPLACED:
            self._replaced.clear()
        self._replaced[row.key] = stamp
        return None

    def _remember(self, row: Row) -> None:
        """Keep what was recognised, unless the object was put anew meanwhile."""
        with self._one_at_a_time[hash(row.key) % 64]:
            known = self._db.find(row.key)
            if known is not None and known._replace(seen_ns=row.seen_ns) == row:
                self._db.record(row)

    def _known(self, key: str, status: os.stat_result) -> Row | None:
        """What vouches for the file at `key`."""
        row = self._db.find(key)
        return row if row is None or row.vouches_for(status) else self._recognised(row, status)

    def _check_present(self) -> None:
        """Raises OSError if the lake's disk was unmounted: the empty mount point could still be listed."""
        (self._own / "objects.db").stat()

    def _status(self, key: str) -> os.stat_result | None:
        """The status of the file at `key`, by the rules of `list`."""
        path = f"{self._root}/{key}"
        folder = os.path.dirname(path)
        try:
            return file_status(path, self._root, _OWN) if os.path.realpath(folder) == folder else None
        except OSError as error:
            raise StoreError(describe(path, "reading it", error)) from error

    def _head(self, key: str) -> StoredObject | None:
        status = self._status(key)
        return None if status is None else _stored(key, status, self._known(key, status))

    def _get(self, key: str) -> bytes | None:
        if self._status(key) is None:
            return None
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(describe(self._root / key, "reading it", error)) from error

    def _provenance(self, key: str) -> Mapping[str, object] | None:
        status = self._status(key)
        row = None if status is None else self._known(key, status)
        return None if row is None else row.provenance()

    def _write_each(self, puts: Sequence[tuple[str, bytes, Provenance]]) -> Sequence[bool | Exception]:
        """`_write` for each; the failure of one is its own."""
        results: Results = []
        for put in puts:
            try:
                results.append(self._write(*put))
            except Exception as error:  # noqa: BLE001 - whoever put it gets it
                results.append(error)
        return results

    def _write(self, key: str, body: bytes | Path, provenance: Provenance) -> bool:
        path = f"{self._root}/{key}"
        second, part = divmod(provenance.fetched_at, 1)
        at = int(second) * 1_000_000_000 + round(part * 1e9)  # exact, so that `modified` is `fetched_at`
        try:
            sha256 = hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else digest(body)
            with self._one_at_a_time[hash(key) % 64]:
                before = status_before(path)
                row = None if before is None else self._db.find(key)
                new = before is None or not self._holds(key, before, row, body, sha256)
                if not new:
                    set_time(path, at, self._lenient)
                    status = os.stat(path)
                else:
                    for last in (before.st_mtime_ns if before else 0, row.mtime_ns if row else 0):
                        at = _unlike(last, at)
                    status = self._replace(path, body, at)
                self._db.record(Row.of(key, status, sha256, provenance, at))
                return new
        except UnicodeEncodeError as error:
            reason = "its name has characters that this system's names can't hold: run with LANG=C.UTF-8"
            raise UnstorableError(f"{key}: storing it: {reason}") from error
        except OSError as error:
            kind = UnstorableError if error.errno in OF_ITS_NAME else StoreError
            raise kind(describe(path, "storing it", error)) from error

    def _holds(self, key: str, before: os.stat_result, row: Row | None, body: bytes | Path, sha256: str) -> bool:
        """True if the file at `key` has that content already."""
        if before.st_size != (len(body) if isinstance(body, bytes) else body.stat().st_size):
            return False
        if row is not None and row.vouches_for(before):
            return row.sha256 == sha256
        # not ours, or of a process that was killed before its metadata was on disk
        return digest(self._root / key) == sha256

    def _replace(self, path: str, body: bytes | Path, at: int) -> os.stat_result:
        """Write `body` aside and rename it to `path`."""
        temporary = f"{self._temporary}{next(self._number)}"
        try:
            if isinstance(body, bytes):
                status = create(temporary, body, at, self._lenient)
            else:
                link(body, temporary)
                set_time(temporary, at, self._lenient)
                status = os.stat(temporary)
            folder = os.path.dirname(path)
            if folder not in self._folders:
                self._make_folder(folder)
            try:
                os.replace(temporary, path)
            except FileNotFoundError:  # the folder was removed since
                self._make_folder(folder)
                os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        return status

    def _make_folder(self, folder: str) -> None:
        if os.path.realpath(folder) != folder:
            raise StoreError(f"{folder}: leads through a symbolic link, which listings don't follow: mount it instead")
        os.makedirs(folder, exist_ok=True)
        if len(self._folders) >= 10_000:
            self._folders.clear()
        self._folders.add(folder)

    def _sync_each(self, keys: Sequence[str]) -> None:
        for key in keys:
            sync(f"{self._root}/{key}")

    def _sync_all(self) -> None:
        """Files, then the folders that name them, then the metadata that vouches for them."""
        with self._rounds:  # the round of a caller that was cancelled may still be under way
            keys = self._db.take()
            try:
                folders = {
                    os.path.dirname(path) for key in keys for path in itertools.accumulate(key.split("/"), _join)
                }
                shares = [keys[number::SYNCING] for number in range(SYNCING)]
                for _ in self._syncing.map(self._sync_each, filter(None, shares)):
                    pass
                for folder in sorted(folders):
                    with self._lenient.towards("fsync of a folder", "a crash of the machine may lose the newest names"):
                        sync(f"{self._root}/{folder}")
                self._db.commit()
            except OSError as error:
                self._db.put_back()
                raise StoreError(describe(error.filename or self._root, "syncing it to disk", error)) from error
            except BaseException:
                self._db.put_back()
                raise


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}"


def _stored(key: str, status: os.stat_result, row: Row | None) -> StoredObject:
    """The object in a file that `row`, where there is one, vouches for."""
    if row is not None:
        return StoredObject(key, status.st_size, row.tag, row.fetched_at, verified=True)
    etag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
    return StoredObject(key, status.st_size, etag, status.st_mtime_ns / 1_000_000_000, verified=False)


def _unlike(before: int, at: int) -> int:
    """`at`, or a microsecond after `before` in the same instant: new content has to have a new etag."""
    return before + 1000 if at <= before < at + 1_000_000 else at
