"""Asks a source for something that it has served before, to learn whether it still serves: checked, never stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import structlog

from adce_async import errors
from adce_async.engine.collecting.context import CheckOnly
from adce_async.engine.collecting.handle import AttemptHandle
from adce_async.engine.collecting.services import AttemptServices
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.dimensions import Declared
from adce_async.model.task import Task
from adce_async.planning.key_lookup import key_fields
from adce_async.scraping.base import Scraper

log = structlog.get_logger("adce.outage")

SECONDS = 120.0
"""One request may take so long, without waiting for its token."""
MOST_BYTES = 5_000_000
"""A larger object is no small question."""
NEWEST = 20
"""One of so many that were stored last is asked for: what is old may be gone for reasons of its own."""


class Canary:
    """`await canary(scraper)`: True if it is served as ever, False if not, None if nothing is known to ask for."""

    def __init__(
        self,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        services: AttemptServices,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance()`: uniform in [0, 1)."""
        self.apply(declared, scrapers)
        self._services = services
        self._chance = chance

    def apply(self, declared: Sequence[Declared], scrapers: Mapping[str, Scraper]) -> None:
        """What can be asked for now."""
        self._declared = tuple(declared)
        self._scrapers = scrapers

    async def __call__(self, scraper: str) -> bool | None:
        """One request (or as many as the scraper makes for one task)."""
        try:
            task = await self._find(scraper)
            if task is None:
                return None
            handle = AttemptHandle([task])
            trial = CheckOnly(self._services, handle, self._scrapers[scraper])
            try:
                async with handle.within(SECONDS):
                    await self._scrapers[scraper].scrape(task, trial)
            finally:
                await trial.clear_up()
        except errors.StoreError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it was not served
            log.info("not served as before either", scraper=scraper, key=task.key if task else "", why=str(error))
            return False
        return bool(trial.saved)

    async def _find(self, scraper: str) -> Task | None:
        """A task for one of the newest objects that this scraper has stored as it is now."""
        found: list[tuple[float, str, Declared, dict[str, str]]] = []
        for declared in self._declared:
            if declared.data_type.scraper != scraper:
                continue
            async for batch in self._services.store.list(declared.data_type.pattern.prefix):
                for stored in batch:
                    fields = key_fields(declared, stored.key) if 0 < stored.size <= MOST_BYTES else None
                    if fields is not None:
                        found.append((stored.modified, stored.key, declared, fields))
                found = sorted(found, key=lambda each: each[:2])[-NEWEST:]
        while found:
            _, key, declared, fields = found.pop(int(self._chance() * len(found)))
            known = await self._services.store.provenance(key) or {}
            if known.get("scraper") == scraper and known.get("scraper_version") == self._scrapers[scraper].version:
                return Task(
                    key, declared.data_type.source, scraper, declared.data_type.name, fields.get("season"), fields,
                    GapKind.MISSING, Priority.LOW, 0.0, 0.0,
                )  # fmt: skip
        return None
