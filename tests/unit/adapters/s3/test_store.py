"""What the contract does not ask: cost in requests, answers that are lost, faults on the way, others' objects."""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from tests.s3_proxy import in_turn, is_listing
from tests.unit.adapters.s3.conftest import Lake

from adce_async.adapters.s3.store import S3Store
from adce_async.errors import FixMeError, StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.testing.store_contract import NOON, came, listed

pytestmark = pytest.mark.looptime(False)

MB = 1024 * 1024


def is_put(request: web.Request) -> bool:
    return request.method == "PUT" and ".adce" not in request.path


def of_objects(paths: list[str]) -> list[str]:
    return [path for path in paths if ".adce" not in path]


async def test_a_new_object_is_one_request_the_same_again_a_head_and_another_content_one_put(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        assert await store.put("a/1.json", b"[1]", came()) is True
        assert len(of_objects(lake.proxy.asked("PUT"))) == 1
        assert lake.proxy.asked("HEAD") == []
        assert await store.put("a/1.json", b"[1]", came(NOON + 1)) is False
        assert await store.renew("a/1.json", came(NOON + 2)) is True
        assert len(of_objects(lake.proxy.asked("PUT"))) == 1
        assert len(lake.proxy.asked("HEAD")) == 2
        assert await store.put("a/1.json", b"[2]", came(NOON + 3)) is True
        assert len(of_objects(lake.proxy.asked("PUT"))) == 2
        assert len(lake.proxy.asked("HEAD")) == 2


async def test_a_listing_costs_a_request_a_thousand_objects_and_nothing_an_object(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        for number in range(5):
            await store.put(f"a/{number}.json", b"[]", came())
        before = len(lake.proxy.requests)
        assert all(one.verified for one in (await listed(store)).values())
        assert len(lake.proxy.requests) <= before + 2
        assert store.list_requests <= 2


async def test_a_lost_index_is_made_anew_from_what_was_written_with_the_objects(lake: Lake, tmp_path: Path) -> None:
    long = replace(came(url="https://ant.test/größe?q=" + "x" * 3000), etag='W/"ü"', scraper_version=" 3  b ")
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        await store.put("a/1.json", b"[1]", came())
        await store.put("a/2.json", b"[2]", long)
    async with S3Store(lake.url, lake.settings, tmp_path / "other") as store:
        before = await listed(store)
        assert [one.verified for one in before.values()] == [False, False]
        head = await store.head("a/1.json")
        assert head is not None
        assert (head.verified, head.modified, head.etag) == (True, NOON, before["a/1.json"].etag)
        assert await store.put("a/2.json", b"[2]", came(NOON + 5)) is False
        assert all(one.verified for one in (await listed(store)).values())
        beside = await store.provenance("a/1.json")
        assert beside is not None
        assert beside["url"] == came().url
    async with S3Store(lake.url, lake.settings, tmp_path / "third") as store:
        beside = await store.provenance("a/2.json")
        assert beside is not None
        assert (beside["scraper_version"], beside["url"], beside["fetched_at"]) == (" 3  b ", "", NOON)


async def test_what_others_have_written_is_theirs_and_the_same_content_is_taken_over_without_a_put(lake: Lake) -> None:
    async with S3Store(lake.url, lake.direct, lake.folder) as store:
        client = await store.aws.s3()
        for key, body in (("a/1.json", b"[1]"), ("a/2.json", b"[2]"), ("odd//name", b""), ("folder/", b"")):
            await client.put_object(Bucket=lake.bucket, Key=f"nba/{key}", Body=body)
        await client.put_object(Bucket=lake.bucket, Key="nbanana/3.json", Body=b"x")
        assert {key: one.verified for key, one in (await listed(store)).items()} == {
            "a/1.json": False,
            "a/2.json": False,
        }
        assert await store.provenance("a/1.json") is None
        assert await store.renew("a/1.json", came()) is False
        assert await store.put("a/1.json", b"[1]", came()) is False
        assert await store.put("a/2.json", b"[3]", came()) is True
        found = await listed(store)
        assert [(one.verified, one.modified) for one in found.values()] == [(True, NOON)] * 2
        await client.put_object(Bucket=lake.bucket, Key="nba/a/1.json", Body=b"[9]")
        head = await store.head("a/1.json")
        assert head is not None
        assert not head.verified
        assert await store.put("a/1.json", b"[1]", came()) is True


async def test_the_object_has_what_tells_of_it(lake: Lake) -> None:
    async with S3Store(lake.url, lake.direct, lake.folder) as store:
        await store.put("a/1.json", b"[1]", came())
        head = await (await store.aws.s3()).head_object(Bucket=lake.bucket, Key="nba/a/1.json")
        assert head["ContentType"] == "application/json"
        assert head["Metadata"]["adce-url"] == came().url
        assert head["Metadata"]["adce-sha256"] == hashlib.sha256(b"[1]").hexdigest()


@pytest.mark.parametrize("fault", ["slow_down", "reset", "lost"])
async def test_a_put_that_fails_on_the_way_is_sent_again_and_counts_once(lake: Lake, fault: str) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        lake.proxy.fault = in_turn(fault, of=is_put)
        assert await store.put("a/1.json", b"[1]", came()) is True
        lake.proxy.fault = in_turn(fault, of=is_put)
        assert await store.put("a/1.json", b"[2]", came(NOON + 1)) is True
        assert lake.proxy.served[fault] == 2
        assert await store.get("a/1.json") == b"[2]"
        assert (await listed(store))["a/1.json"].verified


async def test_any_mixture_of_faults_changes_nothing(lake: Lake) -> None:
    chance = random.Random(7)
    faults = ("slow_down", "reset", "lost", "cut", "again")

    def fault(request: web.Request) -> str | None:
        return chance.choice(faults) if chance.random() < 0.15 else None

    bodies = {f"a/{number}.json": str(number).encode() * 100 for number in range(40)}
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        lake.proxy.fault = fault
        async with asyncio.TaskGroup() as group:
            puts = [group.create_task(store.put(key, body, came())) for key, body in bodies.items()]
        assert all(put.result() for put in puts)
        found = await listed(store)
        assert {key: (one.size, one.verified) for key, one in found.items()} == {
            key: (len(body), True) for key, body in bodies.items()
        }
        assert {key: await store.get(key) for key in bodies} == bodies
        assert sum(lake.proxy.served.values()) > 5


async def test_a_body_that_breaks_off_is_asked_for_again(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        await store.put("a/1.bin", b"x" * 3 * MB, came())
        lake.proxy.fault = in_turn("cut", "cut", of=lambda request: request.method == "GET")
        assert await store.get("a/1.bin") == b"x" * 3 * MB
        lake.proxy.fault = in_turn("cut", of=lambda request: request.method == "GET")
        async with store.local_copy("a/1.bin") as path:
            assert path is not None
            assert path.stat().st_size == 3 * MB
        assert not path.exists()
        lake.proxy.fault = lambda _request: "cut"
        with pytest.raises(StoreError, match=r"s3://.*a/1.bin: reading it"):
            await store.get("a/1.bin")


async def test_a_listing_that_fails_never_ends_as_if_the_lake_were_smaller(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        await store.put("a/1.json", b"[1]", came())
        lake.proxy.fault = lambda request: "denied" if is_listing(request) else None
        with pytest.raises(StoreError, match="listing: AccessDenied"):
            await listed(store)


async def test_a_second_instance_is_told_who_has_the_lake(lake: Lake, tmp_path: Path) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder):
        with pytest.raises(FixMeError, match=r"another instance \(pid \d+.*on this lake"):
            async with S3Store(lake.url, lake.settings, lake.folder):
                pass
        with pytest.raises(FixMeError, match=rf"another instance \(pid \d+ on .*, since 20.*\) works on {lake.url};"):
            async with S3Store(lake.url, lake.settings, tmp_path / "elsewhere"):
                pass
    async with S3Store(lake.url, lake.settings, tmp_path / "elsewhere") as store:
        await store.put("a/1.json", b"[1]", came())


async def test_a_server_that_heeds_no_conditions_is_recognised(lake: Lake, tmp_path: Path) -> None:
    lake.proxy.fault = lambda _request: "ignore_conditions"
    with pytest.raises(FixMeError, match=r"does not heed conditional writes.*s3\.lock: false"):
        async with S3Store(lake.url, lake.settings, lake.folder):
            pass
    async with S3Store(lake.url, lake.settings, lake.folder, lock=False) as store:
        assert await store.put("a/1.json", b"[1]", came()) is True
        assert await store.put("a/1.json", b"[1]", came()) is False
    async with S3Store(lake.url, lake.settings, tmp_path / "other", lock=False) as store:
        assert await store.put("a/1.json", b"[1]", came()) is False
        assert (await listed(store)).keys() == {"a/1.json"}
        found = await (await store.aws.s3()).list_objects_v2(Bucket=lake.bucket)
        assert [one["Key"] for one in found["Contents"]] == ["nba/a/1.json"]


async def test_what_a_person_must_fix_is_said_at_opening(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FixMeError, match=r"s3://no-such-bucket: opening the lake: NoSuchBucket .*make it"):
        async with S3Store("s3://no-such-bucket", lake.settings, lake.folder / "deep" / "down"):
            pass
    assert not (lake.folder / "deep").exists()
    lake.proxy.fault = lambda request: "denied" if request.method == "PUT" else None
    with pytest.raises(FixMeError, match=r"locking the lake: AccessDenied .*let these credentials do that"):
        async with S3Store(lake.url, lake.settings, lake.folder / "deep"):
            pass
    assert not (lake.folder / "deep").exists()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(FixMeError, match="no AWS credentials: set AWS_ACCESS_KEY_ID"):
        async with S3Store(lake.url, lake.settings, lake.folder):
            pass


async def test_where_nothing_answers_it_opens_and_everything_fails_until_it_does(lake: Lake) -> None:
    lake.proxy.fault = lambda _request: "reset"
    async with S3Store(lake.url, replace(lake.settings, attempts=2), lake.folder) as store:
        with pytest.raises(StoreUnreachableError):
            await store.put("a/1.json", b"[1]", came())
        lake.proxy.fault = lambda _request: None
        await store.probe()
        assert await store.put("a/1.json", b"[1]", came()) is True
        assert (await listed(store)).keys() == {"a/1.json"}


async def test_a_large_file_goes_in_parts_and_comes_back(lake: Lake) -> None:
    body = random.Random(1).randbytes(20 * MB + 5)
    async with S3Store(lake.url, lake.direct, lake.folder) as store:
        path = store.scratch()
        path.write_bytes(body)
        assert await store.put_file("a/1.bin", path, came()) is True
        assert await store.put_file("a/1.bin", path, came(NOON + 1)) is False
        head = await store.head("a/1.bin")
        assert head is not None
        assert (head.size, head.verified, head.modified) == (len(body), True, NOON + 1)
        assert await store.get("a/1.bin") == body
        client = await store.aws.s3()
        assert not (await client.list_multipart_uploads(Bucket=lake.bucket)).get("Uploads")
        async with store.local_copy("a/1.bin") as copy:
            assert copy is not None
            assert copy.read_bytes() == body


async def test_what_was_left_of_large_bodies_is_removed_at_opening(lake: Lake) -> None:
    async with S3Store(lake.url, lake.settings, lake.folder) as store:
        path = store.scratch()
        path.write_bytes(b"left")
    async with S3Store(lake.url, lake.settings, lake.folder):
        assert not path.exists()


async def test_a_folder_that_cant_be_written_is_for_a_person_to_fix(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FixMeError, match="use another --state-dir"):
        async with S3Store(lake.url, AwsSettings(), tmp_path / "file" / "state"):
            pass
