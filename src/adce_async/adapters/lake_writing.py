"""Writing into a lake in a folder: whole or not at all, and on disk before its metadata vouches for it.

A body is written to a temporary file and renamed; `sync_all` brings files, folders and then their metadata to disk in
groups. All of it blocks: it runs in worker threads.
"""

# ruff: noqa: PTH103, PTH105, PTH108, PTH116, PTH120 - texts are quicker than Path objects, on the way of each put

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adce_async.adapters.files import (
    OF_ITS_NAME,
    Leniency,
    create,
    describe,
    digest,
    link,
    set_time,
    status_before,
    sync,
)
from adce_async.adapters.lake_index import OWN, KeyLocks, LakeIndex
from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.errors import StoreError, UnstorableError
from adce_async.ports import Provenance

SYNCING = 4
"""Files that are synced at once: a few share the commits of the file system's journal."""


class TemporaryNames:
    """Paths of files on their way into the lake at `root`, on its own disk; each is given once."""

    def __init__(self, root: Path) -> None:
        self.folder = root / OWN / "tmp"
        self._start = f"{self.folder / secrets.token_hex(6)}-"
        self._number = itertools.count()

    def next(self) -> str:
        """A path that nobody else has."""
        return f"{self._start}{next(self._number)}"


class LakeWriting:
    """Puts of one key take turns; all others run side by side. To be closed, after the last `sync_all`."""

    def __init__(self, root: Path, db: ObjectsDb, index: LakeIndex, locks: KeyLocks, names: TemporaryNames) -> None:
        self._root = root
        self._db = db
        self._index = index
        self._locks = locks
        self._names = names
        self._lenient = Leniency(root)
        self._folders: set[str] = set()
        self._rounds = threading.Lock()
        self._syncing = ThreadPoolExecutor(SYNCING, "adce-sync")

    def close(self) -> None:
        """End its threads."""
        self._syncing.shutdown()

    def clear_up(self) -> None:
        """Remove the half-written files of a killed process, and finish its last `sync_all`."""
        for left in self._names.folder.iterdir():
            left.unlink()
        for row in self._db.adopt_journals():
            status = self._index.status(row.key)
            if status is None or status.st_size != row.size:
                continue
            if digest(self._root / row.key) == row.sha256:
                self._db.record(row.seen_in(status))
        self.sync_all()

    def write_each(self, puts: Sequence[tuple[str, bytes, Provenance]]) -> Sequence[bool | Exception]:
        """`write` for each; the failure of one is its own. What serves several keys is hashed once.

        Their rows go into the journal together: none of the callers has been told yet that his body is stored.
        """
        results: list[bool | Exception] = []
        hashed, sha256 = None, ""
        for key, body, provenance in puts:
            try:
                if body is not hashed:
                    hashed, sha256 = body, hashlib.sha256(body).hexdigest()
                results.append(self._write(key, body, provenance, sha256))
            except Exception as error:  # noqa: BLE001 - whoever put it gets it
                results.append(error)
        self._db.write_journal()
        return results

    def write(self, key: str, body: bytes | Path, provenance: Provenance) -> bool:
        """Store `body`, or the content of that file; True if it is new. Raises StoreError."""
        new = self._write(key, body, provenance)
        self._db.write_journal()
        return new

    def _write(self, key: str, body: bytes | Path, provenance: Provenance, sha256: str = "") -> bool:
        """`sha256`: of the body, if somebody knows it already."""
        path = f"{self._root}/{key}"
        at = _nanoseconds(provenance.fetched_at)
        try:
            sha256 = sha256 or (hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else digest(body))
            with self._locks.of(key):
                before = status_before(path)
                row = None if before is None else self._db.find(key)
                if before is not None and self._holds(key, before, row, body, sha256):
                    same = row is not None and row.vouches_for(before)
                    self._touch(key, sha256, row.mtime_ns if row is not None and same else at, provenance)
                    return False
                for last in (before.st_mtime_ns if before else 0, row.mtime_ns if row else 0):
                    at = _unlike(last, at)
                status = self._replace(path, body, at)
                self._db.note(Row.of(key, status, sha256, provenance, at))
                return True
        except UnicodeEncodeError as error:
            reason = "its name has characters that this system's names can't hold: run with LANG=C.UTF-8"
            raise UnstorableError(f"{key}: storing it: {reason}") from error
        except OSError as error:
            kind = UnstorableError if error.errno in OF_ITS_NAME else StoreError
            raise kind(describe(path, "storing it", error)) from error

    def renew(self, key: str, provenance: Provenance) -> bool:
        """What is stored is current as of `provenance`; False if it is not (any more) what we stored."""
        path = f"{self._root}/{key}"
        self._index.row(key)  # in a copy of the lake it is recognised first; that takes the lock for itself
        try:
            with self._locks.of(key):
                before = status_before(path)
                row = None if before is None else self._db.find(key)
                if before is None or row is None or not row.vouches_for(before):
                    return False
                self._touch(key, row.sha256, row.mtime_ns, provenance)
            self._db.write_journal()
            return True
        except OSError as error:
            raise StoreError(describe(path, "renewing it", error)) from error

    def _touch(self, key: str, sha256: str, known_at: int, provenance: Provenance) -> None:
        """The content came (again) as `provenance` says. It is known by `known_at`, whatever time its file has now."""
        path = f"{self._root}/{key}"
        set_time(path, _nanoseconds(provenance.fetched_at), self._lenient)
        self._db.note(Row.of(key, os.stat(path), sha256, provenance, known_at))

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
        temporary = self._names.next()
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

    def sync_all(self) -> None:
        """Files, then the folders that name them, then the metadata that vouches for them. Raises StoreError."""
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

    def _sync_each(self, keys: Sequence[str]) -> None:
        for key in keys:
            sync(f"{self._root}/{key}")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}"


def _nanoseconds(at: float) -> int:
    """Exact, so that `modified` is `fetched_at`."""
    second, part = divmod(at, 1)
    return int(second) * 1_000_000_000 + round(part * 1e9)


def _unlike(before: int, at: int) -> int:
    """`at`, or a microsecond after `before` in the same instant: new content has to have a new etag."""
    return before + 1000 if at <= before < at + 1_000_000 else at
