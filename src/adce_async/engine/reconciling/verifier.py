"""Goes over the stored objects of the inventory and judges those that nobody has judged yet. Sends no request.

An object is judged by its scraper's `check` and by the invariants over the facts that it states; what came of it is
remembered under its etag and the scraper's version, a group at a time, so that a run that is cut off goes on where it
was. What we stored with the scraper as it is now was checked then, and is judged again only if asked for. At the end
all final scores are held against each other (`planning.verify.Ledger`).

Works beside a running service: it only reads the lake, and keeps a judgement only if its object is still the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adce_async.engine.collecting.context import THREAD_BYTES
from adce_async.engine.collecting.judgement import judge, states_facts
from adce_async.engine.fetching import urls
from adce_async.engine.reconciling.agreement import discrepancies, lists_seasons
from adce_async.engine.reconciling.survey import MOST_UNREAD, Sight, Surveyor
from adce_async.errors import StoreError
from adce_async.model.adoption import Budget
from adce_async.model.coverage import StoredObject
from adce_async.model.dimensions import Declared
from adce_async.planning.key_lookup import data_type_of_key
from adce_async.planning.verify import Discrepancy
from adce_async.ports import Clock, Judgement, ObjectStore, Verifications
from adce_async.scraping.base import Page, Scraper, Want
from adce_async.scraping.declarative import DeclarativeScraper

AT_ONCE = 8
"""Objects that are read and judged at a time, ..."""
BYTES_AT_ONCE = 32_000_000
"""... of no more bytes than these together; a larger one is read alone."""
REQUESTS_EACH = 2
"""Of the store, to judge one object: its body, and whether it is still the same when the judgement is saved."""
SAVE_EVERY = 200
SAVE_SECONDS = 5.0
"""Judgements are saved in groups of this size, or after this time."""


@dataclass(slots=True)
class Row:
    """Objects of one data type; `judged` of them by this run."""

    source: str
    data_type: str
    objects: int = 0
    verified: int = 0
    invalid: int = 0
    judged: int = 0

    @property
    def unverified(self) -> int:
        """Those that nobody could judge: their scraper is switched off."""
        return self.objects - self.verified - self.invalid

    def counts(self) -> dict[str, int]:
        """All counts by name."""
        names = ("objects", "verified", "invalid", "unverified", "judged")
        return {name: int(getattr(self, name)) for name in names}


@dataclass(slots=True)
class Report:
    """What a run came to; `as_dict` is `verify --json`."""

    rows: list[Row] = field(default_factory=list)
    invalid: list[tuple[str, str]] = field(default_factory=list)
    """(key, reason)."""
    discrepancies: list[Discrepancy] = field(default_factory=list)
    finished: bool = True
    """False if its budget was spent before all objects had been judged."""

    def as_dict(self) -> dict[str, object]:
        """For programs."""
        counts = [row.counts() for row in self.rows]
        totals = {name: sum(row[name] for row in counts) for name in Row("", "").counts()}
        return {
            "rows": [
                {"source": row.source, "data_type": row.data_type, **count}
                for row, count in zip(self.rows, counts, strict=True)
            ],
            "invalid": [{"key": key, "reason": reason} for key, reason in self.invalid],
            "findings": [
                {"kind": one.kind, "message": one.message, "keys": list(one.keys)} for one in self.discrepancies
            ],
            "totals": {**totals, "findings": len(self.discrepancies)},
        }


@dataclass(frozen=True, slots=True)
class _Subject:
    """One object to judge."""

    row: Row
    declared: Declared
    scraper: Scraper
    found: StoredObject
    fields: Mapping[str, str]

    @property
    def tag(self) -> str:
        return self.scraper.cache_tag(self.found.etag)


class _Spending:
    """What is left of a budget."""

    def __init__(self, budget: Budget) -> None:
        self._requests, self._bytes = budget.requests, budget.bytes
        self._begun = False
        self.over = False

    def take(self, size: int) -> bool:
        """Judge an object of `size` bytes, if that is left. One that is larger than all of it comes first, alone."""
        self._requests -= REQUESTS_EACH
        self._bytes -= size
        self.over = self._begun and min(self._requests, self._bytes) < 0
        self._begun = True
        return not self.over


class Verifier:
    """Runs over the lake, one at a time."""

    def __init__(
        self,
        *,
        surveyor: Surveyor,
        declared: Sequence[Declared],
        scrapers: Mapping[str, Scraper],
        store: ObjectStore,
        verifications: Verifications,
        clock: Clock,
    ) -> None:
        self._surveyor = surveyor
        self.apply(declared, scrapers)
        self._store = store
        self._verifications = verifications
        self._clock = clock
        self._everything = False
        self._rows: dict[str, Row] = {}
        self._invalid: list[tuple[str, str]] = []
        self._seen: list[Discrepancy] = []
        self._listed: dict[tuple[str, str], frozenset[str]] = {}
        self._batch: list[_Subject] = []
        self._pending: dict[str, tuple[str, Judgement]] = {}
        self._saved_at = 0.0
        self._unread = 0
        """Objects in a row that could not be read."""

    def apply(self, declared: Sequence[Declared], scrapers: Mapping[str, Scraper]) -> None:
        """Judge these from the next run on."""
        self._declared = tuple(declared)
        self._scrapers = scrapers

    async def run(
        self,
        *,
        source: str | None = None,
        everything: bool = False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        budget: Budget | None = None,
    ) -> Report:
        """Judge the objects of all data types, or of one source; `everything`: also those that were judged before.

        `progress(done, total)`: objects. `budget`: judge what others have stored as far as it goes, and compare
        nothing.

        Raises StoreError or QueueError; what was saved until then stays.
        """
        self._everything = everything
        of = [d for d in self._declared if source is None or d.data_type.source == source]
        self._rows = {d.data_type.qualified: Row(d.data_type.source, d.data_type.name) for d in of}
        self._invalid, self._seen = [], []
        self._listed = {}
        self._unread = 0
        self._saved_at = asyncio.get_running_loop().time()
        stored = await self._surveyor.list_lake()
        prefixes = tuple({d.data_type.pattern.prefix for d in of})
        total = sum(key.startswith(prefixes) for key in stored)
        done = 0
        accepted: Mapping[str, str] = {}
        refused: Mapping[str, tuple[str, str]] = {}
        prefix: str | None = None
        spending = None if budget is None else _Spending(budget)
        async for subject in self._subjects(stored):
            if subject.declared.data_type.pattern.prefix != prefix:
                prefix = subject.declared.data_type.pattern.prefix
                accepted, refused = await self._known(prefix, stored)
            if spending is not None and not _is_known(subject, accepted, refused):
                if subject.found.verified:
                    continue
                if not spending.take(subject.found.size):
                    break
            await self._take(subject, accepted, refused)
            done += 1
            progress(done, total)
        await self._work_off()
        await self._save()
        progress(total, total)
        if spending is not None:
            return Report(list(self._rows.values()), self._invalid, finished=not spending.over)
        invalid = {key for key, _ in self._invalid}
        whole = {listing for listing, keys in self._listed.items() if not keys & invalid}
        found = await discrepancies(
            self._declared, self._scrapers, self._verifications, stored, self._clock.now(), whole
        )
        return Report(
            list(self._rows.values()),
            self._invalid,
            [*(one for one in found if source is None or source in one.sources), *self._seen],
        )

    async def _subjects(self, stored: Mapping[str, StoredObject]) -> AsyncIterator[_Subject]:
        """What is expected, schedules before their games; then what no schedule has named (yet)."""
        left = dict(stored)
        async for sight in self._surveyor.walk(stored, {}, now=self._clock.now()):
            self._note_listing(sight, stored)
            if sight.declared.data_type.qualified in self._rows:
                self._seen += [
                    Discrepancy("refused_item", f"{sight.declared.data_type.qualified}: {line}")
                    for line in sight.refused.lines
                ]
                self._seen += [
                    Discrepancy("never_final", line, (key.rpartition("#")[0],), (sight.declared.data_type.source,))
                    for key, line in sight.never_final.items()
                ]
            for expectation in sight.expectations:
                found = left.pop(expectation.key, None)
                if found is not None and (subject := self._subject(sight.declared, found, expectation.fields)):
                    yield subject
        unexpected: dict[str, list[tuple[Declared, StoredObject, dict[str, str]]]] = {}
        for found in left.values():
            made_by = data_type_of_key(self._declared, found.key)
            if made_by is not None and made_by[0].parents:  # what is not declared through others is not wanted at all
                unexpected.setdefault(made_by[0].data_type.qualified, []).append((made_by[0], found, made_by[1]))
        for several in unexpected.values():
            for declared, found, fields in several:
                if subject := self._subject(declared, found, fields):
                    yield subject

    def _note_listing(self, sight: Sight, stored: Mapping[str, StoredObject]) -> None:
        """Remember a season whose listings are all there: only those can tell how many games it has."""
        declared, scraper = sight.declared, self._scrapers.get(sight.declared.data_type.scraper)
        keys = frozenset(sight.expectations.keys) if scraper and lists_seasons(declared, scraper) else frozenset()
        if sight.season is not None and keys and all(key in stored for key in keys):
            self._listed[declared.data_type.qualified, sight.season] = keys

    def _subject(self, declared: Declared, found: StoredObject, fields: Mapping[str, str]) -> _Subject | None:
        row = self._rows.get(declared.data_type.qualified)
        if row is None:
            return None
        row.objects += 1
        scraper = self._scrapers.get(declared.data_type.scraper)
        return _Subject(row, declared, scraper, found, fields) if scraper is not None else None

    async def _known(
        self, prefix: str, stored: Mapping[str, StoredObject]
    ) -> tuple[Mapping[str, str], Mapping[str, tuple[str, str]]]:
        """What was judged before; of what is gone from the lake it is forgotten."""
        accepted = await self._verifications.accepted(prefix)
        refused = await self._verifications.refused(prefix)
        unseen = [key for key in (*accepted, *refused) if key not in stored]
        there = await self._store.heads(unseen) if unseen else {}
        gone = [key for key in unseen if key not in there]
        if gone:
            await self._verifications.forget(gone)
        return ({}, {}) if self._everything else (accepted, refused)

    async def _take(
        self, subject: _Subject, accepted: Mapping[str, str], refused: Mapping[str, tuple[str, str]]
    ) -> None:
        key = subject.found.key
        if (tag := accepted.get(key)) is not None and tag == subject.tag:
            self._count(subject, "")
        elif (known := refused.get(key)) is not None and known[0] == subject.tag:
            self._count(subject, known[1])
        else:
            size = sum(one.found.size for one in self._batch)
            if len(self._batch) >= AT_ONCE or (self._batch and size + subject.found.size > BYTES_AT_ONCE):
                await self._work_off()
            self._batch.append(subject)

    async def _work_off(self) -> None:
        batch, self._batch = self._batch, []
        async with asyncio.TaskGroup() as group:  # nobody may be at work when the lake is closed
            judging = [group.create_task(self._judge_one(one), name=f"judge {one.found.key}") for one in batch]
        for subject, judgement in zip(batch, (task.result() for task in judging), strict=True):
            if isinstance(judgement, StoreError):
                self._unread += 1
                if self._unread >= MOST_UNREAD:
                    raise judgement
                self._count(subject, f"can't be read: {judgement}")
                continue
            self._unread = 0
            if judgement is None:
                subject.row.objects -= 1
                continue
            self._count(subject, judgement.reason)
            if judgement.tag:
                subject.row.judged += 1
                self._pending[subject.found.key] = (subject.found.etag, judgement)
        if len(self._pending) >= SAVE_EVERY or asyncio.get_running_loop().time() - self._saved_at >= SAVE_SECONDS:
            await self._save()

    def _count(self, subject: _Subject, reason: str) -> None:
        if reason:
            subject.row.invalid += 1
            self._invalid.append((subject.found.key, reason))
        else:
            subject.row.verified += 1

    async def _judge_one(self, subject: _Subject) -> Judgement | StoreError | None:
        try:
            return await self._judge(subject)
        except StoreError as error:
            return error

    async def _judge(self, subject: _Subject) -> Judgement | None:
        """None: the object is gone. Without a tag: its provenance says already that it is good."""
        scraper, found = subject.scraper, subject.found
        beside = (await self._store.provenance(found.key) if found.verified else None) or {}
        checked = (beside.get("scraper"), beside.get("scraper_version")) == (scraper.name, scraper.version)
        if checked and not states_facts(scraper) and not self._everything:
            return Judgement("")
        async with self._page(subject, beside) as page:
            if page is None:
                return None
            want = Want(found.key, subject.declared.data_type.name, subject.fields)
            if page.size > THREAD_BYTES:
                return await asyncio.to_thread(judge, scraper, page, want, subject.tag)
            return judge(scraper, page, want, subject.tag)

    @contextlib.asynccontextmanager
    async def _page(self, subject: _Subject, beside: Mapping[str, object]) -> AsyncIterator[Page | None]:
        """The stored body as it came, as far as is known; None if it is gone."""
        scraper, found = subject.scraper, subject.found
        url = beside.get("url") or _url(scraper, subject.fields) or found.key
        kind = beside.get("content_type")
        if not kind and isinstance(scraper, DeclarativeScraper):
            kind = scraper.rules.content_type  # nobody knows what it came with: that rule can't be asked
        at = beside.get("fetched_at")
        fetched_at = float(at) if isinstance(at, int | float) else found.modified
        page = Page(str(url), b"", headers={"content-type": str(kind or "")}, fetched_at=fetched_at)
        if scraper.stream:
            async with self._store.local_copy(found.key) as path:
                yield None if path is None else replace(page, file=path)
        else:
            body = await self._store.get(found.key)
            yield None if body is None else replace(page, body=body)

    async def _save(self) -> None:
        pending, self._pending = self._pending, {}
        self._saved_at = asyncio.get_running_loop().time()
        heads = await self._store.heads(pending)
        same = {
            key: judgement
            for key, (etag, judgement) in pending.items()
            if key in heads and heads[key].etag == etag  # else a service has stored something newer meanwhile
        }
        if same:
            await self._verifications.save(same)


def _is_known(subject: _Subject, accepted: Mapping[str, str], refused: Mapping[str, tuple[str, str]]) -> bool:
    """True if it was judged before."""
    key, tag = subject.found.key, subject.tag
    return accepted.get(key) == tag or refused.get(key, ("", ""))[0] == tag


def _url(scraper: Scraper, fields: Mapping[str, str]) -> str:
    try:
        return urls.complete(scraper.url_for(fields), scraper.params_for(fields))
    except (KeyError, ValueError):
        return ""
