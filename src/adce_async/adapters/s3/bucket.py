"""The requests that a lake is made of, each with what its failure means.

botocore sends a request again that was throttled, that failed in the server or that got no whole answer. What it
leaves to us is a body that breaks off while we read it.
"""

from __future__ import annotations

import asyncio
import io
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from adce_async.adapters.s3.errors import FAILURES, code_of, failure_of, given, is_cut_short, status_of
from adce_async.adapters.s3.place import Place

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

T = TypeVar("T")

TRIES = 4
"""Times that a body is asked for that breaks off."""
CHUNK = 1024 * 1024
"""Bytes of a streamed body that are in memory at a time."""
_GONE = frozenset({"NoSuchKey", "NotFound", "404"})
_REFUSED = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class Found:
    """An object as S3 tells of it. `tag`: its etag, without quotes. `age`: seconds since it was written, by the
    server's own clock; None if it does not say.
    """

    tag: str
    size: int
    modified: float
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    age: float | None = None


class Bucket:
    """Requests for one lake; names are those in the bucket, place and prefix included. All raise StoreError."""

    def __init__(self, client: S3Client, place: Place) -> None:
        self.client = client
        self.place = place

    async def head(self, name: str) -> Found | None:
        """The object, or None if there is none."""
        try:
            return _found(await self.client.head_object(Bucket=self.place.bucket, Key=name))
        except FAILURES as error:
            if status_of(error) == 404 or code_of(error) in _GONE:
                return None
            raise self.failure(error, name, "looking at it") from error

    async def get(self, name: str) -> tuple[Found, bytes] | None:
        """The object with its body, or None if there is none."""

        async def read() -> tuple[Found, bytes] | None:
            async with self._opened(name) as (found, stream):
                return None if found is None else (found, await stream.read())

        return await self._whole(name, read)

    async def download(self, name: str, begin: Callable[[Found], Callable[[bytes], None]]) -> Found | None:
        """The body, a piece at a time, in a thread, to what `begin` returns; begun anew if the body breaks off."""

        async def read() -> Found | None:
            async with self._opened(name) as (found, stream):
                if found is None:
                    return None
                write = await asyncio.to_thread(begin, found)
                while piece := await stream.read(CHUNK):
                    await asyncio.to_thread(write, piece)
                return found

        return await self._whole(name, read)

    async def put(
        self,
        name: str,
        body: bytes,
        sha256: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "binary/octet-stream",
        only_if: str | None = None,
        doing: str = "storing it",
    ) -> str | None:
        """Write an object of one part, whose content the server holds against `sha256`; returns its etag.

        `only_if`: the etag that the object must have; '': there must be none. Otherwise None, and nothing has changed.
        """
        condition: dict[str, Any] = {}
        if only_if is not None:
            condition = {"IfMatch": f'"{only_if}"'} if only_if else {"IfNoneMatch": "*"}
        try:
            answer = await self.client.put_object(
                Bucket=self.place.bucket,
                Key=name,
                Body=io.BytesIO(body),  # aiohttp sends large bytes in one go otherwise
                ChecksumSHA256=b64encode(sha256).decode(),
                ContentType=content_type,
                Metadata=dict(metadata or {}),
                **condition,
            )
            return str(given(answer, "ETag")).strip('"')
        except FAILURES as error:
            if only_if is not None and (code_of(error) in _REFUSED or status_of(error) in (409, 412)):
                return None
            if only_if and status_of(error) == 404:  # it is gone
                return None
            raise self.failure(error, name, doing) from error

    async def delete(self, name: str) -> None:
        """Remove it; nothing happens if there is none."""
        try:
            await self.client.delete_object(Bucket=self.place.bucket, Key=name)
        except FAILURES as error:
            raise self.failure(error, name, "removing it") from error

    def failure(self, error: BaseException, name: str, doing: str) -> Exception:
        """What it means, as a StoreError."""
        return failure_of(error, f"s3://{self.place.bucket}/{name}".rstrip("/"), doing).to_store()

    @asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[tuple[Found | None, Any]]:
        try:
            answer = await self.client.get_object(Bucket=self.place.bucket, Key=name)
        except FAILURES as error:
            if code_of(error) in _GONE:
                yield None, None
                return
            raise
        async with answer["Body"] as stream:
            yield _found(answer), stream

    async def _whole(self, name: str, read: Callable[[], Awaitable[T]]) -> T:
        for attempt in range(TRIES):
            try:
                return await read()
            except FAILURES as error:
                if not is_cut_short(error) or attempt + 1 == TRIES:
                    raise self.failure(error, name, "reading it") from error
            await asyncio.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311 - jitter
        raise AssertionError


def _found(answer: Any) -> Found:
    modified = given(answer, "LastModified").timestamp()
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    age = None
    if said:
        try:
            age = parsedate_to_datetime(said).timestamp() - modified
        except ValueError:
            age = None
    return Found(
        tag=given(answer, "ETag").strip('"'),
        size=given(answer, "ContentLength"),
        modified=modified,
        content_type=answer.get("ContentType", ""),
        metadata=answer.get("Metadata", {}),
        age=age,
    )
