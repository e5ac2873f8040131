"""A topic of SNS: what comes out of a queue that subscribes to it."""

from __future__ import annotations

import json

import pytest
from tests.s3_server import S3Server

from adce_async.adapters.alerts_sns import SnsAlerts
from adce_async.adapters.s3.client import Aws
from adce_async.errors import AlertError
from adce_async.model.alert import Alert, SnsSettings
from adce_async.model.aws import AwsSettings

pytestmark = pytest.mark.looptime(False)
ALERT = Alert("raised", "source espn", "source_blocked", "cooling\nfor 9 s — “blocked”", 0.0)


async def test_what_a_subscriber_gets(s3_server: S3Server) -> None:
    async with Aws(AwsSettings()) as aws:
        sns, sqs = await aws.client("sns"), await aws.client("sqs")
        topic = (await sns.create_topic(Name="alerts"))["TopicArn"]
        queue = (await sqs.create_queue(QueueName="alerts"))["QueueUrl"]
        found = await sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=found["Attributes"]["QueueArn"])
        await SnsAlerts(SnsSettings(topic, "[ADCE Alert]")).send(ALERT)
        got = await sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)
    message = json.loads(got["Messages"][0]["Body"])
    assert message["Subject"] == "[ADCE Alert] source espn: trouble"
    assert message["Message"] == "source espn: trouble\ncooling\nfor 9 s — “blocked”"


async def test_a_topic_that_is_not_there(s3_server: S3Server) -> None:
    with pytest.raises(AlertError, match=r"^SNS answers NotFound"):
        await SnsAlerts(SnsSettings("arn:aws:sns:us-east-1:000000000000:nobody")).send(ALERT)


async def test_no_credentials(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(AlertError, match=r"(?i)credentials"):
        await SnsAlerts(SnsSettings("arn:aws:sns:us-east-1:000000000000:alerts")).send(ALERT)


def test_a_subject_is_short_and_ascii() -> None:
    subject = SnsAlerts(SnsSettings("arn", "[é]"))._subject(Alert("raised", "x" * 200, "service", "", 0.0))
    assert subject.isascii()
    assert len(subject) == 100
