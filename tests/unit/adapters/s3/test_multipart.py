"""Uploads that end in every way there is: none leaves a part behind, or an object that is not whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.s3_proxy import in_turn
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3 import multipart
from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.multipart import STALE_SECONDS, Multipart
from adce_async.adapters.s3.object_rows import ObjectRows
from adce_async.clock import SystemClock
from adce_async.errors import StoreError

pytestmark = pytest.mark.looptime(False)

PART = 5 * 1024 * 1024
BODY = random.Random(3).randbytes(3 * PART + 1)
NAME = "nba/a/1.bin"


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", PART)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[ObjectRows]:
    async with ObjectRows(tmp_path / "objects.db", SystemClock()) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "body").write_bytes(BODY)
    return tmp_path / "body"


def is_part(request: web.Request) -> bool:
    return request.method == "PUT" and "partNumber" in request.query


def is_completion(request: web.Request) -> bool:
    return request.method == "POST" and "uploadId" in request.query


async def uploads(bucket: Bucket) -> list[Any]:
    return list((await bucket.client.list_multipart_uploads(Bucket=bucket.place.bucket)).get("Uploads", []))


async def put(bucket: Bucket, rows: ObjectRows, path: Path) -> str:
    return await Multipart(bucket, rows).put(NAME, path, len(BODY), {"adce-sha256": "x"}, "binary/octet-stream")


async def test_it_arrives_whole_and_nothing_is_left(bucket: Bucket, rows: ObjectRows, path: Path, lake: Lake) -> None:
    tag = await put(bucket, rows, path)
    answer = await bucket.get(NAME)
    assert answer is not None
    assert answer[1] == BODY
    assert answer[0].tag == tag
    assert answer[0].metadata == {"adce-sha256": "x"}
    assert len([one for one in lake.proxy.asked("PUT") if "partNumber" in one]) == 4
    assert await uploads(bucket) == []
    assert list(await rows.uploads()) == []


@pytest.mark.parametrize("fault", ["slow_down", "reset", "lost"])
async def test_faults_on_the_way_of_parts_and_of_the_last_word_change_nothing(
    bucket: Bucket, rows: ObjectRows, path: Path, lake: Lake, fault: str
) -> None:
    first, last = in_turn(fault, of=is_part), in_turn(fault, of=is_completion)
    lake.proxy.fault = lambda request: first(request) or last(request)
    await put(bucket, rows, path)
    answer = await bucket.get(NAME)
    assert answer is not None
    assert answer[1] == BODY
    assert lake.proxy.served[fault] == 2
    assert await uploads(bucket) == []


async def test_a_part_that_is_refused_ends_all_of_it(bucket: Bucket, rows: ObjectRows, path: Path, lake: Lake) -> None:
    lake.proxy.fault = in_turn(None, "denied", of=is_part)
    with pytest.raises(StoreError, match=r"nba/a/1.bin: storing it: AccessDenied"):
        await put(bucket, rows, path)
    assert await bucket.head(NAME) is None
    assert await uploads(bucket) == []
    assert list(await rows.uploads()) == []


async def test_who_is_cancelled_aborts_first(bucket: Bucket, rows: ObjectRows, path: Path, lake: Lake) -> None:
    reached = asyncio.Event()

    def fault(request: web.Request) -> str | None:
        if is_part(request) and request.query["partNumber"] == "3":
            reached.set()
        return None

    lake.proxy.fault = fault
    async with asyncio.TaskGroup() as group:
        putting = group.create_task(put(bucket, rows, path))
        await reached.wait()
        putting.cancel()
    assert putting.cancelled()
    assert await bucket.head(NAME) is None
    assert await uploads(bucket) == []
    assert list(await rows.uploads()) == []


async def test_a_file_that_vanishes_is_an_error_like_others(bucket: Bucket, rows: ObjectRows, path: Path) -> None:
    with pytest.raises(StoreError, match="storing it: No such file"):
        await Multipart(bucket, rows).put(NAME, path.with_name("gone"), len(BODY), {}, "x/y")
    assert await uploads(bucket) == []


async def test_what_a_killed_process_has_left_is_aborted_and_what_is_old_too(
    bucket: Bucket, rows: ObjectRows, path: Path
) -> None:
    async def begin(name: str) -> str:
        made = await bucket.client.create_multipart_upload(Bucket=bucket.place.bucket, Key=name)
        return made["UploadId"]

    ours, others, elsewhere = [await begin(name) for name in (NAME, "nba/a/2.bin", "elsewhere/3.bin")]
    nameless = await begin("nba/a/4.bin")
    await rows.begun(NAME, ours)
    await rows.begun("nba/a/4.bin", "*killed before it knew the id")
    uploading = Multipart(bucket, rows)
    now = SystemClock().now()
    await uploading.sweep(now)
    assert nameless not in {one["UploadId"] for one in await uploads(bucket)}
    assert list(await rows.uploads()) == []
    assert {one["UploadId"] for one in await uploads(bucket)} == {others, elsewhere}
    await uploading.sweep(now + STALE_SECONDS + 60)
    assert {one["UploadId"] for one in await uploads(bucket)} == {elsewhere}


async def test_who_may_not_list_uploads_is_told_and_goes_on(bucket: Bucket, rows: ObjectRows, lake: Lake) -> None:
    lake.proxy.fault = lambda _request: "denied"
    await Multipart(bucket, rows).sweep(0.0)
    assert lake.proxy.served["denied"] == 1
