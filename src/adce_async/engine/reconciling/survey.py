"""HAVE against SHOULD: lists the lake, expands the inventory, compares. Changes nothing but the discovery cache.

One data type at a time, parents first; the comparing runs in a thread, so that a large lake never holds the loop.
What was judged of stored objects (`ports.Verifications`) makes them verified or invalid, as long as its tag fits.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import ParamSpec, TypeVar

import structlog

from adce_async.engine.collecting.discovering import discover
from adce_async.engine.events import DriftFound
from adce_async.error_text import error_text
from adce_async.errors import Problem, ScrapeError, StoreError
from adce_async.model.adoption import ADOPTION, Adoption
from adce_async.model.coverage import (
    Coverage,
    Discovery,
    Expectation,
    Findings,
    GapKind,
    Item,
    Priority,
    StoredObject,
)
from adce_async.model.cycle import CycleMetrics
from adce_async.model.dimensions import Declared, DerivedDimension, ListDimension
from adce_async.planning.diff import NO_COPIES, diff
from adce_async.planning.expand import expand
from adce_async.planning.expectations import Expectations
from adce_async.planning.listing import Waiting, never_final, read_listing
from adce_async.planning.products import pieces
from adce_async.planning.refusals import Refusals
from adce_async.ports import Clock, DiscoveryCache, ObjectStore, StateStore, Verifications
from adce_async.scraping.base import Page, Scraper, Want

log = structlog.get_logger("adce.survey")

SAVE_EVERY = 200
"""Newly parsed listings are remembered in groups of this size."""


THREAD_BYTES = 100_000
"""Listings above this are parsed in a thread."""
FEW = 2000
"""So many keys take a few milliseconds: less than what the way to a thread and back can cost."""
_TOLD = 3
"""Findings that one line of the log names."""
MOST_UNREAD = 5
"""So many objects in a row that can't be read mean that the lake can't."""
_DAYS_OF_A_SEASON = 365
_NOTHING = ("", Discovery())

P = ParamSpec("P")
T = TypeVar("T")


async def _aside(keys: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a thread if it is about many keys, so that it does not hold the loop."""
    if keys <= FEW:
        await asyncio.sleep(0)  # few keys, and a thousand data types and seasons in a row: others have their turn
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _size(declared: Declared, season: str | None, items: Mapping[tuple[str, str | None], Sequence[Item]]) -> int:
    """How many keys it may come to, or more."""
    size = 1
    for dimension in declared.dimensions:
        match dimension:
            case ListDimension():
                size *= len(dimension.values)
            case DerivedDimension():
                size *= len(items.get((dimension.parent, season)) or items.get((dimension.parent, None)) or ())
            case _:
                size *= _DAYS_OF_A_SEASON
    return size


def beginning(declared: Declared, season: str | None) -> str:
    """What all keys of a data type and season begin with."""
    first = next(iter(pieces(declared.data_type.pattern, {} if season is None else {"season": season})), "")
    return "" if first.startswith("{") else first


@dataclass(slots=True)
class Sight:
    """One data type and season: what should be there, and what is known of the objects that are."""

    declared: Declared
    season: str | None
    expectations: Expectations
    unsettled: dict[str, Waiting] = field(default_factory=dict)
    """Listings whose items can still change."""
    never_final: dict[str, str] = field(default_factory=dict)
    """Listing and game -> a line on one that was played, whatever its status says (`planning.listing`)."""
    invalid: dict[str, str] = field(default_factory=dict)
    """Objects that are known to be wrong, with the reasons."""
    refused: Refusals = field(default_factory=Refusals)
    """What can't be expected, and what named it."""


