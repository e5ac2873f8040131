"""Changes come from a real queue, fed by a real S3, in each of its forms; and nothing there is lost or comes for ever."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.s3_server import S3Server

from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.place import Place
from adce_async.adapters.set_aside import SetAside
from adce_async.adapters.sqs_changes import SqsChangeFeed, where
from adce_async.errors import StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.model.stored_change import StoredChange
from adce_async.ports import FeedRules
from adce_async.testing.clock import FakeClock

pytestmark = pytest.mark.looptime(False)
NUMBERS = itertools.count(1)


class World:
    """A bucket whose changes under `raw/` go to a queue, and what reads it."""

    def __init__(self, aws: Aws, bucket: str, queue: str, arn: str, aside: Path) -> None:
        self.aws, self.bucket, self.queue, self.arn = aws, bucket, queue, arn
        self.aside = SetAside(aside)
        self.feed = self.reader()

    def reader(self, queue: str | None = None, **options: int) -> SqsChangeFeed:
        rules = FeedRules(queue or self.queue, **{"wait": 1, "visibility": 30} | options)
        lake = Place(self.bucket, "raw/")
        return SqsChangeFeed(self.aws.client, rules, lake, self.aside, FakeClock(0.0))

    async def notify(self, configuration: dict[str, Any]) -> None:
        s3 = await self.aws.s3()
        await s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
        )

    async def put(self, key: str, body: bytes = b"12345") -> str:
        answer = await (await self.aws.s3()).put_object(Bucket=self.bucket, Key=key, Body=body)
        return answer["ETag"].strip('"')

    async def delete(self, key: str) -> None:
        await (await self.aws.s3()).delete_object(Bucket=self.bucket, Key=key)

    async def send(self, *bodies: str) -> None:
        sqs = await self.aws.client("sqs")
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            await sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)

    async def left(self) -> int:
        """Messages in the queue, those under way included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = await self.aws.client("sqs")
        answer = await sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    async def collect(self, count: int) -> list[StoredChange]:
        """The next changes, so many."""
        found: list[StoredChange] = []
        async with asyncio.timeout(60):
            while len(found) < count:
                got = await self.feed.receive()
                await self.feed.done(got)
                found += got
        return found


@asynccontextmanager
async def a_world(server: S3Server, tmp_path: Path) -> AsyncIterator[World]:
    async with Aws(AwsSettings()) as aws:
        sqs = await aws.client("sqs")
        url = (await sqs.create_queue(QueueName=f"changes-{next(NUMBERS)}"))["QueueUrl"]
        arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
        yield World(aws, server.new_bucket(), url, arn, tmp_path / "aside.jsonl")


def record(key: str, sequencer: str = "01", bucket: str = "") -> dict[str, Any]:
    return {
        "eventTime": "2024-12-16T02:30:00Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "eTag": "e", "sequencer": sequencer}},
    }


def told(changes: Sequence[StoredChange]) -> list[tuple[str, bool, int]]:
    return [(change.key, change.removed, change.size) for change in changes]


def filtered(kind: str, arn: str) -> dict[str, Any]:
    rules = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/"}]}}
    return {f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], "Filter": rules}


async def the_life_of_an_object(world: World) -> None:
    etag = await world.put("raw/a b+ü.json")
    await world.put("elsewhere/a.json")
    await world.delete("raw/a b+ü.json")
    created, gone = await world.collect(2)
    assert told([created]) == [("a b+ü.json", False, 5)]
    assert created.etag == etag
    assert (gone.key, gone.removed) == ("a b+ü.json", True)
    assert gone.is_later_than(created)
    assert world.feed.set_aside == ""


async def test_direct_notifications(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.notify({"QueueConfigurations": [filtered("Queue", world.arn)]})
        await the_life_of_an_object(world)
        assert await world.left() == 0


async def test_notifications_through_eventbridge(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.notify({"EventBridgeConfiguration": {}})
        events = await world.aws.client("events")
        pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [world.bucket]}}}
        name = f"rule-{next(NUMBERS)}"
        await events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        await events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": world.arn}])
        await the_life_of_an_object(world)


async def test_notifications_through_sns(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        sns = await world.aws.client("sns")
        topic = (await sns.create_topic(Name=f"topic-{next(NUMBERS)}"))["TopicArn"]
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=world.arn)
        await world.notify({"TopicConfigurations": [filtered("Topic", topic)]})
        await the_life_of_an_object(world)


