from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3.reader import S3Reader
from adce_async.adapters.s3.store import S3Store
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError
from adce_async.testing.store_contract import NOON, came, listed

pytestmark = pytest.mark.looptime(False)


async def test_who_looks_sees_what_the_owner_sees_beside_him_and_leaves_nothing(lake: Lake, tmp_path: Path) -> None:
    async with S3Store(lake.url, lake.direct, lake.folder) as store:
        await store.put("a/1.json", b"[1]", came())
        async with S3Reader(lake.url, lake.settings, lake.folder) as reader:
            assert await listed(reader) == await listed(store)
            assert await reader.get("a/1.json") == b"[1]"
            async with reader.local_copy("a/1.json") as path:
                assert path is not None
                assert path.read_bytes() == b"[1]"
            assert path.exists() is False
            await reader.flush()
        assert not path.parent.exists()
        async with S3Reader(lake.url, lake.settings, tmp_path / "nowhere") as reader:
            assert (await listed(reader))["a/1.json"].verified is False
            head = await reader.head("a/1.json")
            assert head is not None
            assert (head.verified, head.modified) == (True, NOON)
    assert not (tmp_path / "nowhere").exists()
    assert {method for method, _ in lake.proxy.requests} <= {"GET", "HEAD"}


async def test_who_looks_writes_nothing(lake: Lake, tmp_path: Path) -> None:
    async with S3Reader(lake.url, lake.settings, lake.folder) as reader:
        with pytest.raises(StoreError, match="looking only"):
            await reader.put("a/1.json", b"[1]", came())
        with pytest.raises(StoreError, match="looking only"):
            await reader.put_file("a/1.json", tmp_path / "x", came())
        with pytest.raises(StoreError, match="looking only"):
            await reader.renew("a/1.json", came())
        with pytest.raises(StoreError, match="looking only"):
            await reader.probe()


async def test_what_a_person_must_fix_and_what_is_the_networks_fault(lake: Lake) -> None:
    with pytest.raises(FixMeError, match="NoSuchBucket"):
        async with S3Reader("s3://no-such-bucket/x", lake.settings, lake.folder):
            pass
    lake.proxy.fault = lambda _request: "reset"
    with pytest.raises(StoreUnreachableError, match=r"opening the lake: .*is the network there|broke"):
        async with S3Reader(lake.url, replace(lake.settings, attempts=2), lake.folder):
            pass