@dataclass(slots=True)
class Survey:
    """What one look at the whole came to."""

    findings: list[Findings] = field(default_factory=list)
    listed: int = 0
    """Objects in the lake under the prefixes of the inventory."""
    never_final: list[str] = field(default_factory=list)
    """A line on each game that was played, and that its listing never called final."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with single items; everything beside them was taken."""
    cycle: CycleMetrics = field(default_factory=CycleMetrics)
    """What it took."""
    by: str = "listing"
    """Where it is known from what is stored: `listing`, `report` or `index` (`stored_index.Refreshed`)."""
    drift: DriftFound | None = None
    """What a full listing has found otherwise than it was known to be; None: nothing, or there was none."""
    unlisted: Mapping[Priority, int] = field(default_factory=dict)
    """Gaps that are counted, but not in `findings.gaps`: there are too many, and these are the least urgent."""

    @property
    def coverage(self) -> list[Coverage]:
        """A row per source, data type and season."""
        return [found.coverage for found in self.findings]

    @property
    def gaps(self) -> int:
        """Number of gaps of all kinds."""
        return sum(self.by_kind.values())

    @property
    def by_kind(self) -> dict[str, int]:
        """All gaps, by kind."""
        counts = {kind: sum(getattr(row, kind.value) for row in self.coverage) for kind in GapKind}
        return {kind.value: count for kind, count in counts.items() if count}


