"""Asks a source for something that it has served before, to learn whether it still serves: checked, never stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import structlog

from adce_async import errors
from adce_async.engine.collecting.context import Context, Means
from adce_async.engine.collecting.deadline import deadline
from adce_async.model.coverage import GapKind, Priority
from adce_async.model.dimensions import Declared
from adce_async.model.task import Task
from adce_async.planning.key_lookup import key_fields
from adce_async.scraping.base import Page, Scraper, Want

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
        means: Means,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance()`: uniform in [0, 1)."""
        self._declared = tuple(declared)
        self._scrapers = scrapers
        self._means = means
        self._chance = chance

    async def __call__(self, scraper: str) -> bool | None:
        """One request (or as many as the scraper makes for one task)."""
        try:
            task = await self._find(scraper)
            if task is None:
                return None
            trial = _Trial(self._means, [task], self._scrapers[scraper])
            try:
                async with deadline(SECONDS):
                    await self._scrapers[scraper].scrape(task, trial)
            finally:
                await trial.clear_up()
        except errors.StoreError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it was not served
            log.info("not served as before either", scraper=scraper, key=task.key if task else "", why=str(error))
            return False
        return trial.accepted

    async def _find(self, scraper: str) -> Task | None:
        """A task for one of the newest objects that this scraper has stored as it is now."""
        found: list[tuple[float, str, Declared, dict[str, str]]] = []
        for declared in self._declared:
            if declared.data_type.scraper != scraper:
                continue
            async for batch in self._means.store.list(declared.data_type.pattern.prefix):
                for stored in batch:
                    fields = key_fields(declared, stored.key) if 0 < stored.size <= MOST_BYTES else None
                    if fields is not None:
                        found.append((stored.modified, stored.key, declared, fields))
                found = sorted(found, key=lambda each: each[:2])[-NEWEST:]
        while found:
            _, key, declared, fields = found.pop(int(self._chance() * len(found)))
            known = await self._means.store.provenance(key) or {}
            if known.get("scraper") == scraper and known.get("scraper_version") == self._scrapers[scraper].version:
                return Task(
                    key, declared.data_type.source, scraper, declared.data_type.name, fields.get("season"), fields,
                    GapKind.MISSING, Priority.LOW, 0.0, 0.0,
                )  # fmt: skip
        return None


class _Trial(Context):
    """A context that checks and keeps nothing."""

    def __init__(self, means: Means, tasks: Sequence[Task], scraper: Scraper) -> None:
        super().__init__(means, tasks, scraper, permits=0)
        self.accepted = False

    async def save(self, page: Page, key: str | None = None) -> None:
        """Check it. Raises what `check` raises."""
        task = self._tasks[key] if key is not None else next(iter(self._tasks.values()))
        await self._check(page, Want(task.key, task.data_type, task.fields))
        self.accepted = True
