"""The service on a lake in S3 hears at once what others do there, and lives without hearing it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.process.conftest import Desk, end, wait_for, wait_for_line, wait_until_complete
from tests.process.test_service import get, url_of
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws
from adce_async.model.aws import AwsSettings

NUMBERS = itertools.count(1)


class World:
    """A bucket whose changes go to a queue, and a service on it whose next pass is an hour away."""

    def __init__(self, desk: Desk, server: S3Server, mirror: str) -> None:
        self.desk = desk
        self.bucket = server.new_bucket()
        self.queue = self.ask(self.connect)
        desk.mirror = mirror
        desk.ants(5)
        service = {"reconciliation_interval_minutes": 60, "health_check": {"port": 0, "check_interval_seconds": 1}}
        desk.write("config/autonomous_config.yaml", service)
        desk.write("config/reconciliation_config.yaml", {"events": {"queue_url": self.queue, "wait_seconds": 1}})

    def ask(self, job: Callable[[Any, Any], Awaitable[Any]]) -> Any:
        async def asked() -> Any:
            async with Aws(AwsSettings()) as aws:
                return await job(await aws.s3(), await aws.client("sqs"))

        return asyncio.run(asked())

    async def connect(self, s3: Any, sqs: Any) -> str:
        url = str((await sqs.create_queue(QueueName=f"of-a-service-{next(NUMBERS)}"))["QueueUrl"])
        answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
        queue = {"QueueArn": answer["Attributes"]["QueueArn"], "Events": events}
        await s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [queue]}
        )
        return url

    def started(self) -> Any:
        return self.desk.started("--lake", f"s3://{self.bucket}/raw", "run")

    def remove(self, key: str) -> None:
        self.ask(lambda s3, _sqs: s3.delete_object(Bucket=self.bucket, Key=f"raw/{key}"))

    def send(self, body: str) -> None:
        self.ask(lambda _s3, sqs: sqs.send_message(QueueUrl=self.queue, MessageBody=body))


def component(url: str, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """That of the events in /health, as soon as it is as it should be."""

    def look() -> dict[str, Any] | None:
        row = dict(get(url, "/health")[1]["components"].get("events", {}))  # type: ignore[attr-defined]
        return row if found(row) else None

    return wait_for(look, "the events are as they should be", pause=0.15)  # the service answers all, but not endlessly


def test_what_somebody_removes_is_collected_again_at_once(desk: Desk, upstream, s3_server: S3Server) -> None:
    world = World(desk, s3_server, upstream().url)
    with world.started() as process:
        wait_until_complete(process)
        world.remove("ant/3.json")
        wait_for_line(process, "ant/3.json")
        wait_until_complete(process)
        assert end(process) == 0


def test_what_is_no_notification_is_set_aside_and_said(desk: Desk, upstream, s3_server: S3Server) -> None:
    world = World(desk, s3_server, upstream().url)
    with world.started() as process:
        url = url_of(wait_for_line(process, "serving"))
        wait_until_complete(process)
        world.send("garbage")
        row = component(url, lambda row: "set aside" in row.get("detail", ""))
        file = desk.inventory / "events-set-aside.jsonl"
        assert f"1 messages set aside in {file}, the last one: the message is no JSON" in row["detail"]
        assert row["status"] == "healthy"
        assert json.loads(file.read_text())["body"] == "garbage"
        assert end(process) == 0


def test_a_queue_that_is_gone_is_trouble_and_nothing_more(desk: Desk, upstream, s3_server: S3Server) -> None:
    world = World(desk, s3_server, upstream().url)
    world.ask(lambda _s3, sqs: sqs.delete_queue(QueueUrl=world.queue))
    with world.started() as process:
        url = url_of(wait_for_line(process, "serving"))
        row = component(url, lambda row: row.get("status") == "degraded")
        assert "events.queue_url" in row["detail"]
        wait_until_complete(process)
        assert get(url, "/health")[1]["status"] == "degraded"
        assert end(process) == 0
