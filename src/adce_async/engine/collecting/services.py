"""What all attempts work with: their way to the sources, and where what they find is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adce_async.engine.fetching.asker import Asker
from adce_async.model.coverage import StoredObject
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

    def __init__(self) -> None:
        self._objects: dict[str, StoredObject] = {}

    def note(self, stored: StoredObject) -> None:
        """`stored` is in the lake."""
        self._objects[stored.key] = stored

    def begin(self) -> None:
        """A listing begins: what was stored before is in it."""
        self._objects.clear()

    def all(self) -> Mapping[str, StoredObject]:
        """What was stored since `begin`."""
        return dict(self._objects)


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

    def apply(self, min_bytes: Mapping[str, int]) -> None:
        """What bodies have to hold at least, from the next check on."""
        self.min_bytes = min_bytes
