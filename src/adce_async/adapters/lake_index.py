"""The files of a lake in a folder, and what its metadata says of them: looking up and listing.

`modified` is the time that an object was fetched, as its provenance says; where a copy of the lake has lost the times
of its files, their content tells that they are what the index knows. All of it blocks: it runs in worker threads.
"""

# ruff: noqa: PTH120 - texts are quicker than Path objects, on the way of each put

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from adce_async.adapters.files import UnusableNames, describe, digest, file_status, walk
from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.errors import StoreError
from adce_async.model.coverage import StoredObject

OWN = ".adce"
"""The folder in the lake that is ours."""

BATCH = 2000
"""The most objects in one batch of a listing."""

MOST_HASHED = 256 * 1024 * 1024
"""Bytes of files with unexpected times that one step of a listing looks into."""

MAX_REPLACED = 200_000
"""Files of others in the place of ours that are remembered, so that they are looked into once."""


class KeyLocks:
    """One lock for each key (and a few others): who writes an object or its row does so alone."""

    def __init__(self) -> None:
        self._locks = tuple(threading.Lock() for _ in range(64))

    def of(self, key: str) -> threading.Lock:
        """The lock of `key`; not reentrant."""
        return self._locks[hash(key) % len(self._locks)]


class LakeIndex:
    """What is in the lake at `root`, by its files and the rows of `db`.

    `locks`: those of the writers; without them nothing that is found out is kept. `witness`: is there as long as the
    lake is (the disk below a mount point can be gone).
    """

    def __init__(self, root: Path, db: ObjectsDb, locks: KeyLocks | None, witness: Path) -> None:
        self._root = root
        self._db = db
        self._locks = locks
        self._witness = witness
        self._unusable = UnusableNames(root)
        self._replaced: dict[str, tuple[int, int]] = {}

    def batches(self, prefix: str) -> Iterator[Sequence[StoredObject]]:
        """Raises StoreError if any part of the lake can't be read: a smaller lake must never be believed."""
        try:
            found = walk(self._root, prefix, OWN, self._unusable.left_out)
            while chunk := list(itertools.islice(found, BATCH)):
                yield from self._objects(chunk)
            self._witness.stat()  # the empty mount point of a disk that was unmounted could still be listed
        except OSError as error:
            raise StoreError(describe(error.filename or self._root, "listing the lake", error)) from error

    @property
    def unusable_names(self) -> int:
        """Names that can't be keys, which listings have met so far."""
        return self._unusable.met

    def status(self, key: str) -> os.stat_result | None:
        """The status of the file at `key`, by the rules of `batches`. Raises StoreError."""
        return self._status(key, {})

    def _status(self, key: str, real: dict[str, bool]) -> os.stat_result | None:
        """`real`: of folders, whether they are reached without a symbolic link; filled on the way."""
        path = f"{self._root}/{key}"
        folder = os.path.dirname(path)
        try:
            if folder not in real:
                real[folder] = os.path.realpath(folder) == folder
            return file_status(path, self._root, OWN) if real[folder] else None
        except OSError as error:
            raise StoreError(describe(path, "reading it", error)) from error

    def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none. Raises StoreError."""
        status = self.status(key)
        return None if status is None else _stored(key, status, self.known(key, status))

    def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there; what is known of all of them is looked up at once. Raises StoreError."""
        real: dict[str, bool] = {}  # most lie in a few folders, and the way to each is looked at once
        files = [(key, status) for key in keys if (status := self._status(key, real)) is not None]
        return {one.key: one for batch in self._objects(files) for one in batch}

    def get(self, key: str) -> bytes | None:
        """The body, or None if there is none. Raises StoreError."""
        if self.status(key) is None:
            return None
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(describe(self._root / key, "reading it", error)) from error

    def row(self, key: str) -> Row | None:
        """What vouches for the object; None if there is none, or if somebody else has changed it since."""
        status = self.status(key)
        return None if status is None else self.known(key, status)

    def known(self, key: str, status: os.stat_result) -> Row | None:
        """What vouches for the file at `key`."""
        row = self._db.find(key)
        return row if row is None or row.vouches_for(status) else self._recognised(row, status)

    def _objects(self, files: Sequence[tuple[str, os.stat_result]]) -> Iterator[Sequence[StoredObject]]:
        rows = self._db.find_all([key for key, _ in files])  # one query for all: none an object
        batch: list[StoredObject] = []
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
        if self._locks is None:
            return
        with self._locks.of(row.key):
            known = self._db.find(row.key)
            if known is not None and known._replace(seen_ns=row.seen_ns) == row:
                self._db.record(row)


def _stored(key: str, status: os.stat_result, row: Row | None) -> StoredObject:
    """The object in a file that `row`, where there is one, vouches for."""
    if row is not None:
        return StoredObject(key, status.st_size, row.tag, row.fetched_at, verified=True)
    etag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
    return StoredObject(key, status.st_size, etag, status.st_mtime_ns / 1_000_000_000, verified=False)
