"""A run tells an emulated CloudWatch what it did; one that can't be reached holds up nothing and is named."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from tests.process.conftest import Desk
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws
from adce_async.model.aws import AwsSettings


def points(namespace: str, name: str, **how: Any) -> list[dict[str, Any]]:
    async def ask() -> Any:
        now = dt.datetime.now(dt.UTC)
        hour = dt.timedelta(hours=1)
        async with Aws(AwsSettings()) as aws:
            client = await aws.client("cloudwatch")
            return await client.get_metric_statistics(
                Namespace=namespace, MetricName=name, StartTime=now - hour, EndTime=now + hour, Period=7200, **how
            )

    return list(asyncio.run(ask())["Datapoints"])


def test_a_run_is_told_whole_with_percentiles(desk: Desk, upstream, s3_server: S3Server) -> None:
    desk.mirror = upstream().url
    desk.ants(30)
    cloudwatch = {"enabled": True, "namespace": "ADCE/OfARun", "endpoint_url": s3_server.url}
    desk.write("config/autonomous_config.yaml", {"metrics": {"cloudwatch": cloudwatch}})
    done = desk.run("run", "--once", env=s3_server.environment, expect=0)
    assert "cloudwatch" not in done.stderr
    scraper = [{"Name": "Scraper", "Value": "ant_items"}]  # the emulation adds up everything where none is named
    (completed,) = points("ADCE/OfARun", "TasksCompleted", Statistics=["Sum"], Dimensions=scraper)
    assert completed["Sum"] == 30
    (durations,) = points("ADCE/OfARun", "TaskDuration", ExtendedStatistics=["p50", "p99"], Dimensions=scraper)
    assert 0 < durations["ExtendedStatistics"]["p50"] <= durations["ExtendedStatistics"]["p99"] < 60
    assert points("ADCE/OfARun", "ReconciliationCycles", Statistics=["Sum"])[0]["Sum"] >= 2


def test_a_cloudwatch_that_is_not_there_holds_up_nothing(desk: Desk, upstream, s3_server: S3Server) -> None:
    desk.mirror = upstream().url
    desk.ants(3)
    cloudwatch = {"enabled": True, "endpoint_url": "http://127.0.0.1:9"}
    desk.write("config/autonomous_config.yaml", {"metrics": {"cloudwatch": cloudwatch}})
    done = desk.run("run", "--once", env=s3_server.environment, expect=0)
    assert len(desk.stored()) == 3
    assert "CloudWatch: can't be reached at http://127.0.0.1:9" in done.stderr