async def test_what_is_not_done_comes_again_and_what_is_does_not(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(json.dumps({"Records": [record("raw/a", bucket=world.bucket)]}))
        hasty = world.reader(visibility=1, wait=3)
        (change,) = await hasty.receive()
        assert await hasty.receive() == [change], "as soon as the queue shows it again"
        await hasty.done([change])
        assert await world.left() == 0


async def test_a_message_of_several_records_is_done_when_all_of_them_are(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(json.dumps({"Records": [record(f"raw/{n}", bucket=world.bucket) for n in range(3)]}))
        changes = await world.feed.receive()
        await world.feed.done(changes[:2])
        assert await world.left() == 1
        await world.feed.done(changes[2:])
        assert await world.left() == 0


async def test_of_a_key_that_lost_one_version_the_bucket_says_what_is_there(
    s3_server: S3Server, tmp_path: Path
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        etag = await world.put("raw/kept", b"123")
        for key in ("kept", "gone"):
            one = record(f"raw/{key}", bucket=world.bucket) | {"eventName": "ObjectRemoved:Delete"}
            one["s3"]["object"]["versionId"] = "v1"
            await world.send(json.dumps({"Records": [one]}))
        changes = {change.key: change for change in await world.collect(2)}
        assert told([changes["kept"], changes["gone"]]) == [("kept", False, 3), ("gone", True, 1)]
        assert changes["kept"].etag == etag
        assert await world.left() == 0


async def test_a_backlog_is_taken_in_together(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(*(json.dumps({"Records": [record(f"raw/{n}", bucket=world.bucket)]}) for n in range(300)))
        changes = await world.feed.receive()
        assert {change.key for change in changes} == {str(n) for n in range(300)}
        await world.feed.done(changes)
        assert await world.left() == 0


async def test_what_can_not_be_understood_is_set_aside_and_never_comes_again(
    s3_server: S3Server, tmp_path: Path
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        good = record("raw/a", bucket=world.bucket)
        await world.send("garbage", json.dumps({"Records": [{}, good]}), json.dumps({"Event": "s3:TestEvent"}))
        changes = await world.feed.receive()
        assert told(changes) == [("a", False, 1)]
        assert world.feed.set_aside.startswith(f"2 messages set aside in {world.aside.path}, the last one: 'eventName'")
        await world.feed.done(changes)
        assert await world.left() == 0
        kept = [json.loads(line) for line in world.aside.path.read_text().splitlines()]
        assert [each["body"] for each in kept] == ["garbage", json.dumps({"Records": [{}, good]})]


async def test_where_nothing_can_be_kept_the_message_goes_all_the_same(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        world.aside.path.mkdir()
        await world.send("garbage")
        assert await world.feed.receive() == []
        assert world.feed.set_aside.startswith("1 messages set aside")
        assert await world.left() == 0


async def test_notifications_of_another_bucket_are_passed_over(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(json.dumps({"Records": [record("raw/a", bucket="others")]}))
        assert await world.feed.receive() == []
        assert await world.left() == 0


async def test_a_queue_that_is_gone_is_named_with_what_to_do(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        feed = world.reader(f"{world.queue}-not-there")
        with pytest.raises(StoreError, match=r"-not-there: receiving: .*events\.queue_url"):
            await feed.receive()
        feed.apply(FeedRules(world.queue, wait=0))
        assert await feed.receive() == []


@pytest.mark.parametrize(
    ("url", "endpoint", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/1/q", "https://sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://eu-west-1.queue.amazonaws.com/1/q", "https://eu-west-1.queue.amazonaws.com", "eu-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/1/q", "https://sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("http://127.0.0.1:9324/queue/q", "http://127.0.0.1:9324", None),
    ],
)
def test_a_queue_is_asked_for_where_its_url_says(
    url: str, endpoint: str, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.delenv(name, raising=False)
    assert where(url) == {"endpoint_url": endpoint} | ({"region_name": region} if region else {})
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert where(url) == {"endpoint_url": None}


async def test_a_queue_elsewhere_than_the_lake(
    s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(json.dumps({"Records": [record("raw/a", bucket=world.bucket)]}))
        monkeypatch.delenv("AWS_ENDPOINT_URL")
        async with Aws(AwsSettings(endpoint_url="http://127.0.0.1:9", attempts=1)) as elsewhere:
            world.feed = World(elsewhere, world.bucket, world.queue, world.arn, world.aside.path).feed
            assert told(await world.feed.receive()) == [("a", False, 1)]


async def test_without_a_queue_nobody_is_asked_until_there_is_one(s3_server: S3Server, tmp_path: Path) -> None:
    async with a_world(s3_server, tmp_path) as world:
        await world.send(json.dumps({"Records": [record("raw/a", bucket=world.bucket)]}))
        feed = SqsChangeFeed(no_client, FeedRules(wait=30), Place(world.bucket, "raw/"), world.aside, FakeClock(0.0))
        waiting = asyncio.gather(feed.receive())
        await asyncio.sleep(0)
        feed.apply(FeedRules(world.queue, wait=1))
        async with asyncio.timeout(60):
            assert await waiting == [()]
        assert feed.rules.url == world.queue


async def no_client(*_: object, **__: object) -> Any:
    raise AssertionError("nobody is to be asked")


@pytest.mark.usefixtures("s3_server")  # for its credentials
async def test_no_network_says_nothing_about_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with Aws(AwsSettings(attempts=1)) as aws:
        world = World(aws, "lake", "http://127.0.0.1:9/000/changes", "", tmp_path / "aside.jsonl")
        with pytest.raises(StoreUnreachableError):
            await world.feed.receive()
