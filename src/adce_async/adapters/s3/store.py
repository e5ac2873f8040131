"""A lake in S3: each object at exactly PREFIX/KEY, all that is ours under PREFIX/.adce/, our index on this machine.

Same content is never written again: a row of the index that fits costs a HEAD, and where there is none, the object is
written on the condition that there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from adce_async.adapters.files import digest
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.s3.bucket import Found
from adce_async.adapters.s3.lake import S3Lake
from adce_async.adapters.s3.lake_lock import LakeLock
from adce_async.adapters.s3.lock_holder import this_process
from adce_async.adapters.s3.lock_place import LockObject
from adce_async.adapters.s3.metadata import content_type_header, to_metadata
from adce_async.adapters.s3.multipart import PART_BYTES, Multipart
from adce_async.adapters.s3.object_rows import ObjectRows, Row
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.model.keys import validate_key
from adce_async.ports import Clock, Provenance

log = structlog.get_logger("adce.lake")

HASHED_HERE = 262_144
"""Bytes of a body up to which its hash costs less than the way to a thread."""
SWEEP_SECONDS = 3600.0
LATEST = 4096
"""Etags that are remembered: many times what is stored in one turn of the loop."""
_TURNS = 64


@dataclass(frozen=True, slots=True)
class _Content:
    """What is to be stored: in memory, or in a file."""

    body: bytes | Path
    size: int
    sha256: str

    async def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else await asyncio.to_thread(self.body.read_bytes)

    def md5(self) -> str:
        """What S3 makes an etag of, if it is written in one piece and not encrypted with a key of one's own."""
        if isinstance(self.body, bytes):
            return hashlib.md5(self.body, usedforsecurity=False).hexdigest()
        with self.body.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


