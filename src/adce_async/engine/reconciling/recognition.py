"""Objects of a lake that was moved, recognised by size and checksum against the index that it had before.

What is recognised is stored once more as it is, with the origin that the old index tells: that changes no content, and
from then on our own index vouches for it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from adce_async.model.adoption import Budget
from adce_async.model.coverage import StoredObject
from adce_async.ports import ObjectStore, Provenance

FindOld: TypeAlias = Callable[[Sequence[str]], Mapping[str, tuple[int, str, Provenance]]]
"""Size, sha-256 and origin of those of the keys that are known. It blocks."""

AT_ONCE = 8
KEYS_AT_ONCE = 1000
LARGEST = 64_000_000
"""Bytes; larger objects are left to be verified: they would have to be held in memory."""
REQUESTS_EACH = 3
"""To read one object, to look whether it is still there, and to store it."""


class Recognition:
    """Goes over unknown objects until its budget is spent."""

    def __init__(self, store: ObjectStore, index: FindOld, budget: Budget, *, keep: bool) -> None:
        """`keep`: remember what is recognised; else it is only counted."""
        self._store = store
        self._index = index
        self._requests, self._bytes = budget.requests, budget.bytes
        self._keep = keep

    async def run(self, keys: Sequence[str], stored: MutableMapping[str, StoredObject]) -> int:
        """How many of `keys` were recognised; in `stored` they are ours from then on. Raises StoreError."""
        count = 0
        for first in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[first : first + KEYS_AT_ONCE]
            known = await asyncio.to_thread(self._index, some)
            alike = [key for key in some if key in known and known[key][0] == stored[key].size <= LARGEST]
            for begin in range(0, len(alike), AT_ONCE):
                batch = [key for key in alike[begin : begin + AT_ONCE] if self._take(stored[key].size)]
                async with asyncio.TaskGroup() as group:
                    looks = {key: group.create_task(self._is_same(key, *known[key][1:])) for key in batch}
                for key, look in looks.items():
                    if look.result():
                        stored[key] = replace(stored[key], modified=known[key][2].fetched_at, verified=True)
                        count += 1
        return count

    def _take(self, size: int) -> bool:
        """True if the budget goes so far."""
        if self._requests < REQUESTS_EACH or self._bytes < size:
            return False
        self._requests -= REQUESTS_EACH
        self._bytes -= size
        return True

    async def _is_same(self, key: str, sha256: str, origin: Provenance) -> bool:
        body = await self._store.get(key)
        if body is None or (await asyncio.to_thread(hashlib.sha256, body)).hexdigest() != sha256:
            return False
        if self._keep:
            await self._store.put(key, body, origin)
        return True
