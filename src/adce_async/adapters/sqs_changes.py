"""Changes of the lake from a queue of SQS: long polling, deletes in batches once what was said took effect.

A queue that holds a backlog is drained in batches, so that a storm of notifications costs few passes. What the queue
gives is hidden from others for `visibility` seconds; what is not deleted by then comes again, which does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import structlog

from adce_async.adapters.s3.errors import FAILURES, failure_of, status_of
from adce_async.adapters.s3.notifications import read_message
from adce_async.adapters.s3.place import Place
from adce_async.adapters.set_aside import SetAside, Unread
from adce_async.error_text import error_text
from adce_async.model.stored_change import StoredChange
from adce_async.ports import Clock, FeedRules

log = structlog.get_logger("adce.changes")

AT_ONCE = 10
"""Messages that SQS gives, and deletes, with one request."""
MOST = 2000
"""Messages that are taken in together."""
SIDE_BY_SIDE = 8
"""Requests at once while there is a backlog."""
_OTHERWISE = ("AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL")
_REGION = re.compile(r"^(?:sqs(?:-fips)?\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$")

OpenClient = Callable[..., Awaitable[Any]]


def where(url: str) -> dict[str, str | None]:
    """Where to ask for the queue at `url`: there, in the region that it names, unless AWS's own settings say otherwise.

    >>> where("https://sqs.eu-west-1.amazonaws.com/123456789012/changes")
    {'endpoint_url': 'https://sqs.eu-west-1.amazonaws.com', 'region_name': 'eu-west-1'}
    """
    if any(os.environ.get(name) for name in _OTHERWISE):
        return {"endpoint_url": None}  # not that of the lake, which may be another server than AWS
    parts = urlsplit(url)
    found: dict[str, str | None] = {"endpoint_url": f"{parts.scheme}://{parts.netloc}"}
    if match := _REGION.match(parts.hostname or ""):
        found["region_name"] = match[1] or match[2]
    return found


@dataclass(slots=True)
class _Received:
    """One message that changes came of; `open`: those of them that had no effect yet."""

    receipt: str
    open: set[StoredChange] = field(default_factory=set)


class SqsChangeFeed:
    """`ports.ChangeFeed`."""

    def __init__(self, client: OpenClient, rules: FeedRules, lake: Place, aside: SetAside, clock: Clock) -> None:
        """`client("sqs", ...)`: asked for when it is needed first, so that nothing is loaded for nothing."""
        self._open = client
        self._rules = rules
        self._changed = asyncio.Event()
        self._lake = lake
        self._aside = aside
        self._clock = clock
        self._received: list[_Received] = []
        self._counted = 0
        self._last = ""
        self._elsewhere: set[str] = set()

    @property
    def rules(self) -> FeedRules:
        """See `ports.ChangeFeed`."""
        return self._rules

    def apply(self, rules: FeedRules) -> None:
        """See `ports.ChangeFeed`."""
        if rules.url != self._rules.url:
            self._received = []  # receipts of the other one
        self._rules = rules
        self._changed.set()

    @property
    def set_aside(self) -> str:
        """Of the messages of this process: how many, where they are, and what was wrong with the last one."""
        if not self._counted:
            return ""
        return f"{self._counted} messages set aside in {self._aside.path}, the last one: {self._last}"

    async def receive(self) -> Sequence[StoredChange]:
        """See `ports.ChangeFeed`."""
        rules = self._rules
        self._received = []  # what had no effect comes again by itself
        if not rules.url:
            await self._wait_for_another(rules.wait)
            return ()
        messages = await self._ask(rules, rules.wait)
        batch = len(messages)
        while batch >= AT_ONCE and len(messages) < MOST:
            more = await asyncio.gather(*(self._ask(rules, 0) for _ in range(SIDE_BY_SIDE)))
            batch = max(map(len, more))
            for each in more:
                messages += each
        changes, finished = await self._read(messages)
        await self._delete(rules, finished)
        return changes

    async def done(self, changes: Collection[StoredChange]) -> None:
        """See `ports.ChangeFeed`."""
        finished = set(changes)
        for each in self._received:
            each.open -= finished
        receipts = [each.receipt for each in self._received if not each.open]
        self._received = [each for each in self._received if each.open]
        await self._delete(self._rules, receipts)

    async def _client(self, rules: FeedRules) -> Any:
        return await self._open("sqs", **where(rules.url))

    async def _wait_for_another(self, seconds: float) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _ask(self, rules: FeedRules, wait: int) -> list[dict[str, Any]]:
        try:
            client = await self._client(rules)
            answer = await client.receive_message(
                QueueUrl=rules.url,
                MaxNumberOfMessages=AT_ONCE,
                WaitTimeSeconds=wait,
                VisibilityTimeout=rules.visibility,
            )
        except FAILURES as error:
            raise failure_of(error, rules.url, "receiving").to_store() from error
        return list(answer.get("Messages") or ())

    async def _read(self, messages: Sequence[dict[str, Any]]) -> tuple[list[StoredChange], list[str]]:
        """All changes; and the receipts of messages that none came of."""
        changes: list[StoredChange] = []
        finished: list[str] = []
        unread: list[Unread] = []
        for each in messages:
            await asyncio.sleep(0)  # a message may tell of thousands, and there are hundreds: others have their turn
            body, receipt = str(each.get("Body", "")), str(each["ReceiptHandle"])
            message = read_message(body, self._lake)
            message.changes += [await self._as_it_is(change) for change in message.doubtful]
            changes += message.changes
            if message.problems:
                unread.append(Unread(body, "; ".join(message.problems[:3])))
            if message.elsewhere:
                self._say_elsewhere(message.elsewhere)
            if message.changes:
                self._received.append(_Received(receipt, set(message.changes)))
            else:
                finished.append(receipt)
        if unread:
            await self._set_aside(unread)
        return changes, finished

    async def _as_it_is(self, removed: StoredChange) -> StoredChange:
        """What the bucket has under the key of which one version was removed. One request; it happens rarely."""
        name = self._lake.full(removed.key)
        try:
            found = await (await self._open("s3")).head_object(Bucket=self._lake.bucket, Key=name)
        except FAILURES as error:
            if status_of(error) == 404:
                return removed
            raise failure_of(error, self._lake.shown(removed.key), "looking it up").to_store() from error
        etag = str(found["ETag"]).strip('"')
        return replace(removed, removed=False, size=int(found["ContentLength"]), etag=etag)

    async def _set_aside(self, unread: Sequence[Unread]) -> None:
        """Before they are deleted. If they can't be kept they go, too: else they would come again for ever."""
        self._counted += len(unread)
        self._last = unread[-1].reason
        where = str(self._aside.path)
        try:
            await asyncio.to_thread(self._aside.keep, unread, self._clock.now())
        except OSError as error:
            where = f"nowhere: {error_text(error)}"
        log.warning("messages set aside", count=len(unread), file=where, why=self._last, next="all others are taken")

    def _say_elsewhere(self, bucket: str) -> None:
        if bucket not in self._elsewhere and len(self._elsewhere) < AT_ONCE:
            self._elsewhere.add(bucket)
            log.warning("notifications of another bucket", bucket=bucket, ours=self._lake.bucket, next="passed over")

    async def _delete(self, rules: FeedRules, receipts: Sequence[str]) -> None:
        batches = [receipts[start : start + AT_ONCE] for start in range(0, len(receipts), AT_ONCE)]
        for start in range(0, len(batches), SIDE_BY_SIDE):
            some = batches[start : start + SIDE_BY_SIDE]
            await asyncio.gather(*(self._delete_batch(rules, batch) for batch in some))

    async def _delete_batch(self, rules: FeedRules, receipts: Sequence[str]) -> None:
        """One that can't be deleted (its time was over) comes again, and has no effect then."""
        entries = [{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(receipts)]
        try:
            client = await self._client(rules)
            await client.delete_message_batch(QueueUrl=rules.url, Entries=entries)
        except FAILURES as error:
            raise failure_of(error, rules.url, "deleting").to_store() from error
