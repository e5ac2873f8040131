"""Alarms that are made do go off, in an emulated CloudWatch."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.s3_server import S3Server

from adce_async.adapters.cloudwatch import CloudWatch
from adce_async.adapters.cloudwatch_setup import CloudWatchSetup
from adce_async.cli.metrics import template
from adce_async.errors import FixMeError
from adce_async.model.cloudwatch import CloudWatchRules, Datum
from adce_async.planning.cloud_template import ALARM, resolve

RULES = CloudWatchRules(enabled=True, namespace="ADCE/OfAlarms")


@pytest.mark.looptime(False)
async def test_the_shipped_alarms_go_off_by_the_figures_that_are_sent(s3_server: S3Server) -> None:
    parameters = {"Name": "off", "Namespace": RULES.namespace, "AWS::Region": "us-east-1"}
    made = {each.name: each.properties for each in resolve(template(), parameters) if each.type == ALARM}
    async with CloudWatchSetup(RULES) as setup:
        assert setup.region == "us-east-1"
        for name in ("off-parked", "off-slow-tasks", "off-memory"):
            await setup.put_alarm(made[name])
        sink = CloudWatch(RULES)
        now = time.time()
        try:
            for ago in (1000.0, 0.0):  # two periods of the alarm about durations
                await sink.send(
                    [
                        Datum("TasksParked", "Count", {}, now - ago, [101.0], [1.0]),
                        Datum("TaskDuration", "Seconds", {}, now - ago, [1.0, 300.0], [90.0, 10.0]),
                        Datum("ResidentMemory", "Bytes", {}, now - ago, [5e7], [1.0]),
                    ]
                )
            client = await sink.client()
            states: dict[str, str] = {}
            for _ in range(300):  # a minute
                found = await client.describe_alarms(AlarmNamePrefix="off-")
                states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found["MetricAlarms"]}
                if list(states.values()).count("ALARM") == 2:
                    break
                await asyncio.sleep(0.2)
        finally:
            await sink.close()
    assert states["off-parked"] == "ALARM"
    assert states["off-slow-tasks"] == "ALARM"
    assert states["off-memory"] != "ALARM"


@pytest.mark.looptime(False)
async def test_who_can_not_is_told_why(s3_server: S3Server, monkeypatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(FixMeError, match="nobody"):
        async with CloudWatchSetup(RULES):
            pass
