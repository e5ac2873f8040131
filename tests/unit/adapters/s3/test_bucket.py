from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from tests.s3_proxy import in_turn
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3.bucket import CHUNK, Bucket, Found
from adce_async.errors import StoreError, StoreUnreachableError

pytestmark = pytest.mark.looptime(False)

ONE = hashlib.sha256(b"1").digest()
TWO = hashlib.sha256(b"2").digest()


async def test_what_is_not_there(bucket: Bucket) -> None:
    assert await bucket.head("nba/a") is None
    assert await bucket.get("nba/a") is None
    assert await bucket.download("nba/a", lambda _found: lambda _piece: None) is None
    await bucket.delete("nba/a")


async def test_an_object_with_its_metadata_and_its_age_by_the_servers_clock(bucket: Bucket) -> None:
    tag = await bucket.put("nba/a", b"1", ONE, metadata={"adce-x": "y"}, content_type="text/plain")
    answer = await bucket.get("nba/a")
    assert answer is not None
    found, body = answer
    assert (body, found.tag, found.size, found.content_type) == (b"1", tag, 1, "text/plain")
    assert found.metadata == {"adce-x": "y"}
    assert found.age is not None
    assert 0 <= found.age < 30
    assert (await bucket.head("nba/a") or found).tag == tag


async def test_conditions(bucket: Bucket) -> None:
    first = await bucket.put("nba/a", b"1", ONE, only_if="")
    assert first is not None
    assert await bucket.put("nba/a", b"2", TWO, only_if="") is None
    assert await bucket.put("nba/a", b"2", TWO, only_if="0" * 32) is None
    second = await bucket.put("nba/a", b"2", TWO, only_if=first)
    assert second not in (None, first)
    assert await bucket.put("nba/gone", b"2", TWO, only_if=first) is None


async def test_the_server_holds_the_content_against_its_hash(bucket: Bucket) -> None:
    with pytest.raises(StoreError, match=r"s3://lake-.*/nba/a: storing it: "):
        await bucket.put("nba/a", b"1", TWO)
    assert await bucket.get("nba/a") is None


async def test_a_large_body_comes_in_pieces_and_begins_anew_when_it_breaks_off(bucket: Bucket, lake: Lake) -> None:
    body = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    await bucket.put("nba/a", body, hashlib.sha256(body).digest())
    lake.proxy.fault = in_turn("cut", of=lambda request: request.method == "GET")
    pieces: list[bytes] = []
    begun: list[int] = []

    def begin(found: Found) -> Callable[[bytes], None]:
        begun.append(found.size)
        pieces.clear()
        return pieces.append

    assert await bucket.download("nba/a", begin) is not None
    assert begun == [len(body)] * 2
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= CHUNK


async def test_what_says_that_all_is_well_and_is_no_s3_is_named(lake: Lake, bucket: Bucket) -> None:
    """A portal that asks for a login answers whatever it is asked; what was not stored must not count as stored."""
    lake.proxy.fault = lambda _request: "portal"
    for ask in (bucket.head("nba/a"), bucket.get("nba/a"), bucket.put("nba/a", b"1", ONE)):
        with pytest.raises(StoreUnreachableError, match="what answers there is no S3"):
            await ask
