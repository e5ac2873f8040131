"""Large bodies from disk, in parts: with bounded memory, each part checked by the server, aborted on every way out.

What is going to be uploaded is written down in our index before it is begun, so that what kill -9 leaves behind, at
any instant, is aborted by the next start; `sweep` aborts what is older than a day whoever began it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import secrets
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.errors import FAILURES, code_of, given
from adce_async.adapters.s3.object_rows import ObjectRows
from adce_async.errors import StoreError

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

log = structlog.get_logger("adce.lake")

PART_BYTES = 8 * 1024 * 1024
"""Of one part, unless that makes too many (S3 takes 10,000); smaller bodies go in one request."""
MOST_PARTS = 9_000
PARTS_AT_ONCE = 3
"""Parts of all uploads together that are in memory at a time."""
ABORT_SECONDS = 10.0
_INTENT = "*"
"""Begins what is written down of an upload that has no id yet."""
STALE_SECONDS = 23 * 3600.0
"""Uploads under our prefix that are older are nobody's any more."""


class Multipart:
    """Uploads of one lake."""

    def __init__(self, bucket: Bucket, rows: ObjectRows) -> None:
        self._bucket = bucket
        self._rows = rows
        self._room = asyncio.Semaphore(PARTS_AT_ONCE)
        self._under_way: set[str] = set()

    async def put(self, name: str, path: Path, size: int, metadata: Mapping[str, str], content_type: str) -> str:
        """Write an object of many parts; returns its etag. Raises StoreError, and then there is none of its parts."""
        where: Any = {"Bucket": self._bucket.place.bucket, "Key": name}
        intent = f"{_INTENT}{secrets.token_hex(8)}"
        self._under_way.add(intent)
        try:
            await self._rows.begun(name, intent)  # before S3 knows of it, and we have no name of its own for it yet
            return await self._put(where, name, path, size, metadata, content_type)
        finally:
            self._under_way.discard(intent)
            with contextlib.suppress(StoreError):
                await self._rows.ended(intent)

    async def _put(
        self, where: Any, name: str, path: Path, size: int, metadata: Mapping[str, str], content_type: str
    ) -> str:
        try:
            made = await self._bucket.client.create_multipart_upload(
                **where, Metadata=dict(metadata), ContentType=content_type, ChecksumAlgorithm="SHA256"
            )
            upload = str(given(made, "UploadId"))
            self._under_way.add(upload)
            try:
                await self._rows.begun(name, upload)
                parts = await self._parts(where, upload, path, size)
                tag = await self._complete(where, upload, parts, metadata)
            except BaseException:
                await self._abort(name, upload)
                raise
            finally:
                self._under_way.discard(upload)
        except (*FAILURES, ExceptionGroup) as error:
            first = _first(error)
            if isinstance(first, FAILURES):
                raise self._bucket.failure(first, name, "storing it") from first
            raise first from None
        await self._rows.ended(upload)
        return tag

    async def sweep(self, now: float) -> None:
        """Abort what a killed process has left: what is written down, and what is older than a day. Says what fails."""
        try:
            left = [(name, upload) for name, upload in await self._rows.uploads() if upload not in self._under_way]
            intents = {name: upload for name, upload in left if upload.startswith(_INTENT)}
            for name, upload in left:
                if name not in intents or intents[name] != upload:
                    await self._abort(name, upload)
            for name, upload, at in await self._listed():
                if (name in intents or now - at > STALE_SECONDS) and upload not in self._under_way:
                    log.info("abandoned upload removed", object=name)
                    await self._abort(name, upload)
            for intent in intents.values():
                await self._rows.ended(intent)
        except StoreError as error:
            log.warning("abandoned uploads can't be looked for", reason=str(error))

    async def _parts(self, where: Any, upload: str, path: Path, size: int) -> list[CompletedPartTypeDef]:
        length = max(PART_BYTES, -(-size // MOST_PARTS))
        count = max(1, -(-size // length))
        parts: list[CompletedPartTypeDef | None] = [None] * count

        async def send(index: int) -> None:
            async with self._room:
                body, sha256 = await asyncio.to_thread(_read, path, index * length, length)
                checksum = b64encode(sha256).decode()
                number = index + 1
                answer = await self._bucket.client.upload_part(
                    **where, UploadId=upload, PartNumber=number, Body=io.BytesIO(body), ChecksumSHA256=checksum
                )
                parts[index] = {"PartNumber": number, "ETag": given(answer, "ETag"), "ChecksumSHA256": checksum}

        # a few at a time: an asyncio.Task for each of 9,000 parts would wait for nothing but its turn
        for first in range(0, count, PARTS_AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for index in range(first, min(first + PARTS_AT_ONCE, count)):
                    group.create_task(send(index), name=f"part {index}")
        return [part for part in parts if part is not None]

    async def _complete(
        self, where: Any, upload: str, parts: list[CompletedPartTypeDef], metadata: Mapping[str, str]
    ) -> str:
        try:
            done = await self._bucket.client.complete_multipart_upload(
                **where, UploadId=upload, MultipartUpload={"Parts": parts}
            )
        except FAILURES as error:
            # an answer that was lost, and asked for again: the upload is gone, since it is the object now
            if code_of(error) == "NoSuchUpload":
                found = await self._bucket.head(where["Key"])
                if found is not None and dict(found.metadata) == dict(metadata):
                    return found.tag
            raise
        return done["ETag"].strip('"')

    async def _abort(self, name: str, upload: str) -> None:
        """Free its parts; what can't be freed now stays written down for the next start."""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(ABORT_SECONDS):
                try:
                    await self._bucket.client.abort_multipart_upload(
                        Bucket=self._bucket.place.bucket, Key=name, UploadId=upload
                    )
                except FAILURES as error:
                    if code_of(error) != "NoSuchUpload":
                        log.warning("an upload can't be aborted", object=name, code=code_of(error))
                        return
                await self._rows.ended(upload)

    async def _listed(self) -> list[tuple[str, str, float]]:
        found: list[tuple[str, str, float]] = []
        place = self._bucket.place
        try:
            listed = self._bucket.client.get_paginator("list_multipart_uploads")
            async for page in listed.paginate(Bucket=place.bucket, Prefix=place.prefix):
                found += [
                    (one["Key"], one["UploadId"], one["Initiated"].timestamp()) for one in page.get("Uploads", ())
                ]
        except FAILURES as error:
            raise self._bucket.failure(error, place.prefix, "listing its uploads") from error
        return found


def _read(path: Path, at: int, length: int) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        file.seek(at)
        body = file.read(length)
    return body, hashlib.sha256(body).digest()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
