"""adopt: what it says and what it leaves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
from tests.s3_server import S3Server
from tests.unit.cli.conftest import INVENTORY, Desk

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.store import S3Store
from adce_async.adapters.store_local import LocalStore
from adce_async.model.aws import AwsSettings
from adce_async.ports import Provenance


def filled(desk: Desk) -> None:
    desk.put(1)
    desk.put(2)
    (desk.lake / "old").mkdir()
    (desk.lake / "old" / "a.txt").write_text("hello")
    (desk.lake / os.fsdecode(b"Don\xe8i\xe6.json")).write_text("{}")


def test_a_dry_run_says_what_is_there_and_leaves_nothing_behind(desk: Desk) -> None:
    filled(desk)
    found = desk.json("adopt", "--dry-run")
    assert found["adopted_at"] is None
    counts = {"objects": 3, "known": 0, "expected": 3, "there": 2, "missing": 1, "stale": 0, "small": 0}
    assert found.items() >= counts.items()
    assert found["not_of_the_inventory"] == [{"prefix": "old/", "objects": 1, "bytes": 5}]
    assert (found["unusable_names"], found["copied"]["objects"]) == (1, 3)
    assert not (desk.inventory / "adce.db").exists()
    assert not (desk.lake / ".adce").exists()


def test_it_is_adopted_without_a_gap_a_task_or_a_report(desk: Desk) -> None:
    filled(desk)
    out, _ = desk.adce("adopt", "--verify-budget-requests", "7", "--verify-budget-bytes", "1000")
    assert "not of the inventory" in out
    assert "3 objects (" in out
    assert "1 names can't be keys" in out
    assert out.splitlines()[-1].startswith("adopted: ")
    assert "7 requests and 1 kB an hour" in out.splitlines()[-1]
    assert not (desk.inventory / "gaps.json").exists()
    assert desk.json("adopt", "--dry-run")["objects"] == 3
    assert desk.json("adopt")["adopted_at"] is not None


def test_an_empty_lake_is_nothing_to_adopt(desk: Desk) -> None:
    out, _ = desk.adce("adopt")
    assert out == "the lake is empty: there is nothing to adopt\n"


def test_budgets_are_whole_numbers(desk: Desk) -> None:
    _, err = desk.adce("adopt", "--verify-budget-requests", "-1", expect=2)
    assert "--verify-budget-requests" in err


def test_a_copy_without_its_index_is_recognised_by_the_old_one(desk: Desk) -> None:
    """Size and checksum tell that it is what we have stored, whatever time the copy has."""

    async def fill() -> None:
        async with LocalStore(desk.folder / "old") as store:
            for number in (1, 2):
                body = json.dumps({"id": str(number), "rows": [1]}).encode()
                await store.put(f"ant/{number}.json", body, Provenance("https://ant.test/", 500.0, "ant_items", "1"))

    asyncio.run(fill())
    shutil.copytree(desk.folder / "old" / "ant", desk.lake / "ant", copy_function=shutil.copyfile)
    desk.put(2, {"id": "2", "rows": [9]})
    index = str(desk.folder / "old" / ".adce" / "objects.db")
    for words in (("--dry-run",), ()):
        found = desk.json("adopt", "--index", index, *words)
        assert (found["known"], found["recognised"], found["copied"]["objects"]) == (1, 1, 1)
    assert desk.json("coverage")["totals"]["verified"] == 1
    _, err = desk.adce("adopt", "--index", str(desk.folder / "nothing.db"), expect=2)
    assert "there is no such file" in err


# -- in S3 -------------------------------------------------------------------------------------------------------------


class Url:
    """A lake in S3, for a `Desk`."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    def as_uri(self) -> str:
        return f"s3://{self.bucket}/nba"


async def _ours(server: S3Server, folder: Path, url: str) -> None:
    """Three objects that we have stored."""
    async with S3Store(url, AwsSettings(endpoint_url=server.url), folder) as store:
        for number in (1, 2, 3):
            body = json.dumps({"id": str(number), "rows": [1]}).encode()
            await store.put(f"ant/{number}.json", body, Provenance("https://ant.test/", 500.0, "ant_items", "1"))


