"""A lake in a folder: each object at exactly ROOT/KEY, all that is ours under ROOT/.adce/.

Reading is `folder_store` and `lake_index`, writing `lake_writing`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from adce_async.adapters.files import describe, is_alone, probe
from adce_async.adapters.folder_store import FolderStore
from adce_async.adapters.lake_index import KeyLocks, LakeIndex
from adce_async.adapters.lake_writing import LakeWriting, TemporaryNames
from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.objects_db import ObjectsDb
from adce_async.adapters.together import Together
from adce_async.errors import FixMeError, StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import validate_key
from adce_async.ports import Clock, Provenance

SMALL_BYTES = 262_144
"""Bodies up to here are written several at a time."""
MAX_WAITING = 5000
"""Objects put since the last `flush` beyond which `put` flushes by itself."""


class LocalStore(FolderStore):
    """`ports.ObjectStore` over the folder `root`; an async context manager.

    Entering makes the folder and raises FixMeError if it can't be made or written, or if another instance has it;
    leaving flushes. Where the metadata was damaged and begun anew (`recovered`), nothing counts as verified until it
    is fetched again.
    """

    durable_put = False

    def __init__(self, root: Path, *, clock: Clock | None = None, exclusive: bool = True) -> None:
        """`exclusive`: take the lock of the one instance that works on this lake; without it, several may."""
        super().__init__(root, clock=clock)
        self._lock = InstanceLock(self._own / "lock", clock=self._clock) if exclusive else None
        self._names = TemporaryNames(self._root)
        self._turn = asyncio.Lock()
        self._put = 0
        self._flushed = 0

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """See `FolderStore.list`; what is recognised on the way is kept."""
        async for batch in super().list(prefix):
            yield batch
            if self._db.waiting > MAX_WAITING:  # copies that were recognised
                self._put += 1
                await self.flush()

    def own_tag(self, key: str) -> str:
        """The etag of what was stored at `key` since the last but one `flush`; "" of what is older."""
        return self._db.tag_of_waiting(key)

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Store `body`; True if the content is new. Raises StoreError, and then nothing has changed."""
        validate_key(key)
        if len(body) > SMALL_BYTES:
            new = await self._in_thread(lambda: self._writing.write(key, body, provenance))
        else:
            new = await self._small.ask((key, body, provenance))
        self._put += 1
        if self._db.waiting > MAX_WAITING:
            await self.flush()
        return new

    async def renew(self, key: str, provenance: Provenance) -> bool:
        """Give the object another time and provenance; False if it is not (any more) what we stored."""
        validate_key(key)
        renewed = await self._in_thread(lambda: self._writing.renew(key, provenance))
        self._put += 1
        if self._db.waiting > MAX_WAITING:
            await self.flush()
        return renewed

    def scratch(self) -> Path:
        """A fresh path for a large body, on the lake's own disk; opening the lake removes what was left there."""
        return Path(self._names.next())

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """`put` of a file's content; it is linked, not copied, where the file system can."""
        validate_key(key)
        new = await self._in_thread(lambda: self._writing.write(key, path, provenance))
        self._put += 1
        return new

    async def flush(self) -> None:
        """Sync all that was put; calls at the same time share a round. Raises StoreError; the next call tries again."""
        ticket = self._put
        async with self._turn:  # a round that began while we waited has synced ours, too
            if self._flushed < ticket:
                covers = self._put  # read before the round: what is put while it runs it may have missed
                await self._in_thread(self._writing.sync_all)
                self._flushed = covers

    async def probe(self) -> None:
        """See whether something could be stored now. Raises StoreError."""

        def do() -> None:
            try:
                probe(self._names.next())
            except OSError as error:
                raise StoreError(describe(self._root, "trying to store something", error)) from error

        await self._in_thread(do)

    def _open(self) -> None:
        with ExitStack() as opened:
            try:
                self._names.folder.mkdir(parents=True, exist_ok=True)
                presence = os.open(self._own / "presence", os.O_RDWR | os.O_CREAT, 0o644)
                opened.callback(os.close, presence)
                # before anything else is written, and until everything is: a second instance changes nothing at all
                if self._lock is not None:
                    opened.enter_context(self._lock)
                alone = is_alone(presence)
                probe(self._names.next())
                self._open_parts(opened, repair=alone)
                if alone:
                    self._writing.clear_up()
                fcntl.flock(presence, fcntl.LOCK_SH)
            except OSError as error:
                raise FixMeError(describe(error.filename or self._root, "opening the lake", error)) from error
            opened.callback(self._writing.sync_all)
            opened.callback(self._threads.shutdown)
            self._opened = opened.pop_all()

    def _open_parts(self, opened: ExitStack, *, repair: bool) -> None:
        path, locks = self._own / "objects.db", KeyLocks()
        self._db = ObjectsDb(path, self._clock, repair=repair)
        opened.callback(self._db.close)
        self.recovered = self._db.recovered
        self._index = LakeIndex(self._root, self._db, locks, witness=path)
        self._writing = LakeWriting(self._root, self._db, self._index, locks, self._names)
        opened.callback(self._writing.close)
        self._small = Together(self._threads, self._writing.write_each)
