"""Against an emulated CloudWatch: what is sent arrives, with percentiles; what fails says whether it may be sent again."""

from __future__ import annotations

import datetime as dt
import socket
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from tests.s3_server import S3Server

from adce_async.adapters import cloudwatch
from adce_async.adapters.cloudwatch import CloudWatch
from adce_async.errors import PublishError
from adce_async.model.cloudwatch import CloudWatchRules, Datum

NAMESPACE = "ADCE/OfTheAdapter"
RULES = CloudWatchRules(enabled=True, namespace=NAMESPACE)


@pytest.mark.looptime(False)
async def test_percentiles_come_out_of_what_was_sent_in_one_request(s3_server: S3Server) -> None:
    now = time.time()
    durations = Datum("TaskDuration", "Seconds", {"Scraper": "a"}, now, [0.1, 1.0, 7.5], [500, 480, 20])
    sink = CloudWatch(RULES)
    try:
        await sink.send([durations, Datum("TaskCount", "Count", {}, now, [1000.0], [1.0])])
        client = await sink.client()
        at = dt.datetime.fromtimestamp(now, dt.UTC)
        found = await client.get_metric_statistics(
            Namespace=NAMESPACE, MetricName="TaskDuration", Dimensions=[{"Name": "Scraper", "Value": "a"}],
            StartTime=at - dt.timedelta(minutes=5), EndTime=at + dt.timedelta(minutes=5), Period=600,
            ExtendedStatistics=["p50", "p95", "p99"],
        )  # fmt: skip
        (point,) = found["Datapoints"]
        assert point["ExtendedStatistics"]["p95"] == pytest.approx(1.0)
        assert point["ExtendedStatistics"]["p99"] == pytest.approx(7.5)
        counted = await client.get_metric_statistics(
            Namespace=NAMESPACE, MetricName="TaskCount", Period=600, Statistics=["Sum"],
            StartTime=at - dt.timedelta(minutes=5), EndTime=at + dt.timedelta(minutes=5),
        )  # fmt: skip
        assert counted["Datapoints"][0]["Sum"] == 1000
    finally:
        await sink.close()


@pytest.mark.looptime(False)
async def test_nobody_there_is_asked_again_later(s3_server: S3Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sink = CloudWatch(replace(RULES, endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(PublishError, match="can't be reached") as failure:
            await sink.send([Datum("TaskCount", "Count", {}, time.time(), [1.0], [1.0])])
        assert failure.value.again
        await sink.close()


@pytest.mark.looptime(False)
async def test_without_credentials_the_figures_wait_for_some(s3_server: S3Server, monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    sink = CloudWatch(RULES)
    with pytest.raises(PublishError, match="no AWS credentials") as failure:
        await sink.send([Datum("TaskCount", "Count", {}, time.time(), [1.0], [1.0])])
    assert failure.value.again
    await sink.close()


def refused(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutMetricData")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (refused("InvalidParameterValue", 400), False),  # as it is it is never taken: it would hold up all that follow
        (refused("Throttling", 400), True),
        (refused("AccessDenied", 403), True),
        (refused("InternalFailure", 500), True),
        (EndpointConnectionError(endpoint_url="x"), True),
        (ReadTimeoutError(endpoint_url="x"), False),
        (TimeoutError(), False),
    ],
)
def test_only_what_was_surely_not_taken_is_sent_again(error: Exception, again: bool) -> None:
    assert cloudwatch._again(error) is again
