"""The newest report that is whole is found, on a real server; one that is not is passed over, and nothing of it believed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.inventory_reports import InventoryReports
from adce_async.adapters.s3.place import Place
from adce_async.errors import StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.model.coverage import StoredObject
from adce_async.ports import ReportRules, StoredReport
from adce_async.testing.inventory_report import CSV, ORC, PARQUET, Report

pytestmark = pytest.mark.looptime(False)
DAY = 86_400.0
FIRST = 1478467920.0  # 2016-11-06T21:32Z
SECOND = FIRST + DAY


def stored(key: str) -> StoredObject:
    return StoredObject(key, 10, "e1", FIRST - 100.0)


class World:
    """A bucket with reports of the lake `s3://lake/raw/`."""

    def __init__(self, aws: Aws, bucket: str, folder: Path) -> None:
        self.aws, self.bucket, self.folder = aws, bucket, folder
        self.reports = self.reader()

    def reader(self, prefix: str = "inventory-reports") -> InventoryReports:
        rules = ReportRules(enabled=True, bucket=self.bucket, prefix=prefix)
        return InventoryReports(self.aws.s3, Place("lake", "raw/"), rules, self.folder / "copy")

    async def write(
        self, at: float, *keys: str, upload: Callable[[str], bool] = lambda _key: True, **options: Any
    ) -> Report:
        """A report of these keys, a data file each; `upload(key)`: which of its files get there."""
        report = Report(self.folder / f"made-{at:.0f}", at=at, **options)
        report.write([report.table([stored(key)]) for key in keys])
        for path in report.folder.rglob("*.*"):
            key = path.relative_to(report.folder).as_posix()
            if path.is_file() and upload(key):
                await self.put(key, path.read_bytes())
        return report

    async def put(self, key: str, body: bytes) -> None:
        await (await self.aws.s3()).put_object(Bucket=self.bucket, Key=key, Body=body)

    async def read(self, not_before: float = 0.0) -> list[str]:
        """The keys of the newest report."""
        found = await self.reports.newest(not_before=not_before)
        assert found is not None
        return await keys(found)


async def keys(report: StoredReport) -> list[str]:
    return [key async for columns in report.batches() for key in columns.keys.to_pylist()]


@asynccontextmanager
async def a_world(server: S3Server, tmp_path: Path) -> AsyncIterator[World]:
    async with Aws(AwsSettings(endpoint_url=server.url)) as aws:
        yield World(aws, server.new_bucket(), tmp_path)


@pytest.mark.parametrize("file_format", [PARQUET, CSV, ORC])
async def test_the_newest_report(file_format: str, s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/old", file_format=file_format)
        await world.write(SECOND, "raw/a", "raw/b c", "other/x", file_format=file_format)
        found = await world.reports.newest(not_before=0.0)
        assert found is not None
        assert found.as_of == SECOND
        assert found.source == f"inventory report s3://{world.bucket}/inventory-reports/lake/daily/2016-11-07T21-32Z/"
        assert await keys(found) == ["a", "b c"]
        assert list((tmp_path / "copy").iterdir()) == [], "what was read is let go of"


async def test_that_there_is_none_is_said_once(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        with capture_logs() as logs:
            for _ in range(3):
                await world.reports.newest(not_before=FIRST)
            await world.write(FIRST, "raw/a")
            await world.read()
            assert await world.reports.newest(not_before=SECOND) is None
        assert [line["since"] for line in logs] == ["2016-11-06T21:32:00Z", "2016-11-07T21:32:00Z"]


async def test_only_those_that_are_new_enough(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        assert await world.reports.newest(not_before=0.0) is None
        await world.write(FIRST, "raw/a")
        assert await world.read(not_before=FIRST) == ["a"]
        assert await world.reports.newest(not_before=FIRST + 1) is None
        assert await world.reports.newest(not_before=SECOND * 100) is None


async def test_one_that_is_yet_to_come_is_passed_over_for_the_one_before_it(
    s3_server: S3Server, tmp_path: Path
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/old")
        await world.write(SECOND, "raw/new")
        with capture_logs() as logs:
            for _ in range(2):
                found = await world.reports.newest(not_before=0.0, not_after=SECOND - 1)
                assert found is not None
                assert await keys(found) == ["old"]
        assert [line["why"] for line in logs] == ["it is dated 2016-11-07T21:32:00Z, which is yet to come"]
        assert await world.read() == ["new"]


async def test_where_reports_are_not_wanted_none_is_looked_for(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a")
        world.reports.apply(ReportRules(enabled=False, bucket=world.bucket))
        assert await world.reports.newest(not_before=0.0) is None
        world.reports.apply(ReportRules(enabled=True, bucket=world.bucket))
        assert await world.read() == ["a"]


@pytest.mark.parametrize("prefix", ["inventory-reports/lake/daily", "inventory-reports/lake/", "inventory-reports/"])
async def test_the_prefix_may_name_the_place_itself(prefix: str, s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a")
        world.reports = world.reader(prefix)
        assert await world.read() == ["a"]


async def test_reports_at_the_root_of_their_bucket(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a", prefix="")
        world.reports = world.reader("")
        assert await world.read() == ["a"]


async def test_of_several_configurations_the_newest_report(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a", config_id="weekly")
        await world.write(SECOND, "raw/b", config_id="daily")
        assert await world.read() == ["b"]


async def test_a_report_of_nothing_is_one(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST)
        assert await world.read() == []


async def break_manifest(world: World, report: Report) -> None:
    await world.put(f"{report.dated}/manifest.json", b"{}")


async def break_data(world: World, report: Report) -> None:
    path = next((report.folder / report.place / "data").iterdir())
    await world.put(f"{report.place}/data/{path.name}", path.read_bytes()[:-1] + b"?")


async def shorten_data(world: World, report: Report) -> None:
    path = next((report.folder / report.place / "data").iterdir())
    await world.put(f"{report.place}/data/{path.name}", path.read_bytes()[:-1])


def with_manifest(**changes: Any) -> Callable[[World, Report], Any]:
    async def change(world: World, report: Report) -> None:
        manifest = json.loads((report.folder / report.dated / "manifest.json").read_bytes()) | changes
        body = json.dumps(manifest).encode()
        await world.put(f"{report.dated}/manifest.json", body)
        await world.put(f"{report.dated}/manifest.checksum", hashlib.md5(body).hexdigest().encode())

    return change


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        (break_manifest, "not what manifest.checksum says"),
        (break_data, "not what its checksum in the manifest says"),
        (shorten_data, "bytes instead of"),
        (with_manifest(sourceBucket="other"), "of the bucket 'other'"),
        (with_manifest(fileFormat="XML"), "'XML', expected Parquet, CSV or ORC"),
        (with_manifest(fileSchema="message { required binary key (UTF8); }"), "lacks size, last_modified_date, e_tag"),
        (with_manifest(files=None), "lists no files"),
        (with_manifest(files=[{"key": "x"}]), "lists {'key': 'x'} as a file"),
        (with_manifest(files=[{"key": "gone", "size": 1, "MD5checksum": "0"}]), "gone is not there"),
    ],
)
async def test_a_broken_report_is_passed_over_for_the_one_before(
    breaking: Any, said: str, s3_server: S3Server, tmp_path: Path
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a")
        await breaking(world, await world.write(SECOND, "raw/b"))
        with capture_logs() as logs:
            assert await world.read() == ["a"]
            assert await world.read() == ["a"]
        (line,) = [line for line in logs if line["event"] == "inventory report passed over"]
        assert said in line["why"]


@pytest.mark.parametrize("missing", ["manifest.json", "manifest.checksum", ".parquet"])
async def test_a_report_that_is_not_all_there_yet(missing: str, s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        report = await world.write(FIRST, "raw/a", upload=lambda key: not key.endswith(missing))
        assert await world.reports.newest(not_before=0.0) is None
        for path in report.folder.rglob(f"*{missing}"):
            await world.put(path.relative_to(report.folder).as_posix(), path.read_bytes())
        assert await world.read() == ["a"]


async def test_a_report_of_a_part_of_the_bucket_would_make_all_else_look_missing(
    s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a")
        client: Any = await world.aws.s3()
        part = "raw/espn/"

        async def configuration(**asked: str) -> dict[str, Any]:
            assert asked == {"Bucket": "lake", "Id": "daily"}
            return {"InventoryConfiguration": {"Filter": {"Prefix": part}}}

        monkeypatch.setattr(client, "get_bucket_inventory_configuration", configuration, raising=False)
        assert await world.reports.newest(not_before=0.0) is None
        part = "raw/"
        assert await world.read() == ["a"]


async def test_data_that_its_schema_does_not_fit_is_no_smaller_lake(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        report = await world.write(FIRST, "raw/a")
        await with_manifest(fileFormat="CSV", fileSchema="Bucket, Key, Size, LastModifiedDate, ETag")(world, report)
        with pytest.raises(StoreError, match="can't be read"):
            await world.read()
        assert await world.reports.newest(not_before=0.0) is None, "it is not tried again and again"


async def test_a_report_is_copied_anew_and_nothing_is_left_at_the_end(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.write(FIRST, "raw/a", "raw/b")
        first = await world.reports.newest(not_before=0.0)
        assert first is not None
        await anext(first.batches())
        assert await world.read() == ["a", "b"]
        await world.reports.close()
        assert not await asyncio.to_thread((tmp_path / "copy").exists)


async def test_a_report_that_is_had_already_is_copied_only_if_it_is_read(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        report = await world.write(FIRST, "raw/a")
        assert await world.read() == ["a"]
        again = await world.reports.newest(not_before=0.0, had=FIRST)
        assert again is not None
        assert list((tmp_path / "copy").iterdir()) == []
        assert await keys(again) == ["a"]
        assert await keys(again) == ["a"], "as often as somebody reads it"
        await break_data(world, report)
        with pytest.raises(StoreError, match="not what its checksum in the manifest says"):
            await keys(again)


async def test_where_nobody_can_be_asked_that_is_said(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        world.reports.apply(ReportRules(enabled=True, bucket="not-there-at-all", prefix=""))
        with pytest.raises(
            StoreError, match="s3://not-there-at-all/lake/: looking for inventory reports: NoSuchBucket"
        ):
            await world.reports.newest(not_before=0.0)
    async with Aws(AwsSettings(endpoint_url="http://127.0.0.1:9", attempts=1)) as aws:
        with pytest.raises(StoreUnreachableError):
            await World(aws, "reports", tmp_path).reports.newest(not_before=0.0)
