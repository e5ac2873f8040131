"""A lake in a folder: each object at exactly ROOT/KEY, all that is ours under ROOT/.adce/.

A body is written to a temporary file and renamed, so that it appears whole; `flush` brings files, folders and then
their metadata to disk in groups. `modified` is the time that the object was fetched, as its provenance says.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH120, PTH123 - texts are quicker than Path objects, on the way of each put

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
    create,
    describe,
    digest,
    file_status,
    is_alone,
    link,
    status_before,
    sync,
    walk,
)
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.clock import SystemClock
from adce_async.errors import FixMeError, StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import is_valid, validate_key
from adce_async.ports import Clock, Provenance

T = TypeVar("T")
Results = list[bool | Exception]  # (`list` is a method of the class below)

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
        self._skipped: set[str] = set()
        self._put = 0
        self._flushed = 0
        self.recovered: str | None = None

    def lock(self) -> InstanceLock:
        """The lock of the one instance that may work on this lake (not taken yet)."""
        return InstanceLock(self._own / "lock", clock=self._clock)

    @property
    def skipped_names(self) -> int:
        """How many different names that can't be keys listings have met and left out (counted up to 1,000)."""
        return len(self._skipped)

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
                self._db = ObjectsDb(self._own / "objects.db", self._clock, repair=alone)
                opened.callback(self._db.close)
                if alone:
                    self._clear_up()
                fcntl.flock(presence, fcntl.LOCK_SH)
                with open(f"{self._temporary}probe", "xb") as probe:
                    os.unlink(probe.name)
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
            if status is not None and row.vouches_for(status) and digest(self._root / row.key) == row.sha256:
                self._db.record(row)
        self._sync_all()

    def _batches(self, prefix: str) -> Iterator[Sequence[StoredObject]]:
        """Raises StoreError if any part of the lake can't be read: a smaller lake must never be believed."""
        try:
            found = walk(self._root, prefix, _OWN, self._skip)
            while chunk := list(itertools.islice(found, BATCH)):
                rows = self._db.find_all([key for key, _ in chunk])
                yield [_stored(key, status, rows.get(key)) for key, status in chunk]
            self._check_present()
        except OSError as error:
            raise StoreError(describe(error.filename or self._root, "listing the lake", error)) from error

    def _check_present(self) -> None:
        """Raises OSError if the lake's disk was unmounted: the empty mount point could still be listed."""
        (self._own / "objects.db").stat()

    def _skip(self, name: str) -> None:
        if len(self._skipped) < 1000:
            self._skipped.add(name)

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
        return None if status is None else _stored(key, status, self._db.find(key))

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
        status, row = self._status(key), self._db.find(key)
        if status is None or row is None or not row.vouches_for(status):
            return None
        return row.provenance()

    def _write_each(self, puts: Sequence[tuple[str, bytes, Provenance]]) -> Sequence[bool | Exception]:
        """`_write` for each; the failure of one is its own."""
        results: Results = []
        for put in puts:
            try:
                results.append(self._write(*put))
            except (OSError, StoreError) as error:
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
                new = before is None or not self._holds(key, before, body, sha256)
                if not new:
                    os.utime(path, ns=(at, at))
                    status = os.stat(path)
                else:
                    status = self._replace(path, body, at if before is None else _unlike(before.st_mtime_ns, at))
                self._db.record(Row.of(key, status, sha256, provenance))
                return new
        except OSError as error:
            raise StoreError(describe(path, "storing it", error)) from error

    def _holds(self, key: str, before: os.stat_result, body: bytes | Path, sha256: str) -> bool:
        """True if the file at `key` has that content already."""
        if before.st_size != (len(body) if isinstance(body, bytes) else body.stat().st_size):
            return False
        row = self._db.find(key)
        if row is not None and row.vouches_for(before):
            return row.sha256 == sha256
        # not ours, or of a process that was killed before its metadata was on disk
        return digest(self._root / key) == sha256

    def _replace(self, path: str, body: bytes | Path, at: int) -> os.stat_result:
        """Write `body` aside and rename it to `path`."""
        temporary = f"{self._temporary}{next(self._number)}"
        try:
            if isinstance(body, bytes):
                status = create(temporary, body, at)
            else:
                link(body, temporary)
                os.utime(temporary, ns=(at, at))
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
    etag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
    modified = status.st_mtime_ns / 1_000_000_000
    return StoredObject(key, status.st_size, etag, modified, row is not None and row.vouches_for(status))


def _unlike(before: int, at: int) -> int:
    """`at`, or a microsecond after `before` in the same instant: new content has to have a new etag."""
    return before + 1000 if at <= before < at + 1_000_000 else at
