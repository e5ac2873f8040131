"""cloudwatch apply: dashboard and alarms in an emulated CloudWatch, as often as one likes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.s3_server import S3Server
from tests.unit.cli.conftest import Desk

from adce_async.adapters import cloudwatch_setup
from adce_async.adapters.s3.client import Aws
from adce_async.cli.metrics import shipped, template
from adce_async.model.aws import AwsSettings
from adce_async.planning.cloud_template import ALARM, count

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


def asked(service: str, job: Any) -> Any:
    async def ask() -> Any:
        async with Aws(AwsSettings()) as aws:
            return await job(await aws.client(service))

    return asyncio.run(ask())


def test_a_dry_run_asks_nobody(desk: Desk, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = desk.json("cloudwatch", "apply", "--dry-run", "--name", "n")
    assert len(found["alarms"]) == count(template(), ALARM)
    assert found["dashboards"] == ["n"]
    out, _ = desk.adce("cloudwatch", "apply", "--dry-run")
    assert "would set alarm adce-low-success" in out
    assert "Alarms tell nobody" in out


def test_a_topic_that_is_none_is_refused(desk: Desk) -> None:
    _, err = desk.adce("cloudwatch", "apply", "--alarm-topic", "me@x", expect=2)
    assert "expected the ARN" in err


@pytest.mark.looptime(False)
def test_alarms_and_dashboard_are_made_and_made_again(desk: Desk, s3_server: S3Server) -> None:
    for _ in range(2):
        found = desk.json("cloudwatch", "apply", "--alarm-topic", TOPIC, "--name", "applied")
    alarms = asked("cloudwatch", lambda client: client.describe_alarms(AlarmNamePrefix="applied-"))["MetricAlarms"]
    assert sorted(alarm["AlarmName"] for alarm in alarms) == sorted(found["alarms"])
    assert all(alarm["AlarmActions"] == [TOPIC] for alarm in alarms)
    slow = next(alarm for alarm in alarms if alarm["AlarmName"] == "applied-slow-tasks")
    assert (slow["ExtendedStatistic"], slow["Threshold"]) == ("p95", 120)
    board = asked("cloudwatch", lambda client: client.get_dashboard(DashboardName="applied"))
    assert "us-east-1" in board["DashboardBody"]


@pytest.mark.looptime(False)
def test_the_template_is_one_for_cloudformation(desk: Desk, s3_server: S3Server) -> None:
    async def stack(client: Any) -> Any:
        await client.create_stack(
            StackName="of-adce", TemplateBody=shipped("cloudwatch.yaml"),
            Parameters=[{"ParameterKey": "Name", "ParameterValue": "stacked"}],
        )  # fmt: skip
        for _ in range(600):  # a minute
            (found,) = (await client.describe_stacks(StackName="of-adce"))["Stacks"]
            if not found["StackStatus"].endswith("IN_PROGRESS"):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError("never done")

    assert asked("cloudformation", stack)["StackStatus"] == "CREATE_COMPLETE"
    alarms = asked("cloudwatch", lambda client: client.describe_alarms(AlarmNamePrefix="stacked-"))["MetricAlarms"]
    assert len(alarms) == count(template(), ALARM)


def test_without_an_answer_one_line_says_what_to_do(desk: Desk, s3_server: S3Server, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(cloudwatch_setup, "ATTEMPTS", 1)
    _, err = desk.adce("cloudwatch", "apply", expect=2)
    assert "can't be reached" in err
    assert len(err.strip().splitlines()) == 1
