"""Each form in which S3's notifications arrive, and what is wrong with those that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adce_async.adapters.s3.notifications import read_message
from adce_async.adapters.s3.place import Place
from adce_async.model.stored_change import StoredChange

LAKE = Place("lake", "raw/")
AT = "2024-12-16T02:30:00.500Z"
SECONDS = 1734316200.5


def record(
    name: str = "ObjectCreated:Put", key: str = "raw/a.json", bucket: str = "lake", **stored: Any
) -> dict[str, Any]:
    object_ = {"key": key, "size": 5, "eTag": "e1", "sequencer": "0A", **stored}
    return {
        "eventSource": "aws:s3",
        "eventTime": AT,
        "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": object_},
    }


def eventbridge(detail_type: str = "Object Created", key: str = "raw/a.json", **detail: Any) -> dict[str, Any]:
    stored = {"key": key, "size": 5, "etag": "e1", "sequencer": "0A"}
    return {
        "version": "0",
        "detail-type": detail_type,
        "source": "aws.s3",
        "time": AT,
        "detail": {"bucket": {"name": "lake"}, "object": stored, **detail},
    }


def direct(*records: Any) -> str:
    return json.dumps({"Records": records})


def by_sns(body: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:::t", "Message": body})


STORED = StoredChange("a.json", removed=False, size=5, etag="e1", at=SECONDS, sequencer="0A")


@pytest.mark.parametrize(
    "body",
    [
        direct(record()),
        direct(record("s3:ObjectCreated:CompleteMultipartUpload")),
        json.dumps(eventbridge()),
        by_sns(direct(record())),
        by_sns(json.dumps(eventbridge())),
    ],
    ids=["direct", "multipart", "EventBridge", "direct by SNS", "EventBridge by SNS"],
)
def test_an_object_that_was_stored(body: str) -> None:
    message = read_message(body, LAKE)
    assert (message.changes, message.problems, message.elsewhere) == ([STORED], [], "")


@pytest.mark.parametrize(
    "body",
    [
        direct(
            {
                **record("ObjectRemoved:Delete"),
                "s3": {"bucket": {"name": "lake"}, "object": {"key": "raw/a.json", "sequencer": "0B"}},
            }
        ),
        direct(record("ObjectRemoved:DeleteMarkerCreated", versionId="v2")),
        direct(record("LifecycleExpiration:Delete")),
        json.dumps(eventbridge("Object Deleted", **{"deletion-type": "Permanently Deleted"})),
        json.dumps(eventbridge("Object Deleted", **{"deletion-type": "Delete Marker Created"})),
    ],
)
def test_an_object_that_was_removed(body: str) -> None:
    message = read_message(body, LAKE)
    assert [(change.key, change.removed) for change in message.changes] == [("a.json", True)]
    assert message.problems == []


def test_the_removal_of_one_version_is_in_doubt() -> None:
    one = direct(record("ObjectRemoved:Delete", versionId="v1"))
    other = eventbridge("Object Deleted", **{"deletion-type": "Permanently Deleted"})
    other["detail"]["object"]["version-id"] = "v1"
    for body in (one, json.dumps(other)):
        message = read_message(body, LAKE)
        assert (message.changes, message.problems) == ([], [])
        assert [(change.key, change.removed) for change in message.doubtful] == [("a.json", True)]
    unversioned = direct(record("ObjectRemoved:Delete", versionId="null"))
    assert len(read_message(unversioned, LAKE).changes) == 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [("raw/a+b%2Bc%20d.json", "a b+c d.json"), ("raw%2Fx%2F%C3%BC.json", "x/ü.json")],
)
def test_keys_of_direct_notifications_are_url_encoded(written: str, meant: str) -> None:
    assert [change.key for change in read_message(direct(record(key=written)), LAKE).changes] == [meant]


def test_keys_of_eventbridge_are_plain() -> None:
    assert [change.key for change in read_message(json.dumps(eventbridge(key="raw/a+b%20c.json")), LAKE).changes] == [
        "a+b%20c.json"
    ]


@pytest.mark.parametrize("key", ["other/a.json", "raw", "raw/", "raw/.adce/x", "raw/../a", "raw//a"])
def test_what_is_not_in_the_lake_is_no_change_of_it(key: str) -> None:
    message = read_message(direct(record(key=key)), LAKE)
    assert (message.changes, message.problems) == ([], [])


def test_a_lake_that_is_a_whole_bucket() -> None:
    assert [change.key for change in read_message(direct(record()), Place("lake", "")).changes] == ["raw/a.json"]


def test_another_bucket_is_named() -> None:
    message = read_message(direct(record(bucket="others"), record()), LAKE)
    assert (message.changes, message.elsewhere) == ([STORED], "others")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lake"}),
        by_sns(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "lake"})),
        direct(),
        direct(record("ObjectTagging:Put")),
        json.dumps(eventbridge("Object Tags Added")),
        json.dumps({**eventbridge(), "source": "aws.ec2"}),
    ],
)
def test_what_changes_nothing_is_passed_over(body: str) -> None:
    message = read_message(body, LAKE)
    assert (message.changes, message.problems) == ([], [])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("\ud800", "no JSON"),
        ("[]", "expected an object"),
        ("{}", "no notification"),
        (json.dumps({"Records": None}), "no notification"),
        (json.dumps({"Records": {"a": 1}}), "no notification"),
        (direct(None), "a record is None"),
        (direct({}), "'eventName' is None"),
        (direct({"eventName": "ObjectCreated:Put"}), "'s3' is None"),
        (direct(record(key="")), "'key' is ''"),
        (direct(record(key="raw/%FF")), "no UTF-8"),
        (direct(record(size=-1)), "'size' is -1"),
        (direct(record(size="5")), "'size' is '5'"),
        (direct(record(size=True)), "'size' is True"),
        (direct(record(size=10**18)), "'size' is"),
        (direct(record(eTag=3)), "'eTag' is 3"),
        (direct(record(sequencer="xyz")), "'sequencer' is 'xyz'"),
        (direct({**record(), "eventTime": "yesterday"}), "'eventTime' is 'yesterday'"),
        (json.dumps({**eventbridge(), "time": None}), "'time' is None"),
        (by_sns("{"), "what SNS has wrapped is no JSON"),
        (by_sns(by_sns(by_sns(by_sns(by_sns(direct(record())))))), "no notification"),
        (json.dumps({"Type": "SubscriptionConfirmation", "Token": "t"}), "confirmed"),
    ],
)
def test_what_can_not_be_understood_is_said(body: str, said: str) -> None:
    message = read_message(body, LAKE)
    assert message.changes == []
    (problem,) = message.problems
    assert said in problem
    assert len(problem) < 300


def test_a_record_without_a_size_stored_nothing_that_can_be_compared() -> None:
    broken = record()
    del broken["s3"]["object"]["size"]
    assert "'size' is missing" in read_message(direct(broken), LAKE).problems[0]


def test_what_is_good_beside_what_is_broken_is_taken() -> None:
    message = read_message(direct({}, record(), 5), LAKE)
    assert message.changes == [STORED]
    assert len(message.problems) == 2
