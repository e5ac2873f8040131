"""HAVE against SHOULD: lists the lake, expands the inventory, compares. Changes nothing but the discovery cache.

One data type at a time, parents first; the comparing runs in a thread, so that a large lake never holds the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from adce_async.errors import InvalidKeyError, ScrapeError, StoreError
from adce_async.model.coverage import (
    Coverage,
    Discovery,
    Expectation,
    Findings,
    Item,
    StoredObject,
)
from adce_async.model.dimensions import Declared
from adce_async.planning.diff import diff
from adce_async.planning.expand import expand
from adce_async.ports import Clock, DiscoveryCache, ObjectStore
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.survey")

SAVE_EVERY = 200
"""Newly parsed listings are remembered in groups of this size."""


@dataclass(slots=True)
class Survey:
    """What one look at the whole came to."""

    findings: list[Findings] = field(default_factory=list)
    listed: int = 0
    """Objects in the lake under the prefixes of the inventory."""

    @property
    def coverage(self) -> list[Coverage]:
        """A row per source, data type and season."""
        return [found.coverage for found in self.findings]

    @property
    def gaps(self) -> int:
        """Number of gaps of all kinds."""
        return sum(len(found.gaps) for found in self.findings)


class Surveyor:
    """Looks at the lake through the eyes of the inventory."""

    def __init__(
        self,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        store: ObjectStore,
        discoveries: DiscoveryCache,
        clock: Clock,
    ) -> None:
        """`declared`: parents first (`model.dimensions.parents_first`)."""
        self._declared = tuple(declared)
        self._scrapers = scrapers
        self._store = store
        self._discoveries = discoveries
        self._clock = clock
        self._parents = {parent for d in declared for parent in d.parents}

    async def look(self, recent: Callable[[], Mapping[str, StoredObject]] = dict) -> Survey:
        """One look. Raises StoreError if the listing failed: then nothing is known, least of all that things miss.

        `recent` is asked after the listing: what was stored while it ran.
        """
        stored = await self._list()
        stored.update(recent())
        survey = Survey(listed=len(stored))
        items: dict[tuple[str, str | None], list[Item]] = {}
        now = self._clock.now()
        for declared in self._declared:
            name = declared.data_type.qualified
            done: set[str] = set()
            for season in declared.seasons_to_expand:
                expectations = await asyncio.to_thread(self._expand, declared, season, now, items, done)
                unsettled: dict[str, str] = {}
                invalid: dict[str, str] = {}
                if name in self._parents or self._has_cache(declared):
                    items[name, season] = await self._items(declared, expectations, stored, unsettled, invalid)
                survey.findings.append(
                    await asyncio.to_thread(
                        diff,
                        declared.data_type,
                        season,
                        expectations,
                        stored,
                        now=now,
                        unsettled=unsettled,
                        invalid=invalid,
                    )
                )
        return survey

    async def _list(self) -> dict[str, StoredObject]:
        prefixes = sorted({d.data_type.pattern.prefix for d in self._declared})
        stored: dict[str, StoredObject] = {}
        covered: list[str] = []
        for prefix in prefixes:
            if any(prefix.startswith(other) for other in covered):
                continue
            covered.append(prefix)
            async for batch in self._store.list(prefix):
                stored.update((found.key, found) for found in batch)
        return stored

    def _has_cache(self, declared: Declared) -> bool:
        scraper = self._scrapers.get(declared.data_type.scraper)
        return scraper is not None and type(scraper).discover is not Scraper.discover

    @staticmethod
    def _expand(
        declared: Declared,
        season: str | None,
        now: float,
        items: Mapping[tuple[str, str | None], Sequence[Item]],
        done: set[str],
    ) -> list[Expectation]:
        def items_of(parent: str, of_season: str | None) -> Iterable[Item]:
            return items.get((parent, of_season)) or items.get((parent, None), ())

        expectations = []
        for expectation in expand(declared, season, now=now, items_of=items_of):
            if expectation.key not in done:  # a pattern without the season makes the same key for several
                done.add(expectation.key)
                expectations.append(expectation)
        return expectations

    async def _items(
        self,
        declared: Declared,
        expectations: Sequence[Expectation],
        stored: Mapping[str, StoredObject],
        unsettled: dict[str, str],
        invalid: dict[str, str],
    ) -> list[Item]:
        """What the stored ones of `expectations` name; fills `unsettled` and `invalid` (key -> reason)."""
        known = await self._discoveries.load(declared.data_type.pattern.prefix)
        scraper = self._scrapers[declared.data_type.scraper]
        fresh: dict[str, tuple[str, Discovery]] = {}
        items: list[Item] = []
        for expectation in expectations:
            found = stored.get(expectation.key)
            if found is None:
                continue
            tag, discovery = known.get(expectation.key, ("", Discovery()))
            current = scraper.cache_tag(found.etag)
            if tag != current:
                try:
                    discovery = await self._read(declared, expectation, checked=found.verified)
                except ScrapeError as error:
                    invalid[expectation.key] = error.reason
                    continue
                fresh[expectation.key] = (current, discovery)
                if len(fresh) >= SAVE_EVERY:
                    await self._discoveries.save(fresh)
                    fresh = {}
            items.extend(discovery.items)
            if not discovery.settled:
                unsettled[expectation.key] = found.etag
        if fresh:
            await self._discoveries.save(fresh)
        return items

    async def _read(self, declared: Declared, expectation: Expectation, *, checked: bool) -> Discovery:
        """Parse one stored listing; one that we did not check when it was stored is checked now."""
        data_type = declared.data_type
        scraper = self._scrapers[data_type.scraper]
        body = await self._store.get(expectation.key)
        if body is None:
            raise StoreError(f"{expectation.key}: listed, but gone; who else writes to this lake?")
        page = Page(url=expectation.key, body=body)
        want = Want(expectation.key, data_type.name, expectation.fields)

        def parse() -> Discovery:
            if not checked:
                scraper.check(page, want)
            return scraper.discover(page, want) or Discovery()

        try:
            return await asyncio.to_thread(parse)
        except (ScrapeError, InvalidKeyError):
            raise
        except Exception as error:
            log.exception("a bug in discover", scraper=scraper.name, key=expectation.key)
            raise ScrapeError(f"scraper {scraper.name} can't read it: {error!r}") from error
