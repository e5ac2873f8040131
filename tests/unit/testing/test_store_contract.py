"""The suite itself: it finds each of these broken stores out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adce_async.model.coverage import StoredObject
from adce_async.ports import ObjectStore, Provenance
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.store_contract import ObjectStoreContract


class AlwaysNew(MemoryStore):
    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        await super().put(key, body, provenance)
        return True


class FirstProvenance(MemoryStore):
    async def put(self, key: str, body: bytes, provenance: Provenance) -> bool:
        first = self._provenance.get(key)
        new = await super().put(key, body, provenance)
        if first and not new:
            self._provenance[key] = first
        return new


class Twice(MemoryStore):
    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        async for batch in super().list(prefix):
            yield batch
            yield batch[:1]


class FoldersOnly(MemoryStore):
    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        async for batch in super().list(prefix.rpartition("/")[0]):
            yield batch


class AnyKey(MemoryStore):
    async def get(self, key: str) -> bytes | None:
        return self._bodies.get(key)


class Forgetful(MemoryStore):
    """Loses everything when it is opened again."""


class NoHash(MemoryStore):
    async def provenance(self, key: str) -> Mapping[str, object] | None:
        beside = await super().provenance(key)
        return beside and {**beside, "sha256": ""}


class RenewsAnything(MemoryStore):
    async def renew(self, key: str, provenance: Provenance) -> bool:
        return await super().renew(key, provenance) or True


class RenewsTheTimeOnly(MemoryStore):
    async def renew(self, key: str, provenance: Provenance) -> bool:
        known = self._provenance.get(key, provenance)
        return await super().renew(key, replace(known, fetched_at=provenance.fetched_at))


class RenewsTheProvenanceOnly(MemoryStore):
    async def renew(self, key: str, provenance: Provenance) -> bool:
        before = self._objects.get(key)
        renewed = await super().renew(key, provenance)
        if before is not None:
            self._objects[key] = before
        return renewed


class TagsByTime(MemoryStore):
    async def head(self, key: str) -> StoredObject | None:
        found = await super().head(key)
        return found and replace(found, etag=f"{found.modified}-{found.size}")


class HalfCopies(MemoryStore):
    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path | None]:
        async with super().local_copy(key) as path:
            if path is not None:
                path.write_bytes(path.read_bytes()[:2])
            yield path


async def broken_laws(store: MemoryStore) -> list[str]:
    class Suite(ObjectStoreContract):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[ObjectStore]:
            yield store
            if isinstance(store, Forgetful):
                MemoryStore.__init__(store)

    broken = []
    for name in [name for name in dir(Suite) if name.startswith("test_")]:
        type(store).__init__(store)
        try:
            await getattr(Suite(), name)()
        except (AssertionError, ExceptionGroup, pytest.fail.Exception):
            broken.append(name)
    return broken


async def test_a_good_store_breaks_no_law() -> None:
    assert await broken_laws(MemoryStore()) == []


@pytest.mark.parametrize(
    "kind",
    [
        AlwaysNew,
        FirstProvenance,
        Twice,
        FoldersOnly,
        AnyKey,
        Forgetful,
        NoHash,
        HalfCopies,
        RenewsAnything,
        RenewsTheTimeOnly,
        RenewsTheProvenanceOnly,
        TagsByTime,
    ],
)
async def test_a_broken_store_is_found_out(kind: type[MemoryStore]) -> None:
    assert await broken_laws(kind())
