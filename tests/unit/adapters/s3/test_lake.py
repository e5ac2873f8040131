from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3.store import S3Store
from adce_async.errors import StoreError, StoreUnreachableError
from adce_async.ports import OwnObjects
from adce_async.testing.store_contract import came, listed

pytestmark = pytest.mark.looptime(False)


async def test_many_are_looked_up_side_by_side_with_a_request_each(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        for number in range(40):
            await store.put(f"a/{number}.json", b"[]", came())
        found = await store.heads([f"a/{number}.json" for number in range(60)])
        assert len(found) == 40
        assert len(lake.proxy.asked("HEAD")) == 60
        lake.proxy.fault = lambda _request: "denied"
        with pytest.raises(StoreError, match="AccessDenied"):
            await store.heads(["a/1.json", "a/2.json"])


async def test_single_objects_without_an_answer_are_looked_at_again(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adce_async.adapters.s3.lake.HEAD_PAUSES", (0.0, 0.0))
    refused: Counter[str] = Counter()

    def fault(request: web.Request) -> str | None:
        if request.method != "HEAD" or "3.json" not in request.path:
            return None
        refused[request.path] += 1
        return "slow_down" if refused[request.path] <= 2 else None

    async with S3Store(lake.url, replace(lake.settings, attempts=1), lake.folder) as store:
        for number in range(10):
            await store.put(f"a/{number}.json", b"[]", came())
        lake.proxy.fault = fault
        keys = [f"a/{number}.json" for number in range(10)]
        assert sorted(await store.heads(keys)) == keys
        assert set(refused.values()) == {3}


async def test_where_nobody_answers_nobody_is_waited_for(lake: Lake) -> None:
    async with S3Store(lake.url, replace(lake.settings, attempts=1), lake.folder) as store:
        lake.proxy.fault = lambda request: "slow_down" if request.method == "HEAD" else None
        with pytest.raises(StoreUnreachableError):
            await store.heads([f"a/{number}.json" for number in range(500)])
        assert len(lake.proxy.asked("HEAD")) <= 40
        with pytest.raises(StoreUnreachableError):
            await store.heads(["a/1.json"])


async def test_what_it_has_stored_itself_it_knows_without_a_request(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adce_async.adapters.s3.lake.OWN_AT_ONCE", 2)
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        assert isinstance(store, OwnObjects)
        for number in range(5):
            await store.put(f"a/{number}.json", b"[]", came())
        requests = len(lake.proxy.asked("GET"))
        own = [found async for batch in store.own_objects() for found in batch]
        assert len(lake.proxy.asked("GET")) == requests
        assert {found.key: found for found in own} == await listed(store)


async def test_the_etag_of_what_was_stored_just_now_is_that_of_the_listing_and_costs_no_request(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("adce_async.adapters.s3.store.LATEST", 3)
    file = tmp_path / "body"
    file.write_bytes(b"[3]")
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        for number in range(4):
            await store.put(f"a/{number}.json", b"[%d]" % number, came())
        assert store.own_tag("a/0.json") == ""  # long ago
        await store.put_file("a/1.json", file, came())  # another content
        await store.put("a/2.json", b"[2]", came())  # the same
        await store.renew("a/3.json", came())
        requests = len(lake.proxy.requests)
        own = {key: store.own_tag(key) for key in ("a/1.json", "a/2.json", "a/3.json")}
        assert len(lake.proxy.requests) == requests
        stored = await listed(store)
        assert own == {key: stored[key].etag for key in own}


async def test_a_copy_that_is_not_what_was_stored_is_refused(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        await store.put("a/1.bin", b"right", came())
        row = await store._rows.find("a/1.bin")
        assert row is not None
        await store._rows.record(row._replace(sha256="00" * 32))
        with pytest.raises(StoreError, match=r"a/1.bin: came damaged"):
            async with store.local_copy("a/1.bin"):
                pass
        assert list((lake.folder / "tmp").iterdir()) == []


async def test_names_that_cant_be_keys_are_left_out_and_said_once(lake: Lake) -> None:
    async with S3Store(lake.url, lake.direct, lake.folder) as store:
        client = await store.aws.s3()
        for name in ("odd//name", "back\\slash", "folder/"):
            await client.put_object(Bucket=lake.bucket, Key=f"nba/{name}", Body=b"")
        with capture_logs() as said:
            assert await listed(store) == {}
            assert await listed(store) == {}
        assert store.unusable_names == 4
    assert [line["event"] for line in said if "obstore" not in line["event"]] == [
        "objects whose names can't be keys are left out"
    ]