class S3Store(S3Lake):
    """`ports.ObjectStore` over the lake at `url`; an async context manager.

    Entering raises FixMeError for what a person must fix, or if another instance has the lake. Where S3 can't be
    reached at all it opens nevertheless: reading and writing raise StoreUnreachableError until it can.
    """

    def __init__(
        self, url: str, settings: AwsSettings, folder: Path, *, clock: Clock | None = None, lock: bool = True
    ) -> None:
        """`folder`: on this machine, for our index and large bodies on their way. `lock`: keep others out."""
        super().__init__(url, settings, clock=clock)
        self._folder = folder
        self._temporary = folder / "tmp"
        self._start = secrets.token_hex(6)
        self._number = itertools.count()
        self._locked = lock
        self._lock: LakeLock | None = None
        self._multipart: Multipart
        self._turns = tuple(asyncio.Lock() for _ in range(_TURNS))

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Store `body`; True if the content is new. Raises StoreError, and then nothing has changed."""
        validate_key(key)
        sha256 = _sha256(body) if len(body) <= HASHED_HERE else await asyncio.to_thread(_sha256, body)
        return await self._put(key, _Content(body, len(body), sha256), provenance)

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """`put` of a file's content; a large one goes in parts, a few of them in memory at a time."""
        validate_key(key)
        try:
            size, sha256 = await asyncio.to_thread(lambda: (path.stat().st_size, digest(path)))
        except OSError as error:
            raise StoreError(f"{path}: can't be read: {error.strerror}; it was to be stored as {key}") from error
        return await self._put(key, _Content(path, size, sha256), provenance)

    async def renew(self, key: str, provenance: Provenance) -> bool:
        """Give the object another time and provenance in our index; False if it is not (any more) what we stored."""
        validate_key(key)
        async with self._turn_of(key):
            found = await self._bucket.head(self._place.full(key))
            row = None if found is None else await self._row(key, found)
            if row is None:
                return False
            await self._record(Row.of(key, row.tag, row.size, row.sha256, provenance))
            return True

    def scratch(self) -> Path:
        """A fresh path for a large body; opening the lake removes what was left there."""
        return self._temporary / f"{self._start}-{next(self._number)}"

    async def flush(self) -> None:
        """Objects are safe when `put` returns; this brings our index to disk."""
        await self._rows.flush()

    async def probe(self) -> None:
        """See whether something could be stored now, by the write that renews our lock. Raises StoreError."""
        if self._lock is not None:
            await self._lock.renew()
            return
        name = self._place.own(f"probe-{self._start}")
        await self._bucket.put(name, b"", hashlib.sha256().digest(), doing="trying to store something")
        await self._bucket.delete(name)

    async def _put(self, key: str, content: _Content, provenance: Provenance) -> bool:
        async with self._turn_of(key):  # of two that put the same key, the last one's provenance is the object's
            if self._lock is not None:
                await self._lock.require()
            row = await self._rows.find(key)
            fresh = row is None and self._lock is not None and content.size <= PART_BYTES
            if fresh and await self._write(key, content, provenance, only_if_absent=True):
                return True
            if row is None or row.sha256 == content.sha256:
                found = await self._bucket.head(self._place.full(key))
                if found is not None and await self._is_content(key, found, content):
                    before = await self._row(key, found)
                    await self._record(Row.of(key, found.tag, content.size, content.sha256, provenance))
                    # written by ourselves just now, if the answer was lost and the request sent again
                    return fresh and before is not None and before.fetched_at == provenance.fetched_at
            await self._write(key, content, provenance, only_if_absent=False)
            return True

    async def _write(self, key: str, content: _Content, provenance: Provenance, *, only_if_absent: bool) -> bool:
        """Write it, and what vouches for it; False if there is something already."""
        name = self._place.full(key)
        metadata = to_metadata(provenance, content.sha256, content.size)
        content_type = content_type_header(provenance.content_type)
        tag: str | None
        if content.size <= PART_BYTES or isinstance(content.body, bytes):
            tag = await self._bucket.put(
                name,
                await content.bytes(),
                bytes.fromhex(content.sha256),
                metadata=metadata,
                content_type=content_type,
                only_if="" if only_if_absent else None,
            )
        else:
            tag = await self._multipart.put(name, content.body, content.size, metadata, content_type)
        if tag is None:
            return False
        await self._record(Row.of(key, tag, content.size, content.sha256, provenance))
        return True

    async def _record(self, row: Row) -> None:
        """It is ours as of now. Who has stored it asks for its etag at once (`own_tag`): a few are enough."""
        self._latest.pop(row.key, None)  # so that it is the newest
        self._latest[row.key] = row.tag
        if len(self._latest) > LATEST:
            del self._latest[next(iter(self._latest))]
        await self._rows.record(row)

    async def _is_content(self, key: str, found: Found, content: _Content) -> bool:
        """True if the object holds that content: by our index, by its metadata, or (what others wrote) by its etag."""
        if found.size != content.size:
            return False
        row = await self._row(key, found)
        if row is not None:
            return row.sha256 == content.sha256
        return found.tag == await asyncio.to_thread(content.md5)

    async def _remember(self, row: Row) -> None:
        await self._rows.record(row)

    def _turn_of(self, key: str) -> asyncio.Lock:
        return self._turns[hash(key) % _TURNS]

    async def _open(self, stack: AsyncExitStack) -> None:
        stack.push(_tidying(await asyncio.to_thread(_missing, self._folder)))
        local = InstanceLock(self._folder / "lock", clock=self._clock)
        instance = await asyncio.to_thread(self._prepare, local)
        stack.callback(local.release)
        self._rows = await stack.enter_async_context(ObjectRows(self._folder / "objects.db", self._clock))
        self.recovered = self._rows.recovered
        self._multipart = Multipart(self._bucket, self._rows)
        if self._locked:
            me = await asyncio.to_thread(this_process, instance, self._clock)
            self._lock = LakeLock(LockObject(self._bucket), me, str(self._place), clock=self._clock)
            stack.push_async_callback(self._lock.release)
        try:
            async with self.aws.quick_s3() as quick:  # so that a service without a network is there soon, and says so
                await self._see(quick)
            await (self._lock.acquire() if self._lock is not None else self.probe())
        except StoreUnreachableError as error:
            log.error("the lake can't be reached", reason=str(error), next="trying again")
        except StoreError as error:
            raise FixMeError(str(error)) from error
        group = await stack.enter_async_context(asyncio.TaskGroup())
        keepers = [group.create_task(self._sweep(), name="abandoned uploads")]
        if self._lock is not None:
            keepers.append(group.create_task(self._lock.keep(), name="lock on the lake"))
        stack.callback(lambda: [keeper.cancel() for keeper in keepers])

    def _prepare(self, local: InstanceLock) -> str:
        """The folder on this machine; returns the name of what works in it. In a thread; raises FixMeError."""
        try:
            self._temporary.mkdir(parents=True, exist_ok=True)
            local.acquire()  # before anything is removed
            try:
                for left in self._temporary.iterdir():
                    left.unlink()
                return _instance(self._folder / "instance")
            except BaseException:
                local.release()
                raise
        except OSError as error:
            raise FixMeError(
                f"{error.filename or self._folder}: can't be made or written: {error.strerror}; use another --state-dir"
            ) from error

    async def _sweep(self) -> None:
        while True:
            await self._multipart.sweep(self._clock.now())
            await asyncio.sleep(SWEEP_SECONDS)


def _tidying(made: Sequence[Path]) -> Callable[[object, BaseException | None, object], None]:
    """If the lake can't be opened, a folder that was made for it (and those above that were) is gone again.

    `made`: the folder, and what was missing of those above it, the lowest first.
    """

    def tidy(_kind: object, error: BaseException | None, _at: object) -> None:
        if isinstance(error, FixMeError) and made:
            shutil.rmtree(made[0], ignore_errors=True)
            with contextlib.suppress(OSError):  # something else is there by now
                for folder in made[1:]:
                    folder.rmdir()

    return tidy


def _missing(folder: Path) -> list[Path]:
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _instance(path: Path) -> str:
    """The name of whoever works in this folder; a copy of the folder gets another one."""
    with path.open("a+") as file:
        file.seek(0)
        name, _, number = file.read().partition(" ")
        own = str(path.stat().st_ino)
        if number.strip() != own:
            name = secrets.token_hex(8)
            file.truncate(0)
            file.write(f"{name} {own}\n")
    return name
