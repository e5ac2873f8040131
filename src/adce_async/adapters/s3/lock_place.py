"""The lock of a lake as an object in its bucket."""

from __future__ import annotations

import hashlib

from adce_async.adapters.s3.bucket import Bucket
from adce_async.adapters.s3.lake_lock import Held
from adce_async.adapters.s3.lock_holder import Holder


class LockObject:
    """`lake_lock.LockPlace` at PREFIX/.adce/lock."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._name = bucket.place.own("lock")

    async def read(self) -> Held | None:
        """The lock, or None if there is none."""
        answer = await self._bucket.get(self._name)
        if answer is None:
            return None
        found, body = answer
        return Held(found.tag, Holder.of(body), found.age)

    async def write(self, holder: Holder, only_if: str) -> str | None:
        """Write it on a condition; None if that does not hold."""
        body = holder.text()
        return await self._bucket.put(
            self._name,
            body,
            hashlib.sha256(body).digest(),
            content_type="application/json",
            only_if=only_if,
            doing="locking the lake",
        )

    async def remove(self) -> None:
        """Remove it."""
        await self._bucket.delete(self._name)