async def _copied(server: S3Server, source: str, target: str, *, with_metadata: bool) -> None:
    """As `aws s3 cp` does it from bucket to bucket, or by way of a folder."""
    async with Aws(AwsSettings(endpoint_url=server.url)) as aws:
        client = await aws.s3()
        for number in (1, 2, 3):
            key = f"nba/ant/{number}.json"
            if with_metadata:
                await client.copy_object(Bucket=target, Key=key, CopySource={"Bucket": source, "Key": key})
            else:
                body = await (await client.get_object(Bucket=source, Key=key))["Body"].read()
                await client.put_object(Bucket=target, Key=key, Body=body)
        await client.put_object(Bucket=target, Key="nba/other/a", Body=b"12345")
        await client.put_object(Bucket=target, Key="nba/a//b", Body=b"12345")


@pytest.fixture
def buckets(s3_server: S3Server, desk: Desk) -> tuple[str, str]:
    """One with a lake of ours, and another one, which is the desk's lake. What is there ages."""
    types = {**INVENTORY["expected_coverage"]["ant"]["data_types"]["items"], "freshness_days": 1}
    desk.write("inventory/data_inventory.yaml", {"expected_coverage": {"ant": {"data_types": {"items": types}}}})
    source, target = s3_server.new_bucket(), s3_server.new_bucket()
    asyncio.run(_ours(s3_server, desk.folder / "old", f"s3://{source}/nba"))
    desk.lake = Url(target)  # type: ignore[assignment]
    return source, target


def test_a_bucket_that_was_copied_is_recognised_by_what_its_objects_say(
    s3_server: S3Server, desk: Desk, buckets: tuple[str, str]
) -> None:
    asyncio.run(_copied(s3_server, *buckets, with_metadata=True))
    found = desk.json("adopt", "--dry-run")
    assert (found["objects"], found["known"], found["recognised"]) == (4, 3, 3)
    assert found["list_operations"] >= 1
    assert (found["unusable_names"], found["not_of_the_inventory"][0]["prefix"]) == (1, "other/")
    assert desk.json("coverage")["totals"].items() >= {"stored": 3, "stale": 0, "verified": 0}.items()
    assert desk.json("reconcile")["gaps"] == 0  # not adopted: their times are taken at their word
    desk.json("adopt")
    totals = desk.json("coverage")["totals"]
    assert totals.items() >= {"stored": 3, "stale": 3, "verified": 3}.items()  # of 1970, as their metadata says
    assert desk.json("reconcile", expect=3)["by_kind"] == {"stale": 3}


def test_a_bucket_that_came_by_way_of_a_folder_is_of_unknown_age_but_for_what_the_old_index_knows(
    s3_server: S3Server, desk: Desk, buckets: tuple[str, str]
) -> None:
    asyncio.run(_copied(s3_server, *buckets, with_metadata=False))
    found = desk.json("adopt")
    assert (found["known"], found["recognised"], found["stale"], found["copied"]["objects"]) == (0, 0, 3, 4)
    assert desk.json("coverage")["totals"].items() >= {"stored": 3, "stale": 3, "verified": 0}.items()
    assert desk.json("reconcile", expect=3)["by_kind"] == {"stale": 3}
    found = desk.json("adopt", "--index", str(desk.folder / "old" / "objects.db"))
    assert (found["known"], found["recognised"]) == (3, 3)
    assert desk.json("coverage")["totals"]["verified"] == 3


def test_a_sample_of_a_bucket_asks_for_its_keys_only(s3_server: S3Server, desk: Desk, buckets: tuple[str, str]) -> None:
    asyncio.run(_copied(s3_server, *buckets, with_metadata=False))
    found = desk.json("coverage", "--sample", "0.5")
    assert (found["exact"], found["totals"]["estimate"]["stored"]["value"]) == (True, 3)
