from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.s3_proxy import in_turn, is_listing
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.listing import pages
from adce_async.errors import StoreError

pytestmark = pytest.mark.looptime(False)

KEYS = sorted(f"a/{number:04}.json" for number in range(25))


@pytest.fixture
async def small_pages(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The lake with 25 objects, and pages of 10."""
    for key in (*KEYS, ".adce/lock", ".adce/x/y"):
        await bucket.put(f"nba/{key}", b"1", hashlib.sha256(b"1").digest())
    listing = bucket.client.list_objects_v2

    async def of_ten(**asked: Any) -> Any:
        return await listing(**asked | {"MaxKeys": 10})

    monkeypatch.setattr(bucket.client, "list_objects_v2", of_ten)
    return bucket


async def keys(bucket: Bucket, prefix: str = "", after: str = "") -> list[str]:
    return [key async for page in pages(bucket, prefix, after) for key, *_ in page]


async def test_all_pages_in_order_without_what_is_ours(small_pages: Bucket, lake: Lake) -> None:
    assert await keys(small_pages) == KEYS
    assert len(lake.proxy.asked("GET")) == 3


async def test_a_prefix_selects_and_a_listing_can_go_on_where_it_broke_off(small_pages: Bucket) -> None:
    assert await keys(small_pages, "a/002") == KEYS[20:]
    assert await keys(small_pages, after=KEYS[13]) == KEYS[14:]
    assert await keys(small_pages, ".adce") == []


@pytest.mark.parametrize("fault", ["again", "slow_down", "reset", "lost", "cut"])
async def test_a_page_that_comes_twice_or_not_at_all_changes_nothing(
    small_pages: Bucket, lake: Lake, fault: str
) -> None:
    lake.proxy.fault = in_turn(None, fault, None, fault, of=is_listing)
    assert await keys(small_pages) == KEYS
    assert lake.proxy.served[fault] == 2


async def test_a_server_that_only_repeats_itself_is_not_believed(small_pages: Bucket, lake: Lake) -> None:
    lake.proxy.fault = in_turn(None, *["again"] * 20, of=is_listing)
    with pytest.raises(StoreError, match="repeats itself"):
        await keys(small_pages)
