"""The laws of `ports.ObjectStore` as a test suite, for any adapter; needs pytest and pytest-asyncio (mode auto).

class TestMyStore(ObjectStoreContract):
    @asynccontextmanager
    async def open(self):
        async with MyStore(...) as store:
            yield store
"""

# ruff: noqa: D102 - a test's name says its law

from __future__ import annotations

import abc
import asyncio
import hashlib
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from adce_async.errors import InvalidKeyError
from adce_async.model.coverage import StoredObject
from adce_async.model.days import from_iso
from adce_async.ports import ObjectStore, Provenance

NOON = from_iso("2025-01-15T12:00:00Z")


def came(at: float = NOON, url: str = "https://ant.test/items/1.json") -> Provenance:
    """A provenance, fetched at `at`."""
    return Provenance(url, at, "ant_items", "3", "application/json")


async def listed(store: ObjectStore, prefix: str = "") -> dict[str, StoredObject]:
    """All objects under `prefix`; fails if one is named twice."""
    found = [stored async for batch in store.list(prefix) for stored in batch]
    assert len({stored.key for stored in found}) == len(found)
    return {stored.key: stored for stored in found}


class ObjectStoreContract(abc.ABC):
    """Subclass it as `Test...` and say how to open the adapter."""

    @abc.abstractmethod
    def open(self) -> AbstractAsyncContextManager[ObjectStore]:
        """The adapter, empty at first; opened again within one test, it has to show the same objects."""

    async def test_what_was_put_is_there(self) -> None:
        async with self.open() as store:
            assert await store.put("ant/2024-25/1.json", b"[1]", came()) is True
            assert await store.get("ant/2024-25/1.json") == b"[1]"
            head = await store.head("ant/2024-25/1.json")
            assert head is not None
            assert (head.key, head.size, head.verified) == ("ant/2024-25/1.json", 3, True)
            assert await listed(store) == {head.key: head}

    async def test_a_store_of_ones_own_has_nothing_to_recover_and_says_what_put_is_worth(self) -> None:
        for _ in range(2):
            async with self.open() as store:
                assert store.recovered is None
                assert store.durable_put in (True, False)
                await store.put("ant/1.json", b"[1]", came())
        if store.durable_put:  # nobody has flushed
            async with self.open() as store:
                assert await store.get("ant/1.json") == b"[1]"

    async def test_what_was_never_put_is_not(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.json", b"1", came())
            for key in ("ant/2.json", "ant", "ant/1.json/deeper", "other/1.json"):
                assert await store.get(key) is None
                assert await store.head(key) is None
                assert await store.provenance(key) is None

    async def test_several_are_looked_up_together(self) -> None:
        async with self.open() as store:
            await store.put("a/1.json", b"1", came())
            await store.put("a/2.json", b"22", came())
            found = await store.heads(["a/1.json", "a/2.json", "a/3.json", "../x", "", "a/\ud800"])
            assert {key: one.size for key, one in found.items()} == {"a/1.json": 1, "a/2.json": 2}
            assert found["a/1.json"] == await store.head("a/1.json")
            assert await store.heads([]) == {}

    async def test_an_empty_store_lists_nothing(self) -> None:
        async with self.open() as store:
            assert await listed(store) == {}
            assert await listed(store, "ant/") == {}

    async def test_an_empty_and_a_binary_body_come_back_as_they_were(self) -> None:
        async with self.open() as store:
            for key, body in {"a/empty": b"", "a/binary": bytes(range(256)) * 500}.items():
                await store.put(key, body, came())
                assert await store.get(key) == body
            assert {key: stored.size for key, stored in (await listed(store)).items()} == {
                "a/empty": 0,
                "a/binary": 128_000,
            }

    async def test_law_1_readers_see_one_body_or_the_other(self) -> None:
        bodies = [bytes([letter]) * size for letter, size in ((97, 300_000), (98, 200_000))]
        seen: set[bytes | None] = set()
        async with self.open() as store:
            await store.put("ant/1.bin", bodies[0], came())

            async def write() -> None:
                for turn in range(1, 20):
                    await store.put("ant/1.bin", bodies[turn % 2], came(NOON + turn))

            async def read() -> None:
                for _ in range(40):
                    seen.add(await store.get("ant/1.bin"))

            async with asyncio.TaskGroup() as group:
                group.create_task(write())
                group.create_task(read())
        assert seen <= set(bodies)

    async def test_law_1_the_last_of_several_at_once_is_whole(self) -> None:
        bodies = {bytes([65 + number]) * 50_000 for number in range(8)}
        async with self.open() as store:
            async with asyncio.TaskGroup() as group:
                for body in bodies:
                    group.create_task(store.put("ant/1.bin", body, came()))
            last = await store.get("ant/1.bin")
            assert last in bodies
            beside = await store.provenance("ant/1.bin")
            assert beside is not None
            assert beside["sha256"] == hashlib.sha256(last or b"").hexdigest()

    async def test_law_2_all_is_there_when_opened_again(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.json", b"[1]", came())
            await store.flush()
            before = await store.head("ant/1.json")
        async with self.open() as store:
            assert await store.head("ant/1.json") == before
            assert await store.get("ant/1.json") == b"[1]"
            beside = await store.provenance("ant/1.json")
            assert beside is not None
            assert beside["fetched_at"] == NOON

    async def test_law_2_flush_may_be_called_at_any_time_and_at_once(self) -> None:
        async with self.open() as store:
            await store.flush()

            async def put(number: int) -> None:
                await store.put(f"ant/{number}.json", b"[]", came())
                await store.flush()

            async with asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(put(number))
        async with self.open() as store:
            found = await listed(store)
            assert len(found) == 20
            assert all(stored.verified for stored in found.values())

    async def test_law_3_the_same_content_again_only_renews(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.json", b"[1]", came(NOON))
            before = await store.head("ant/1.json")
            assert await store.put("ant/1.json", b"[1]", came(NOON + 60, url="https://ant.test/again")) is False
            after = await store.head("ant/1.json")
            assert before is not None
            assert after is not None
            assert after == replace(before, modified=NOON + 60)
            beside = await store.provenance("ant/1.json")
            assert beside is not None
            expected = {
                "url": "https://ant.test/again",
                "fetched_at": NOON + 60,
                "scraper": "ant_items",
                "scraper_version": "3",
                "content_type": "application/json",
                "sha256": hashlib.sha256(b"[1]").hexdigest(),
            }
            assert {name: beside[name] for name in expected} == expected

    async def test_law_3_what_is_renewed_is_the_same_object_as_of_later(self) -> None:
        later = replace(came(NOON + 60, url="https://ant.test/again"), etag='"2"', scraper_version="4")
        async with self.open() as store:
            await store.put("ant/1.json", b"[1]", came(NOON))
            before = await store.head("ant/1.json")
            assert before is not None
            assert before.modified == NOON
            assert await store.renew("ant/1.json", later) is True
            renewed = replace(before, modified=NOON + 60)
            assert await store.head("ant/1.json") == renewed
            await store.flush()
        async with self.open() as store:
            assert await listed(store) == {"ant/1.json": renewed}
            assert await store.get("ant/1.json") == b"[1]"
            beside = await store.provenance("ant/1.json")
            assert beside is not None
            expected = {
                "url": later.url,
                "fetched_at": NOON + 60,
                "scraper_version": "4",
                "etag": '"2"',
                "sha256": hashlib.sha256(b"[1]").hexdigest(),
            }
            assert {name: beside[name] for name in expected} == expected
            assert await store.put("ant/1.json", b"[2]", came(NOON + 60)) is True
            after = await store.head("ant/1.json")
            assert after is not None
            assert after.etag != before.etag

    async def test_law_3_what_is_not_there_is_not_renewed(self) -> None:
        async with self.open() as store:
            assert await store.renew("ant/1.json", came()) is False
            assert await listed(store) == {}
            with pytest.raises(InvalidKeyError):
                await store.renew("../x", came())

    async def test_law_3_also_after_it_was_opened_again(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.json", b"[1]", came(NOON))
        async with self.open() as store:
            assert await store.put("ant/1.json", b"[1]", came(NOON + 60)) is False
            assert await store.put("ant/1.json", b"[2]", came(NOON + 120)) is True

    async def test_new_content_has_a_new_etag_even_in_the_same_instant(self) -> None:
        async with self.open() as store:
            etags = []
            for body in (b"[1]", b"[2]", b"[3]"):
                assert await store.put("ant/1.json", body, came()) is True
                head = await store.head("ant/1.json")
                assert head is not None
                etags.append(head.etag)
            assert len(set(etags)) == 3

    async def test_the_etag_of_what_was_put_just_now_is_told_by_heart_if_it_is_remembered(self) -> None:
        async with self.open() as store:
            assert store.own_tag("ant/1.json") == ""
            for body in (b"[1]", b"[2]", b"[2]"):
                await store.put("ant/1.json", body, came())
                told = store.own_tag("ant/1.json")
                head = await store.head("ant/1.json")
                assert head is not None
                assert told in ("", head.etag)

    async def test_a_file_is_put_like_a_body_and_stays_with_its_owner(self) -> None:
        async with self.open() as store:
            path = store.scratch()
            assert path != store.scratch()
            path.write_bytes(b"large")
            assert await store.put_file("ant/1.parquet", path, came()) is True
            assert await store.put_file("ant/2.parquet", path, came()) is True
            assert await store.put_file("ant/1.parquet", path, came(NOON + 5)) is False
            assert path.read_bytes() == b"large"
            assert {key: (one.size, one.verified) for key, one in (await listed(store)).items()} == {
                "ant/1.parquet": (5, True),
                "ant/2.parquet": (5, True),
            }
            path.unlink()
            assert await store.get("ant/1.parquet") == b"large"
            beside = await store.provenance("ant/1.parquet")
            assert beside is not None
            assert (beside["fetched_at"], beside["sha256"]) == (NOON + 5, hashlib.sha256(b"large").hexdigest())
            assert await store.put("ant/1.parquet", b"small", came(NOON + 6)) is True
            assert await store.get("ant/2.parquet") == b"large"

    async def test_a_body_can_be_read_as_a_file(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.parquet", b"large", came())
            async with store.local_copy("ant/1.parquet") as path, store.local_copy("ant/1.parquet") as again:
                assert path is not None
                assert again is not None
                assert path.read_bytes() == again.read_bytes() == b"large"
            async with store.local_copy("ant/2.parquet") as path:
                assert path is None
            with pytest.raises(InvalidKeyError):
                async with store.local_copy("../x"):
                    pass
            assert await store.get("ant/1.parquet") == b"large"
            assert (await listed(store)).keys() == {"ant/1.parquet"}

    async def test_a_local_copy_is_whole_whatever_is_put_meanwhile(self) -> None:
        async with self.open() as store:
            await store.put("ant/1.parquet", b"large", came())
            async with store.local_copy("ant/1.parquet") as path:
                await store.put("ant/1.parquet", b"larger", came(NOON + 1))
                assert path is not None
                assert path.read_bytes() in (b"large", b"larger")
            assert await store.get("ant/1.parquet") == b"larger"

    async def test_validators_are_kept(self) -> None:
        validators = ('W/"1"', "Sun, 15 Dec 2024 00:00:00 GMT")
        async with self.open() as store:
            await store.put("ant/1.json", b"1", replace(came(), etag=validators[0], last_modified=validators[1]))
            await store.flush()
        async with self.open() as store:
            beside = await store.provenance("ant/1.json")
            assert beside is not None
            assert (beside["etag"], beside["last_modified"]) == validators

    async def test_a_probe_leaves_nothing(self) -> None:
        async with self.open() as store:
            await store.put("a/1", b"1", came())
            await store.probe()
            assert (await listed(store)).keys() == {"a/1"}

    async def test_law_4_a_prefix_selects(self) -> None:
        keys = ("a/1.json", "a/10.json", "a/b/1.json", "a.json", "ab/1.json", "b.json")
        async with self.open() as store:
            for key in keys:
                await store.put(key, b"x", came())
            for prefix in ("", "a", "a/", "a/1", "a/b/", "ab", "b.json", "c", "a/1.json/", "/", "../", ".adce", "a//"):
                expected = {key for key in keys if key.startswith(prefix)}
                assert set(await listed(store, prefix)) == expected, prefix

    async def test_law_4_what_is_there_throughout_is_named_once(self) -> None:
        keys = {f"ant/{number % 3}/{number}.json" for number in range(300)}
        async with self.open() as store:
            for key in keys:
                await store.put(key, b"old", came())

            async def rewrite(some: Iterable[str]) -> None:
                for key in some:
                    await store.put(key, b"newer", came(NOON + 1))
                    await store.put(f"more/{key}", b"more", came(NOON + 1))
                    await asyncio.sleep(0)

            async with asyncio.TaskGroup() as group:
                names = group.create_task(listed(store))
                group.create_task(rewrite(sorted(keys)))
            assert names.result().keys() >= keys
            assert names.result().keys() <= keys | {f"more/{key}" for key in keys}

    async def test_law_6_bad_keys_are_refused(self) -> None:
        async with self.open() as store:
            for key in ("", "/etc/passwd", "../x", "a/../b", "a//b", "a/\n", "a\\b", ".adce/lock", "x" * 300):
                with pytest.raises(InvalidKeyError):
                    await store.put(key, b"x", came())
                with pytest.raises(InvalidKeyError):
                    await store.get(key)
                with pytest.raises(InvalidKeyError):
                    await store.head(key)
                with pytest.raises(InvalidKeyError):
                    await store.provenance(key)
            assert await listed(store) == {}
