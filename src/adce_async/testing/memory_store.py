"""The lake in memory: the reference for `ports.ObjectStore`."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

from adce_async.errors import StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import validate_key
from adce_async.ports import Provenance


class MemoryStore:
    """`ports.ObjectStore`; its content outlives closing, so that a test can "restart" on it.

    `broken`: set it to a text, and everything raises StoreError with it. `flushed`: how often `flush` was called.
    `list_requests`: batches that were listed.
    """

    durable_put = True

    def __init__(self, *, batch: int = 1000) -> None:
        """`batch`: the most objects in one batch of a listing."""
        self.recovered: str | None = None
        self.broken: str | None = None
        self.flushed = 0
        self.list_requests = 0
        self.unusable_names = 0
        self._batch = batch
        self._objects: dict[str, StoredObject] = {}
        self._bodies: dict[str, bytes] = {}
        self._provenance: dict[str, Provenance] = {}
        self._folder: Path | None = None
        self._number = itertools.count()

    def seed(self, key: str, body: bytes, *, modified: float = 0.0) -> None:
        """An object that somebody else has put there: not verified, without provenance."""
        self._store(key, body, modified, verified=False)
        self._provenance.pop(key, None)

    def delete(self, key: str) -> None:
        """Somebody deletes an object, if it is there."""
        for part in (self._objects, self._bodies, self._provenance):
            part.pop(key, None)

    @property
    def bodies(self) -> Mapping[str, bytes]:
        """All that is stored, by key."""
        return self._bodies

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """Batches of the objects under `prefix`, as they are when the listing begins."""
        self._check()
        found = [stored for key, stored in self._objects.items() if key.startswith(prefix)]
        for first in range(0, len(found), self._batch):
            self._check()
            self.list_requests += 1
            yield found[first : first + self._batch]
            await asyncio.sleep(0)  # others get their turn, as they would with a real store

    async def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none."""
        self._check(key)
        return self._objects.get(key)

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there."""
        self._check()
        return {key: self._objects[key] for key in keys if key in self._objects}

    def own_tag(self, key: str) -> str:
        """The etag of what was put at `key`; "" if nothing was."""
        return self._objects[key].etag if key in self._provenance else ""

    async def get(self, key: str) -> bytes | None:
        """The body, or None if there is none."""
        self._check(key)
        return self._bodies.get(key)

    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        """Store `body`; True if the content is new."""
        self._check(key)
        new = self._bodies.get(key) != body
        self._store(key, body, provenance.fetched_at, verified=True)
        self._provenance[key] = replace(provenance)
        return new

    async def renew(self, key: str, provenance: Provenance) -> bool:
        """Another time and provenance for what was put here; False if there is none."""
        self._check(key)
        if key not in self._provenance:
            return False
        self._objects[key] = replace(self._objects[key], modified=provenance.fetched_at)
        self._provenance[key] = replace(provenance)
        return True

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path | None]:
        """A copy of the body in a file, which is gone after the block."""
        self._check(key)
        if (body := self._bodies.get(key)) is None:
            yield None
            return
        path = self.scratch()
        try:
            await asyncio.to_thread(path.write_bytes, body)
            yield path
        finally:
            path.unlink(missing_ok=True)  # at once: who leaves the block may be on his way out, and must not wait

    def scratch(self) -> Path:
        """A fresh path for a large body, in a folder that vanishes with this store."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="adce-memory-store-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / str(next(self._number))

    async def put_file(self, key: str, path: Path, provenance: Provenance) -> bool:
        """`put` of a file's content."""
        return await self.put(key, await asyncio.to_thread(path.read_bytes), provenance)

    async def provenance(self, key: str) -> Mapping[str, object] | None:
        """What is kept beside the object."""
        self._check(key)
        if key not in self._provenance:
            return None
        return asdict(self._provenance[key]) | {"sha256": hashlib.sha256(self._bodies[key]).hexdigest()}

    async def probe(self) -> None:
        """Raises StoreError while it is broken."""
        self._check()

    async def flush(self) -> None:
        """Nothing to do but to count."""
        self._check()
        self.flushed += 1

    def _store(self, key: str, body: bytes, modified: float, *, verified: bool) -> None:
        etag = hashlib.sha256(body).hexdigest()[:32]
        self._objects[key] = StoredObject(validate_key(key), len(body), etag, modified, verified)
        self._bodies[key] = bytes(body)

    def _check(self, key: str | None = None) -> None:
        if key is not None:
            validate_key(key)
        if self.broken is not None:
            raise StoreError(self.broken)
