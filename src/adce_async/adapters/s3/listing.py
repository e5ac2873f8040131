"""Listing a lake in S3, a page at a time.

S3 lists in the order of the names' bytes. A page that begins at or before what has been listed is one that we have
had (a proxy, a server in trouble): it is asked for again, never believed and never skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.errors import FAILURES
from adce_async.adapters.s3.place import OWN
from adce_async.errors import StoreError

PAGE_TRIES = 6
"""Times that a page is asked for that we have had."""

Entry = tuple[str, int, float, str]
"""(key, size, modified, etag)."""


async def pages(bucket: Bucket, prefix: str = "", after: str = "") -> AsyncIterator[Sequence[Entry]]:
    """The objects under `prefix` that are not ours, a page of up to 1,000 at a time, in the order of their keys.

    `after`: the last key that a listing has seen, which goes on behind it. Raises StoreError.
    """
    place = bucket.place
    last = place.full(after) if after else ""
    token: str | None = None
    while True:
        page = await _page(bucket, place.full(prefix), last, token)
        contents = page.get("Contents", ())
        if contents:
            last = contents[-1]["Key"]
            own = place.full(OWN)
            yield [
                (place.key(one["Key"]), one["Size"], one["LastModified"].timestamp(), one["ETag"].strip('"'))
                for one in contents
                if not one["Key"].startswith(own)
            ]
        if not page.get("IsTruncated"):
            return
        token = page.get("NextContinuationToken")


async def _page(bucket: Bucket, prefix: str, last: str, token: str | None) -> Any:
    where: dict[str, Any] = {}
    if token:
        where = {"ContinuationToken": token}
    elif last:
        where = {"StartAfter": last}
    for attempt in range(PAGE_TRIES):
        try:
            page: Any = await bucket.client.list_objects_v2(Bucket=bucket.place.bucket, Prefix=prefix, **where)
        except FAILURES as error:
            raise bucket.failure(error, prefix, "listing it") from error
        if _goes_on(page, last):
            return page
        await asyncio.sleep(0.05 * 2**attempt)
    raise StoreError(
        f"{bucket.place}: listing it: the server repeats itself or does not list in order; nothing is known"
    )


def _goes_on(page: Any, last: str) -> bool:
    """True if the page begins after `last`, is in order, and says how to go on if there is more."""
    before = last
    for one in page.get("Contents", ()):
        if one["Key"] <= before and before:
            return False
        before = one["Key"]
    return not page.get("IsTruncated") or bool(page.get("NextContinuationToken"))
