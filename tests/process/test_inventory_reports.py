"""A pass over a lake in S3 goes by a report of S3 Inventory where there is one that is whole, else by a listing."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from tests.process.conftest import Desk
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws
from adce_async.model.aws import AwsSettings
from adce_async.model.coverage import StoredObject
from adce_async.testing.inventory_report import CSV, ORC, PARQUET, Report


class World:
    """A bucket with four of five ants, and reports that lie in it, too."""

    def __init__(self, desk: Desk, server: S3Server) -> None:
        self.desk, self.bucket = desk, server.new_bucket()
        desk.ants(5)
        self.objects = {
            f"raw/ant/{number}.json": json.dumps({"id": str(number), "rows": [1]}) for number in range(1, 5)
        }
        self.upload({key: body.encode() for key, body in self.objects.items()})
        desk.write("config/reconciliation_config.yaml", {"s3": {"use_aws_inventory": True}})

    def upload(self, bodies: dict[str, bytes]) -> None:
        async def put() -> None:
            async with Aws(AwsSettings()) as aws:
                s3 = await aws.s3()
                for key, body in bodies.items():
                    await s3.put_object(Bucket=self.bucket, Key=key, Body=body)

        asyncio.run(put())

    def report(self, hours_ago: float, *keys: str, file_format: str = PARQUET, spoil: bool = False) -> None:
        at = time.time() - hours_ago * 3600
        folder = self.desk.folder / f"report-{hours_ago}"
        report = Report(folder, bucket=self.bucket, at=at, file_format=file_format)
        objects = (StoredObject(f"raw/ant/{key}.json", 100, "e", at - 7200) for key in keys)
        report.write([report.table(objects)])
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*") if path.is_file()}
        self.upload({key: path.read_bytes() + b"?" * (spoil and "/data/" in key) for key, path in files.items()})

    def gaps(self) -> tuple[set[str], str]:
        """The keys that a pass finds missing, and what it says."""
        done = self.desk.run("--lake", f"s3://{self.bucket}/raw", "reconcile", "--json", expect=3)
        document = json.loads((self.desk.inventory / "gaps.json").read_text())
        return {Path(key).stem for task in document["tasks"] for key in task["keys"]}, done.stderr


@pytest.mark.parametrize("file_format", [PARQUET, CSV, ORC])
def test_the_newest_whole_report_is_believed(file_format: str, desk: Desk, s3_server: S3Server) -> None:
    world = World(desk, s3_server)
    world.report(30, "1", file_format=file_format)
    world.report(6, "1", "2", file_format=file_format)
    world.report(3, "1", "2", "3", "4", "5", file_format=file_format, spoil=True)
    found, said = world.gaps()
    assert found == {"3", "4", "5"}
    assert "inventory report passed over" in said
    assert "bytes instead of" in said


def test_without_a_report_that_is_young_enough_the_bucket_is_listed(desk: Desk, s3_server: S3Server) -> None:
    world = World(desk, s3_server)
    world.report(60, "1")
    found, said = world.gaps()
    assert found == {"5"}
    assert said.count("no inventory report is young enough") == 1


def test_where_reports_can_not_be_read_the_bucket_is_listed(desk: Desk, s3_server: S3Server) -> None:
    world = World(desk, s3_server)
    desk.write(
        "config/reconciliation_config.yaml",
        {"s3": {"use_aws_inventory": True, "inventory_bucket": "not-there-at-all"}},
    )
    found, said = world.gaps()
    assert found == {"5"}
    assert "NoSuchBucket" in said
