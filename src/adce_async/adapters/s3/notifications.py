"""What a message of a queue says about a lake in S3, in each of the forms in which S3's notifications arrive: direct,
through EventBridge, and either of them wrapped by SNS.

The forms are those of the Amazon S3 User Guide ("Event message structure", "EventBridge event message structure").
Object keys of direct notifications are URL-encoded, a space as `+`; those of EventBridge are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from adce_async.adapters.s3.place import Place
from adce_async.model.days import from_iso
from adce_async.model.keys import is_valid, shown
from adce_async.model.stored_change import StoredChange

_CREATED = {"ObjectCreated": False}
_REMOVED = {"ObjectRemoved": True, "LifecycleExpiration": True}
_EVENTBRIDGE = {"Object Created": False, "Object Deleted": True}
_MOST_WRAPPED = 3
"""So deep may one message be wrapped in another."""
_MOST_BYTES = 1 << 53
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(slots=True)
class Message:
    """What one message says. What is neither a change of the lake nor wrong is no business of ours."""

    changes: list[StoredChange] = field(default_factory=list)
    doubtful: list[StoredChange] = field(default_factory=list)
    """Removals of one version: what the key names now may be another one, which only the bucket can tell."""
    problems: list[str] = field(default_factory=list)
    """What of it can't be understood; everything beside it was."""
    elsewhere: str = ""
    """Another bucket that it was about: a queue that tells of others only is the wrong one."""


class _MalformedError(ValueError):
    """Private: what is wrong with one record, for people."""


def read_message(body: str, lake: Place) -> Message:
    """What `body` says. Never raises: what it can't understand is in `problems`."""
    message = Message()
    try:
        _read(_mapping(body, "the message"), lake, message, _MOST_WRAPPED)
    except _MalformedError as error:
        message.problems.append(str(error))
    return message


def _read(document: Mapping[str, Any], lake: Place, message: Message, depth: int) -> None:
    if document.get("Event") == "s3:TestEvent":  # sent once, when notifications are configured
        return
    if isinstance(document.get("Records"), list):
        for record in document["Records"]:
            _take(message, lake, record, _direct)
    elif isinstance(document.get("detail"), dict) and "detail-type" in document:
        _take(message, lake, document, _eventbridge)
    elif document.get("Type") == "Notification" and depth:
        _read(_mapping(document.get("Message"), "what SNS has wrapped"), lake, message, depth - 1)
    elif document.get("Type") == "SubscriptionConfirmation":
        raise _MalformedError("SNS asks for its subscription to be confirmed; a person has to do that")
    else:
        raise _MalformedError("no notification of S3, nor one of EventBridge or SNS")


def _take(message: Message, lake: Place, record: Any, read: Any) -> None:
    try:
        if not isinstance(record, dict):
            raise _MalformedError(f"a record is {shown(record)}, expected an object")
        for bucket, change, of_version in read(record):
            if bucket != lake.bucket:
                message.elsewhere = bucket
            elif change.key.startswith(lake.prefix) and is_valid(key := change.key.removeprefix(lake.prefix)):
                (message.doubtful if of_version else message.changes).append(_under(key, change))
    except _MalformedError as error:
        message.problems.append(str(error))


def _under(key: str, change: StoredChange) -> StoredChange:
    return StoredChange(key, change.removed, change.size, change.etag, change.at, change.sequencer)


def _direct(record: Mapping[str, Any]) -> Iterator[tuple[str, StoredChange, bool]]:
    """(bucket, change under its key in the bucket, whether it is the removal of one version), if it is a change."""
    name = _text(record, "eventName").removeprefix("s3:")
    family, _, kind = name.partition(":")
    removed = {**_CREATED, **_REMOVED}.get(family)
    if removed is None:  # tags, access lists, restores: the object is as it was
        return
    s3 = _section(record, "s3")
    stored = _section(s3, "object")
    of_version = removed and kind == "Delete" and _is_version(stored.get("versionId"))
    try:
        key = unquote_plus(_text(stored, "key"), errors="strict")
    except UnicodeDecodeError:
        raise _MalformedError(f"key {shown(stored['key'])} is no UTF-8") from None
    change = _change(key, stored, "eTag", _time(record, "eventTime"), removed)
    yield _text(_section(s3, "bucket"), "name"), change, of_version


def _eventbridge(document: Mapping[str, Any]) -> Iterator[tuple[str, StoredChange, bool]]:
    if document.get("source") != "aws.s3":
        return
    removed = _EVENTBRIDGE.get(_text(document, "detail-type"))
    if removed is None:
        return
    detail = _section(document, "detail")
    stored = _section(detail, "object")
    for_good = detail.get("deletion-type") == "Permanently Deleted"
    of_version = removed and for_good and _is_version(stored.get("version-id"))
    change = _change(_text(stored, "key"), stored, "etag", _time(document, "time"), removed)
    yield _text(_section(detail, "bucket"), "name"), change, of_version


def _is_version(version: Any) -> bool:
    """True if it names one of several."""
    return isinstance(version, str) and version not in ("", "null")


def _change(key: str, stored: Mapping[str, Any], etag: str, at: float, removed: bool) -> StoredChange:
    size, tag, sequencer = stored.get("size", 0), stored.get(etag, ""), stored.get("sequencer", "")
    if not removed and "size" not in stored:
        raise _MalformedError(f"'size' is missing for {shown(key)}")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < _MOST_BYTES:
        raise _MalformedError(f"'size' is {shown(size)}, expected a number of bytes")
    if not isinstance(tag, str):
        raise _MalformedError(f"'{etag}' is {shown(tag)}, expected text")
    if not isinstance(sequencer, str) or not _HEX.issuperset(sequencer):
        raise _MalformedError(f"'sequencer' is {shown(sequencer)}, expected hexadecimal digits")
    return StoredChange(key, removed, size, tag.strip('"'), at, sequencer)


def _mapping(text: Any, what: str) -> Mapping[str, Any]:
    try:
        document = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        raise _MalformedError(f"{what} is no JSON: {shown(text)}") from None
    if not isinstance(document, dict):
        raise _MalformedError(f"{what} is {shown(document)}, expected an object")
    return document


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = document.get(name)
    if not isinstance(section, dict):
        raise _MalformedError(f"'{name}' is {shown(section)}, expected an object")
    return section


def _text(document: Mapping[str, Any], name: str) -> str:
    text = document.get(name)
    if not isinstance(text, str) or not text:
        raise _MalformedError(f"'{name}' is {shown(text)}, expected text")
    return text


def _time(document: Mapping[str, Any], name: str) -> float:
    text = _text(document, name)
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise _MalformedError(f"'{name}' is {shown(text)}, expected a time in ISO 8601") from None
