"""What all attempts work with: their way to the sources, and where what they find is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from adce_async.engine.fetching.asker import Asker
from adce_async.model.coverage import Discovery, StoredObject
from adce_async.ports import Clock, DiscoveryCache, ObjectStore, Verifications
from adce_async.scraping.base import Page


class Fetcher(Protocol):
    """The HTTP client as an attempt sees it."""

    async def fetch(
        self,
        source: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        asker: Asker | None = None,
        into: Path | None = None,
    ) -> Page:
        """GET within the source's limits, for `asker`; `into`: a file for the body."""
        ...


class Refusable(Protocol):
    """What an attempt tells the limiter of its source."""

    def throttled(self, retry_after: float | None, reason: str) -> None:
        """The source refuses us."""
        ...

    @property
    def cooling_until(self) -> float | None:
        """Until when it cools, or None."""
        ...

    def give_back(self) -> None:
        """The token that was taken for an attempt is not needed."""
        ...


class Recent:
    """Objects stored lately: a listing that was under way meanwhile may have missed them."""

    def __init__(
        self,
        also: Callable[[StoredObject], object] = lambda _stored: None,
        begun: Callable[[], object] = lambda: None,
    ) -> None:
        """`also`: who else is told of each; `begun`: who is told that a listing begins."""
        self._begun = begun
        self._objects: dict[str, StoredObject] = {}
        self._also = also

    def note(self, stored: StoredObject) -> None:
        """`stored` is in the lake."""
        self._objects[stored.key] = stored
        self._also(stored)

    def begin(self) -> None:
        """A listing begins: what was stored before is in it."""
        self._objects.clear()
        self._begun()

    def all(self) -> Mapping[str, StoredObject]:
        """What was stored since `begin`."""
        return dict(self._objects)


class DiscoveryTap:
    """What stored objects name, as they are stored: for who waits for those of a few keys. Later ones count."""

    def __init__(self) -> None:
        self.some = asyncio.Event()
        """Set when something has come."""
        self._keys: frozenset[str] = frozenset()
        self._found: dict[str, Discovery] = {}

    def wait_for(self, keys: Iterable[str]) -> None:
        """From now on what these name is kept."""
        self._keys = frozenset(keys)

    def note(self, key: str, found: Discovery) -> None:
        """The object at `key` is in the lake, and names this."""
        if key in self._keys:
            self._found[key] = found
            self.some.set()

    def take(self) -> Mapping[str, Discovery]:
        """What has come since the last time."""
        found, self._found = self._found, {}
        self.some.clear()
        return found


@dataclass(slots=True)
class AttemptServices:
    """What all attempts work with. `min_bytes`: by data type (`source.name`)."""

    fetcher: Fetcher
    limiters: Mapping[str, Refusable]
    store: ObjectStore
    discoveries: DiscoveryCache
    verifications: Verifications | None
    recent: Recent
    clock: Clock
    min_bytes: Mapping[str, int]
    tap: DiscoveryTap = field(default_factory=DiscoveryTap)
    owns: Callable[[str], bool] | None = None
    """Of a source: whether it is ours, and so what is stored of it; None: all are."""

    def apply(self, min_bytes: Mapping[str, int]) -> None:
        """What bodies have to hold at least, from the next check on."""
        self.min_bytes = min_bytes
