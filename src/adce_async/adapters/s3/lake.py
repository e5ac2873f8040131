"""A lake in S3 as both see it, who owns it and who only looks: reading."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from adce_async.adapters.s3.bucket import Bucket, Found
from adce_async.adapters.s3.client import Aws
from adce_async.adapters.s3.errors import FAILURES, failure_of
from adce_async.adapters.s3.fast_lister import FastLister, lister
from adce_async.adapters.s3.list_page import Page
from adce_async.adapters.s3.lister import Lister
from adce_async.adapters.s3.metadata import from_metadata
from adce_async.adapters.s3.object_rows import ObjectRows, Row
from adce_async.adapters.s3.place import OWN, Place
from adce_async.clock import SystemClock
from adce_async.errors import StoreError, StoreUnreachableError
from adce_async.model.aws import AwsSettings
from adce_async.model.coverage import StoredObject
from adce_async.model.keys import is_valid, validate_key
from adce_async.ports import Clock

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

log = structlog.get_logger("adce.lake")

OWN_AT_ONCE = 5000
"""Rows of our index that are read in one step."""
HEADS_AT_ONCE = 16
"""Objects that are looked at side by side."""
HEAD_PAUSES = (1.0, 4.0, 15.0)
"""Seconds before those of them that got no answer are looked at again."""


class S3Lake:
    """The reading half of `ports.ObjectStore` over the lake at `url`; an async context manager.

    Whoever derives from it says in `_open` how `_rows` comes about, and whether what is found out is kept there.
    """

    durable_put = True
    """S3 answers when the object is on several disks."""

    def __init__(self, url: str, settings: AwsSettings, *, clock: Clock | None = None) -> None:
        self._place = Place.of(url)
        self._clock = clock or SystemClock()
        self.aws = Aws(settings)
        self._bucket: Bucket
        self._rows: ObjectRows
        self._stack = AsyncExitStack()
        self._lister: Lister | FastLister
        self.list_requests = 0
        self.unusable_names = 0
        self._latest: dict[str, str] = {}
        """Etags of what was stored last, the oldest first."""
        self.recovered: str | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.aws)
            client = await self.aws.s3()
            self._bucket = Bucket(client, self._place)
            self._lister = lister(self.aws, self._place.bucket, Lister(client, self._place.bucket))
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _open(self, stack: AsyncExitStack) -> None:
        """Make `_rows`, and see that the lake is there. Raises FixMeError."""
        raise NotImplementedError

    async def _remember(self, row: Row) -> None:
        """What an object's metadata has told: to be kept where it can be."""

    def scratch(self) -> Path:
        """A fresh local path for a large body."""
        raise NotImplementedError

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[StoredObject]]:
        """Batches of at most 1,000 objects: one request and one query of our index each."""
        self.list_requests += isinstance(self._lister, FastLister)  # its last one brings nothing
        async for page in self._lister.pages(self._place.full(prefix)):
            self.list_requests += 1
            if batch := await self._known(page):
                yield batch

    async def _known(self, page: Page) -> Sequence[StoredObject]:
        """The objects of a page, with what our index knows of them. Names that can't be keys are left out."""
        own, skip = self._place.full(OWN), len(self._place.prefix)
        entries = [
            (name[skip:], size, modified, tag)
            for name, size, modified, tag in zip(page.keys, page.sizes, page.modified, page.etags, strict=True)
            if not name.startswith(own)
        ]
        usable = [entry for entry in entries if is_valid(entry[0])]
        if len(usable) < len(entries):
            self._left_out([key for key, *_ in entries if not is_valid(key)])
        rows = await self._rows.find_all([entry[0] for entry in usable])
        found = []
        for key, size, modified, tag in usable:
            row = rows.get(key)
            if row is not None and row.vouches_for(tag, size):
                found.append(StoredObject(key, size, tag, row.fetched_at, verified=True))
            else:
                found.append(StoredObject(key, size, tag, modified, verified=False))
        return found

    async def own_objects(self) -> AsyncIterator[Sequence[StoredObject]]:
        """What our index says that we have stored, see `ports.OwnObjects`."""
        last = ""
        while rows := await self._rows.after(last, OWN_AT_ONCE):
            last = rows[-1][0]
            yield [StoredObject(key, size, tag, at, verified=True) for key, size, tag, at in rows]

    def own_tag(self, key: str) -> str:
        """The etag of what was stored at `key` just now, see `ports.ObjectStore`."""
        return self._latest.get(key, "")

    async def head(self, key: str) -> StoredObject | None:
        """The object, or None if there is none."""
        validate_key(key)
        found = await self._bucket.head(self._place.full(key))
        return None if found is None else _stored(key, found, await self._row(key, found))

    async def heads(self, keys: Collection[str]) -> Mapping[str, StoredObject]:
        """Those of `keys` that are there, a few looked at side by side.

        Single ones that get no answer are looked at again after the others; where most get none, that is raised.
        """
        left: Sequence[str] = [key for key in keys if is_valid(key)]
        there: dict[str, StoredObject] = {}
        whole = len(left)
        for pause in HEAD_PAUSES:
            failed = await self._look_at(left, there)
            if not failed:
                return there
            if len(failed) == whole:
                break
            left = list(failed)
            await asyncio.sleep(pause)
        else:
            failed = await self._look_at(left, there)
        for error in failed.values():
            raise error
        return there

    async def _look_at(self, keys: Sequence[str], there: dict[str, StoredObject]) -> Mapping[str, StoreError]:
        """Fills `there`; returns the keys without an answer. Raises what another try would not change."""
        wanted, answered = iter(keys), 0
        failed: dict[str, StoreError] = {}

        async def look() -> None:
            nonlocal answered
            for key in wanted:
                try:
                    stored = await self.head(key)
                except StoreUnreachableError as error:
                    failed[key] = error
                    if len(failed) > max(HEADS_AT_ONCE, answered):
                        raise  # with nobody there each of thousands would take its time to say so
                    continue
                answered += 1
                if stored is not None:
                    there[key] = stored

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(min(HEADS_AT_ONCE, len(keys))):
                    group.create_task(look(), name=f"heads {number}")
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return failed

    async def get(self, key: str) -> bytes | None:
        """The body, or None if there is none."""
        validate_key(key)
        answer = await self._bucket.get(self._place.full(key))
        if answer is None:
            return None
        await self._row(key, answer[0])
        return answer[1]

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path | None]:
        """The body in a file that is gone after the block. What is not what our index knows of it is refused."""
        validate_key(key)
        path = self.scratch()
        sha256 = hashlib.sha256()

        def begin(_found: Found) -> Callable[[bytes], None]:
            nonlocal sha256
            sha256 = hashlib.sha256()
            path.write_bytes(b"")

            def write(piece: bytes) -> None:
                sha256.update(piece)
                with path.open("ab") as file:
                    file.write(piece)

            return write

        try:
            try:
                found = await self._bucket.download(self._place.full(key), begin)
            except OSError as error:
                raise StoreError(f"{path}: can't be written: {error.strerror}; a copy of {key} goes there") from error
            row = None if found is None else await self._row(key, found)
            if row is not None and row.sha256 != sha256.hexdigest():
                raise StoreError(f"{self._place.shown(key)}: came damaged: its hash is not what it was stored with")
            yield None if found is None else path
        finally:
            path.unlink(missing_ok=True)  # at once: who leaves the block may be on his way out, and must not wait

    async def provenance(self, key: str) -> Mapping[str, object] | None:
        """What was kept with the object; None also if somebody else has changed it since."""
        validate_key(key)
        found = await self._bucket.head(self._place.full(key))
        row = None if found is None else await self._row(key, found)
        return None if row is None else row.provenance()

    async def _row(self, key: str, found: Found) -> Row | None:
        """What vouches for the object: our index, or else what we wrote with it."""
        row = await self._rows.find(key)
        if row is not None and row.vouches_for(found.tag, found.size):
            return row
        told = from_metadata(found.metadata, found.content_type, found.size)
        if told is None:
            return None
        row = Row.of(key, found.tag, found.size, told[1], told[0])
        await self._remember(row)
        return row

    async def _see(self, client: S3Client) -> None:
        """See that the bucket is there and can be listed. Raises StoreError."""
        try:
            await client.list_objects_v2(Bucket=self._place.bucket, Prefix=self._place.prefix, MaxKeys=1)
        except FAILURES as error:
            raise failure_of(error, str(self._place), "opening the lake").to_store() from error

    def _left_out(self, names: Sequence[str]) -> None:
        """Names that end with a slash are folders to some programs, and no news."""
        odd = [name for name in names if not name.endswith("/")]
        said, self.unusable_names = self.unusable_names, self.unusable_names + len(odd)
        if odd and not said:
            log.warning("objects whose names can't be keys are left out", lake=str(self._place), one_of_them=odd[0])


def _stored(key: str, found: Found, row: Row | None) -> StoredObject:
    if row is not None:
        return StoredObject(key, found.size, found.tag, row.fetched_at, verified=True)
    return StoredObject(key, found.size, found.tag, found.modified, verified=False)
