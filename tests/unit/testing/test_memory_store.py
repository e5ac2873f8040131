"""What the store in memory can do beyond its port."""

from __future__ import annotations

import pytest

from adce_async.errors import StoreError
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.store_contract import NOON, came, listed


async def test_what_was_seeded_is_somebody_elses() -> None:
    store = MemoryStore()
    await store.put("a/1", b"ours", came())
    store.seed("a/1", b"theirs", modified=NOON)
    stored = (await listed(store))["a/1"]
    assert (stored.size, stored.modified, stored.verified) == (6, NOON, False)
    assert await store.provenance("a/1") is None
    assert dict(store.bodies) == {"a/1": b"theirs"}


async def test_what_was_deleted_is_gone() -> None:
    store = MemoryStore()
    await store.put("a/1", b"1", came())
    store.delete("a/1")
    store.delete("a/1")
    assert await listed(store) == {}
    assert await store.get("a/1") is None
    assert await store.provenance("a/1") is None


async def test_a_broken_store_breaks_everywhere_also_within_a_listing() -> None:
    store = MemoryStore(batch=1)
    for key in ("1", "2"):
        await store.put(key, b"1", came())
    batches = store.list()
    await anext(batches)
    store.broken = "the disk is gone"
    for call in (anext(batches), store.get("1"), store.head("1"), store.put("1", b"", came()), store.flush()):
        with pytest.raises(StoreError, match="the disk is gone"):
            await call
    store.broken = None
    assert (await listed(store)).keys() == {"1", "2"}


async def test_modified_is_when_it_was_fetched_and_flushes_are_counted() -> None:
    store = MemoryStore()
    await store.put("a/1", b"1", came(NOON))
    await store.put("a/1", b"1", came(NOON + 60))
    await store.flush()
    assert (await listed(store))["a/1"].modified == NOON + 60
    assert store.flushed == 1


async def test_a_local_copy_is_gone_after_its_block() -> None:
    store = MemoryStore()
    await store.put("a/1", b"large", came())
    async with store.local_copy("a/1") as path:
        assert path is not None
        assert path.exists()
    assert not path.exists()
