"""Which objects go into tables, by part; those that are left out, with the reasons. Only looks at listings."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.engine.reconciling.survey import Surveyor
from adce_async.model.coverage import StoredObject
from adce_async.model.dimensions import Declared
from adce_async.model.seasons import season_of_day
from adce_async.planning.key_lookup import data_type_of_key
from adce_async.scraping.base import Scraper


@dataclass(frozen=True, slots=True)
class Subject:
    """An object whose rows go into tables."""

    scraper: Scraper
    found: StoredObject
    fields: Mapping[str, str]

    @property
    def tag(self) -> str:
        """Changes with the body and with the scraper's version."""
        return self.scraper.cache_tag(self.found.etag)


@dataclass(slots=True)
class Group:
    """What is there of one data type and season."""

    declared: Declared
    season: str | None
    subjects: dict[str, Subject] = field(default_factory=dict)
    """By key."""


@dataclass(slots=True)
class Subjects:
    """All that is there for tables."""

    groups: dict[tuple[str, str | None], Group] = field(default_factory=dict)
    unverified: int = 0
    """Objects that nobody has judged yet: `adce verify` does."""
    invalid: dict[str, str] = field(default_factory=dict)
    """Objects that were judged to be wrong, with the reasons."""


class SubjectFinder:
    """Looks through the eyes of the inventory: what no schedule names (yet) counts where its key tells what it is."""

    def __init__(self, surveyor: Surveyor, declared: Sequence[Declared], scrapers: Mapping[str, Scraper]) -> None:
        self._surveyor = surveyor
        self._declared = tuple(declared)
        self._scrapers = scrapers

    async def find(self, now: float) -> Subjects:
        """All of them, as of `now`. Raises StoreError, QueueError."""
        found = Subjects()
        stored = await self._surveyor.list_lake()
        accepted, refused = await self._surveyor.judged(stored)
        left = dict(stored)
        async for declared, season, object_, fields in self._named(left, refused, now):
            scraper = self._reader(declared)
            if scraper is None:
                continue
            subject = Subject(scraper, object_, fields)
            key, tag = object_.key, subject.tag
            if (judged := refused.get(key)) is not None and judged[0] == tag:
                found.invalid[key] = judged[1]
            elif not object_.verified and accepted.get(key) != tag:
                found.unverified += 1
            else:
                name = declared.data_type.qualified, season
                found.groups.setdefault(name, Group(declared, season)).subjects[key] = subject
        return found

    async def _named(
        self, left: dict[str, StoredObject], refused: Mapping[str, tuple[str, str]], now: float
    ) -> AsyncIterator[tuple[Declared, str | None, StoredObject, Mapping[str, str]]]:
        """Each object once, with the fields of its key: what is expected, then what nobody expects."""
        stored = dict(left)
        async for sight in self._surveyor.walk(stored, refused, now=now):
            if self._reader(sight.declared) is None:
                for key in sight.expectations.keys:
                    left.pop(key, None)
                continue
            for expectation in sight.expectations:
                if (found := left.pop(expectation.key, None)) is not None:
                    yield sight.declared, sight.season or _season(expectation.fields), found, expectation.fields
        for found in left.values():
            if (made_by := data_type_of_key(self._declared, found.key)) is not None:
                declared, fields = made_by
                yield declared, _season(fields), found, fields

    def _reader(self, declared: Declared) -> Scraper | None:
        """The scraper of a data type that fills tables; None of one that fills none."""
        scraper = self._scrapers.get(declared.data_type.scraper)
        return scraper if scraper is not None and scraper.table_reader(declared.data_type.name) else None


def _season(fields: Mapping[str, str]) -> str | None:
    """The season that a key is of, by itself or by its day; None if it tells neither."""
    if "season" in fields or "date" not in fields:
        return fields.get("season")
    try:
        return season_of_day(dt.date.fromisoformat(fields["date"]))
    except ValueError:
        return None
