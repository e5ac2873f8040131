"""Objects are recognised by size and checksum, within a budget, and keep their origin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from adce_async.engine.reconciling.recognition import REQUESTS_EACH, Recognition
from adce_async.model.adoption import Budget
from adce_async.ports import Provenance
from adce_async.testing.memory_store import MemoryStore

ORIGIN = Provenance("https://ant.test/1", 500.0, "ant_items", "3", "application/json")
PLENTY = Budget(1000, 1_000_000)


def index(**bodies: bytes) -> Mapping[str, tuple[int, str, Provenance]]:
    return {key: (len(body), hashlib.sha256(body).hexdigest(), ORIGIN) for key, body in bodies.items()}


async def recognised(
    store: MemoryStore, known: Mapping[str, tuple[int, str, Provenance]], budget: Budget = PLENTY, *, keep: bool = True
) -> set[str]:
    def find(keys: Sequence[str]) -> Mapping[str, tuple[int, str, Provenance]]:
        return {key: known[key] for key in keys if key in known}

    stored = {each.key: each async for batch in store.list() for each in batch}
    count = await Recognition(store, find, budget, keep=keep).run(list(stored), stored)
    ours = {key for key, each in stored.items() if each.verified}
    assert len(ours) == count
    assert all(stored[key].modified == 500.0 for key in ours)
    return ours


async def test_what_has_the_size_and_the_checksum_is_ours_with_its_origin() -> None:
    store = MemoryStore()
    for key, body in {"same": b"12345", "other": b"54321", "longer": b"123456", "unknown": b"12345"}.items():
        store.seed(key, body, modified=9000.0)
    assert await recognised(store, index(same=b"12345", other=b"12345", longer=b"12345", gone=b"1")) == {"same"}
    found = await store.heads(["same", "other"])
    assert (found["same"].verified, found["same"].modified, found["other"].verified) == (True, 500.0, False)
    beside = await store.provenance("same")
    assert beside is not None
    assert (beside["url"], beside["scraper_version"]) == ("https://ant.test/1", "3")


async def test_who_only_looks_keeps_nothing() -> None:
    store = MemoryStore()
    store.seed("same", b"12345", modified=9000.0)
    assert await recognised(store, index(same=b"12345"), keep=False) == {"same"}
    assert await store.provenance("same") is None


async def test_no_more_is_read_than_the_budget_allows() -> None:
    store = MemoryStore()
    bodies = {f"k{number}": b"12345" for number in range(50)}
    for key, body in bodies.items():
        store.seed(key, body)
    assert len(await recognised(store, index(**bodies), Budget(7 * REQUESTS_EACH + 1, 1000), keep=False)) == 7
    assert len(await recognised(store, index(**bodies), Budget(1000, 24), keep=False)) == 4
    assert len(await recognised(store, index(**bodies), PLENTY, keep=False)) == 50