class Surveyor:
    """Looks at the lake through the eyes of the inventory."""

    def __init__(
        self,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        store: ObjectStore,
        discoveries: DiscoveryCache,
        clock: Clock,
        verifications: Verifications | None = None,
        texts: StateStore | None = None,
    ) -> None:
        """`declared`: parents first (`model.dimensions.parents_first`). Without `verifications` nothing was judged.

        `texts`: say whether the lake was adopted (`model.adoption`), and so which times are those of copies.
        """
        self._store = store
        self._discoveries = discoveries
        self._clock = clock
        self._verifications = verifications
        self._texts = texts
        self.copies = NO_COPIES
        """When objects of others were copied, as far as is known."""
        self.apply(declared, scrapers)
        self._named: set[str] = set()
        self._said: set[tuple[str, str]] = set()
        """Objects whose bug is in the log already, with the version that has it."""
        self.steps = 0
        """Grows with each page that was listed, each listing that was read, each data type that was compared."""

    def apply(self, declared: Sequence[Declared], scrapers: Mapping[str, Scraper]) -> None:
        """Look for these from the next time on."""
        self._declared = tuple(declared)
        self._scrapers = scrapers
        self._parents = {parent for d in declared for parent in d.parents}

    async def look(self, recent: Callable[[], Mapping[str, StoredObject]] = dict) -> Survey:
        """One look. Raises StoreError if the listing failed: then nothing is known, least of all that things miss.

        `recent` is asked after the listing: what was stored while it ran.
        """
        await self.recall()
        time = asyncio.get_running_loop().time
        began, requests = time(), self._store.list_requests
        stored = await self.list_lake()
        stored.update(recent())
        survey = Survey(listed=len(stored))
        cycle = survey.cycle
        cycle.list_seconds, cycle.list_operations = time() - began, self._store.list_requests - requests
        accepted, refused = await self.judged(stored)
        now = self._clock.now()
        async for sight in self.walk(stored, refused, now=now):
            survey.problems += problems(sight)
            before = time()
            survey.findings.append(await _aside(len(sight.expectations), self.compare, sight, stored, accepted, now))
            cycle.diff_seconds += time() - before
            survey.never_final += sight.never_final.values()
        cycle.expand_seconds = time() - began - cycle.list_seconds - cycle.diff_seconds
        self.name(survey.never_final)
        return survey

    async def recall(self) -> None:
        """Learn which times of objects tell nothing, before anything is compared. Raises QueueError."""
        if self._texts is not None:
            adoption = Adoption.from_text(await self._texts.get_text(ADOPTION))
            self.copies = adoption.copies if adoption is not None else NO_COPIES

    def name(self, lines: Sequence[str]) -> None:
        """Say each finding once; what is none any more is forgotten."""
        if fresh := [line for line in lines if line not in self._named]:
            more = f" and {len(fresh) - _TOLD} more" if len(fresh) > _TOLD else ""
            log.warning(
                "games with a score were never called final",
                games=f"{'; '.join(fresh[:_TOLD])}{more}",
                next="what derives from them is asked for; their listings are asked again ever more rarely",
            )
        self._named = set(lines)

    async def list_lake(self) -> dict[str, StoredObject]:
        """All objects under the prefixes of the inventory. Raises StoreError."""
        stored: dict[str, StoredObject] = {}
        for prefix in self.prefixes:
            async for batch in self._store.list(prefix):
                self.steps += 1
                stored.update((found.key, found) for found in batch)
        return stored

    @property
    def prefixes(self) -> Sequence[str]:
        """Those of the declared data types, none within another."""
        covered: list[str] = []
        for prefix in sorted({d.data_type.pattern.prefix for d in self._declared}):
            if not any(prefix.startswith(other) for other in covered):
                covered.append(prefix)
        return covered

    async def walk(
        self,
        stored: Mapping[str, StoredObject],
        refused: Mapping[str, tuple[str, str]],
        *,
        now: float,
        look_up: Callable[[Sight], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Sight]:
        """Each data type and season, parents first. `refused`: key -> (tag, reason) of what was judged to be wrong.

        `look_up`: who has listed nothing enters in `stored` what of a data type that names items is there.
        """
        items: dict[tuple[str, str | None], list[Item]] = {}
        for declared in self._declared:
            name = declared.data_type.qualified
            done: set[str] = set()
            wrong = self.fitting(declared, stored, refused)
            for season in declared.seasons_to_expand:
                size = _size(declared, season, items)
                found = await _aside(size, self._expand, declared, season, now, items)
                sight = Sight(declared, season, found, invalid=dict(wrong), refused=found.refused)
                if name in self._parents or self.has_cache(declared):
                    if look_up is not None:
                        await look_up(sight)
                    items[name, season] = await self.items_of(sight, stored)
                if "season" not in declared.data_type.pattern.fields and len(declared.seasons_to_expand) > 1:
                    # several seasons can make the same key
                    sight.expectations = found.without(done)
                    done.update(found.keys)
                self.steps += 1
                yield sight

    async def judged(
        self, stored: Mapping[str, StoredObject]
    ) -> tuple[Mapping[str, str], Mapping[str, tuple[str, str]]]:
        """(key -> tag) of what was found good, (key -> (tag, reason)) of what was found wrong."""
        accepted: dict[str, str] = {}
        refused: dict[str, tuple[str, str]] = {}
        if self._verifications is not None:
            # where we have stored everything ourselves, judgements make nothing more verified
            ours = all(map(attrgetter("verified"), stored.values()))
            for prefix in self.prefixes:
                refused.update(await self._verifications.refused(prefix))
                if not ours:
                    accepted.update(await self._verifications.accepted(prefix))
        return accepted, refused

    def fitting(
        self, declared: Declared, stored: Mapping[str, StoredObject], refused: Mapping[str, tuple[str, str]]
    ) -> dict[str, str]:
        """Key -> reason of those `refused` whose body, scraper and version are still the same."""
        scraper = self._scrapers.get(declared.data_type.scraper)
        if scraper is None:
            return {}
        return {
            key: reason
            for key, (tag, reason) in refused.items()
            if (found := stored.get(key)) is not None and scraper.cache_tag(found.etag) == tag
        }

    def compare(
        self, sight: Sight, stored: Mapping[str, StoredObject], accepted: Mapping[str, str], now: float
    ) -> Findings:
        """HAVE against SHOULD of one data type and season. `accepted`: key -> tag of what was found good."""
        data_type = sight.declared.data_type
        scraper = self._scrapers.get(data_type.scraper)
        verified: set[str] = set()
        if accepted and scraper is not None:
            for key in sight.expectations.keys:
                tag = accepted.get(key)
                found = stored.get(key) if tag is not None else None
                if found is not None and tag == scraper.cache_tag(found.etag):
                    verified.add(key)
        return diff(
            data_type,
            sight.season,
            sight.expectations,
            stored,
            now=now,
            unsettled=sight.unsettled,
            invalid=sight.invalid,
            verified=verified,
            copies=self.copies,
        )

    def has_cache(self, declared: Declared) -> bool:
        """True if what its objects name is remembered, whoever derives from it."""
        scraper = self._scrapers.get(declared.data_type.scraper)
        return scraper is not None and type(scraper).discover is not Scraper.discover

    @staticmethod
    def _expand(
        declared: Declared,
        season: str | None,
        now: float,
        items: Mapping[tuple[str, str | None], Sequence[Item]],
    ) -> Expectations:
        def items_of(parent: str, of_season: str | None) -> Iterable[Item]:
            return items.get((parent, of_season)) or items.get((parent, None), ())

        return expand(declared, season, now=now, items_of=items_of)

    async def items_of(self, sight: Sight, stored: Mapping[str, StoredObject]) -> list[Item]:
        """What the stored ones of the expectations name; fills `unsettled`, `invalid` and `never_final`."""
        declared, unsettled, invalid = sight.declared, sight.unsettled, sight.invalid
        known = await self._discoveries.load(beginning(declared, sight.season))
        scraper = self._scrapers[declared.data_type.scraper]
        fresh: dict[str, tuple[str, Discovery]] = {}
        items: list[Item] = []
        unread = 0
        for number, key in enumerate(sight.expectations.keys):
            found = stored.get(key)
            if found is None:
                continue
            tag, discovery = known.get(key, _NOTHING)
            current = scraper.cache_tag(found.etag)
            if tag != current:
                if key in invalid:
                    continue
                try:
                    discovery = await self._read(declared, sight.expectations[number], checked=found.verified)
                    unread = 0
                except ScrapeError as error:
                    invalid[key] = error.reason
                    continue
                except StoreError as error:  # one that can't be read is one gap; many in a row are a lake in trouble
                    unread += 1
                    if unread >= MOST_UNREAD:
                        raise
                    invalid[key] = str(error)
                    items.extend(discovery.items)  # what it has named before is better than nothing
                    continue
                fresh[key] = (current, discovery)
                if len(fresh) >= SAVE_EVERY:
                    await self._discoveries.save(fresh)
                    fresh = {}
            if discovery.refused:
                sight.refused.update(f"{key}: {line}" for line in discovery.refused)
            if discovery.settled:
                items.extend(discovery.items)
                continue
            # when somebody else's object was fetched, nobody knows: its time is that of a copy
            fetched = found.modified if found.verified else None
            reading = read_listing(discovery, fetched=fetched, closes=sight.expectations[number].closes)
            items.extend(reading.items)
            if reading.waiting is not None:
                unsettled[key] = reading.waiting
            for item in reading.played:
                sight.never_final[f"{key}#{item.fields.get('game_id')}"] = never_final(key, item)
        if fresh:
            await self._discoveries.save(fresh)
        return items

    async def _read(self, declared: Declared, expectation: Expectation, *, checked: bool) -> Discovery:
        """Parse one stored listing; one that we did not check when it was stored is checked now."""
        data_type = declared.data_type
        scraper = self._scrapers[data_type.scraper]
        body = await self._store.get(expectation.key)
        self.steps += 1
        if body is None:
            raise StoreError(f"{expectation.key}: listed, but gone; who else writes to this lake?")
        page = Page(url=expectation.key, body=body)
        want = Want(expectation.key, data_type.name, expectation.fields)

        def parse() -> Discovery:
            if not checked:
                scraper.check(page, want)
            return discover(scraper, page, want) or Discovery()

        try:
            return await asyncio.to_thread(parse) if len(body) > THREAD_BYTES else parse()
        except ScrapeError:
            raise
        except (Exception, SystemExit) as error:
            if (expectation.key, scraper.version) not in self._said:
                self._said.add((expectation.key, scraper.version))
                at = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{at.filename}:{at.lineno}"
                log.error(
                    "a bug in discover", scraper=scraper.name, key=expectation.key, why=error_text(error), at=where
                )
            raise ScrapeError(f"scraper {scraper.name} can't read it: {error_text(error)}") from error


def problems(sight: Sight) -> list[Problem]:
    """What can't be expected."""
    name, season = sight.declared.data_type.qualified, sight.season or ""
    return [Problem(name, None, season, line) for line in sight.refused.lines]
