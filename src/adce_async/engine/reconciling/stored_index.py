"""What is stored, as far as we know: kept true by our own puts, by changes that others report, and by full listings.

A listing (or a report that somebody else has listed) is true as of when it began. Whatever we have put since, or were
told of, is newer, deletions too, and wins over it. Each full one is held against what the index had, and what differs
is drift. The last one is kept in a file, the changes since in a journal beside it (`stored_file`, `stored_changes`),
so that a restart needs no listing; a file that can't be believed is listed anew.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from adce_async.engine.reconciling.drift import Drift
from adce_async.engine.reconciling.stored_changes import Known, StoredChanges
from adce_async.engine.reconciling.stored_file import (
    StoredFile,
    StoredFileWriter,
    forget,
    joined,
    lean_memory,
    ordered,
    select,
    under_any,
)
from adce_async.errors import StoreError
from adce_async.model.coverage import StoredObject
from adce_async.model.days import iso
from adce_async.model.stored_change import StoredChange
from adce_async.model.stored_columns import StoredColumns
from adce_async.ports import Clock, ObjectStore, OwnObjects, StoredReport, StoredReports

if TYPE_CHECKING:
    import pyarrow as pa

log = structlog.get_logger("adce.index")

MARGIN = 60.0
"""Seconds before a listing began from which on changes are kept: clocks differ."""


@dataclass(frozen=True, slots=True)
class IndexRules:
    """When the lake is listed in full, in seconds.

    `full_every`: 0 at each pass. `report_age`: of the oldest report that is taken instead. `most_gaps`: that are listed
    one by one.
    """

    full_every: float = 0.0
    report_age: float = 48 * 3600.0
    most_gaps: int = 100_000


@dataclass(slots=True)
class Refreshed:
    """How the index has come to be as it is. `changed`: what is at the keys that have changed, None: anything may have.

    `by`: `index`, `listing` or `report`.
    """

    by: str
    changed: dict[str, StoredObject | None] | None
    listed: int
    drift: Drift = field(default_factory=Drift)
    seconds: float = 0.0
    as_of: float = 0.0


class StoredIndex:
    """The index of one lake. `folder`: where it is kept; None: it is gone with the process."""

    def __init__(
        self,
        store: ObjectStore,
        clock: Clock,
        folder: Path | None = None,
        reports: StoredReports | None = None,
        rules: IndexRules | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._reports = reports
        self.rules = rules or IndexRules()
        self._kept = folder is not None
        self._folder = folder or Path(tempfile.gettempdir()) / f"adce-index-{secrets.token_hex(8)}"
        self._changes = StoredChanges(folder / "stored.journal" if folder is not None else None)
        self._file: StoredFile | None = None
        self._fresh: dict[str, StoredObject | None] = {}
        """What has changed since the last `refresh`."""
        self.progressed: Callable[[], object] = lambda: None
        """Called with each page of a listing."""
        self._seen = False
        self._checked_at = -1.0
        """When the lake was listed in full, or nobody was found to have listed it since."""

    def apply(self, rules: IndexRules) -> None:
        """Go by these from the next pass on."""
        self.rules = rules

    async def load(self) -> None:
        """What earlier processes have kept, if it is whole. Without `trust` the next pass lists all the same."""
        if not self._kept:
            return
        try:
            self._file = await asyncio.to_thread(StoredFile.load, self._folder)
            if self._file is not None:
                await asyncio.to_thread(self._changes.load, self._file.as_of - MARGIN)
                log.info("the index of the lake is there", objects=self._file.rows, as_of=iso(self._file.as_of))
        except (ValueError, OSError) as error:
            log.warning("the index of the lake can't be read", error=str(error), next="the lake is listed")
            await asyncio.to_thread(forget, self._folder)

    def trust(self) -> None:
        """What was loaded is as good as what we list ourselves: there need not be a listing before it is due."""
        if self._file is not None:
            self._checked_at = self._file.taken_at

    def close(self) -> None:
        """The file stays, where it is kept."""
        self._changes.close()
        if not self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    # -- changes -----------------------------------------------------------------------------------------------------

    def put(self, stored: StoredObject, at: float) -> None:
        """We have stored this ourselves, at `at` (seconds since the epoch)."""
        if self._changes.put(stored, at):
            self._fresh[stored.key] = stored

    def apply_changes(self, changes: Iterable[StoredChange]) -> set[str]:
        """Others have stored or removed something; returns the keys about which that says something new.

        In any order, and as often as they come: for each key the latest counts.
        """
        keys = set()
        oldest = -1.0 if self._file is None else self._file.as_of - MARGIN
        for change in changes:
            if change.at >= oldest and self._changes.apply(change):
                known = self._changes.get(change.key)
                self._fresh[change.key] = known.stored if known else None
                keys.add(change.key)
        return keys

    # -- passes ------------------------------------------------------------------------------------------------------

    async def refresh(self, listed: Sequence[str], beginnings: Collection[str]) -> Refreshed:
        """Bring it up to date: by a full listing or report where that is due. Raises StoreError; then nothing changes.

        `listed`: the prefixes under which the lake is listed; `beginnings`: by which `rows` will be asked for.
        """
        began = asyncio.get_running_loop().time()
        await asyncio.to_thread(lean_memory)
        now = self._clock.now()
        due = (
            self._file is None
            or not self._file.covers(listed)
            or not 0 <= now - self._checked_at < self.rules.full_every
            or self._changes.broken
        )
        if due:
            refreshed = await self._list(listed, beginnings, now)
        else:
            refreshed = await self._as_it_is(beginnings)
        refreshed.seconds = asyncio.get_running_loop().time() - began
        return refreshed

    def batches(self, prefix: str, *, etags: bool = True) -> Iterator[StoredColumns]:
        """All that is stored under `prefix`, in no order, some at a time. Blocks: not for the loop. Raises StoreError.

        Without `etags` they may be empty.
        """
        if self._file is None:
            raise StoreError("the lake was never listed")
        changed = self._changes.under(prefix)
        keys = _keys_of(changed) if changed else None
        try:
            for listed in self._file.under(prefix, etags=etags):
                yield listed if keys is None else _without(listed, keys)
        except StoreError:
            self._file = None
            forget(self._folder)
            raise
        yield StoredColumns.of([known.stored for known in changed.values() if known.stored is not None])

    def rows(self, prefix: str) -> StoredColumns:
        """The same at once, in order of the keys."""
        return ordered(joined(list(self.batches(prefix))))

    async def _as_it_is(self, beginnings: Collection[str]) -> Refreshed:
        file = self._file
        if file is None:
            raise StoreError("the lake was never listed")
        changed, self._fresh = self._fresh, {}
        first, self._seen = not self._seen, True
        if file.beginnings.all != frozenset(beginnings):  # other data types: what is read together has changed
            self._file = file = await asyncio.to_thread(self._rewritten, file, beginnings)
        return Refreshed("index", None if first else changed, file.rows, as_of=file.as_of)

    def _rewritten(self, file: StoredFile, beginnings: Collection[str], *, keep: bool = True) -> StoredFile:
        with StoredFileWriter(self._folder, beginnings, file.listed) as writer:
            for columns in file.everything():
                writer.add(columns)
            return writer.finish(as_of=file.as_of, taken_at=file.taken_at, source=file.source, keep=keep)

    async def _list(self, listed: Sequence[str], beginnings: Collection[str], now: float) -> Refreshed:
        old = self._file
        report = await self._report(now, -1.0 if old is None or not old.covers(listed) else old.as_of)
        if report is not None and old is not None and report.as_of <= old.as_of and old.covers(listed):
            self._checked_at = now
            return await self._as_it_is(beginnings)  # nobody has listed it since
        try:
            new = await self._listed(report, listed, beginnings, now, keep=old is None)
        except StoreError as error:
            if report is None:
                raise
            log.warning("a report can't be used", why=str(error), next="the lake is listed")
            report = None
            new = await self._listed(report, listed, beginnings, now, keep=old is None)
        drift = Drift()
        # by our own clock: what we had put before we listed is listed, or somebody has removed it since
        ours = new.as_of if report is None else new.as_of - MARGIN
        if old is not None:
            new = await asyncio.to_thread(self._held_against, old, new, beginnings, drift, ours)
            _say(drift, new.source)
        elif report is not None and (mine := await self._own(beginnings, now)) is not None:
            new = await asyncio.to_thread(self._held_against, mine, new, beginnings, Drift(), ours)
        self._file, self._checked_at = new, now
        self._changes.keep_since(new.as_of - MARGIN, ours)
        fresh, self._fresh = self._fresh, {}
        first, self._seen = not self._seen, True
        known = old is not None and old.covers(listed) and drift.now is not None and not first
        changed = {**(drift.now or {}), **fresh} if known else None
        return Refreshed("listing" if report is None else "report", changed, new.rows, drift, as_of=new.as_of)

    async def _own(self, beginnings: Collection[str], now: float) -> StoredFile | None:
        """What the lake has stored itself, where it can say so: a report does not know. None: nothing."""
        if not isinstance(self._store, OwnObjects):
            return None
        with StoredFileWriter(self._folder, beginnings) as writer:
            async for batch in self._store.own_objects():
                await asyncio.to_thread(writer.add, StoredColumns.of(batch))
                self.progressed()
            if not writer.rows_in_all:
                return None
            return writer.finish(as_of=now, taken_at=now, source="our own puts", keep=False)

    async def _report(self, now: float, had: float) -> StoredReport | None:
        """What somebody else has listed lately, if anybody has; who can't be asked has not."""
        if self._reports is None:
            return None
        try:
            # of what we put before `as_of` a report counts as newer: one from the future would undo all of it
            return await self._reports.newest(not_before=now - self.rules.report_age, not_after=now + MARGIN, had=had)
        except StoreError as error:
            log.warning("nobody says whether there is a report", why=str(error), next="the lake is listed")
            return None

    async def _listed(
        self, report: StoredReport | None, listed: Sequence[str], beginnings: Collection[str], now: float, *, keep: bool
    ) -> StoredFile:
        with StoredFileWriter(self._folder, beginnings, listed) as writer:
            if report is not None:
                async for columns in report.batches():
                    await asyncio.to_thread(writer.add, columns)
                    self.progressed()
            else:
                for prefix in listed:
                    async for batch in self._store.list(prefix):
                        self.progressed()
                        if batch:
                            writer.add(StoredColumns.of(batch))
            as_of, source = (now, "listing") if report is None else (report.as_of, report.source)
            return await asyncio.to_thread(lambda: writer.finish(as_of=as_of, taken_at=now, source=source, keep=keep))

    def _held_against(
        self, old: StoredFile, new: StoredFile, beginnings: Collection[str], drift: Drift, ours: float
    ) -> StoredFile:
        """`new`, with what `old` knew of how objects were stored, where the new one does not; fills `drift`.

        `ours`: since when our own puts are newer than it.
        """

        def better(key: str) -> bool:
            known = self._changes.get(key)
            return known is not None and known.at >= (ours if known.is_ours else new.as_of - MARGIN)

        of = new.beginnings.of
        if old.beginnings.all != new.beginnings.all:
            old = self._rewritten(old, beginnings, keep=False)
        with StoredFileWriter(self._folder, beginnings, new.listed) as writer:
            for prefix in sorted({"", *beginnings}):
                changed = {key: known for key, known in self._changes.under(prefix).items() if of(key) == prefix}
                before = under_any(_with_changes(old.own(prefix), changed), new.listed)
                after = ordered(new.own(prefix))
                if not old.covers(new.listed):  # what was not looked at before has not appeared
                    drift.add(under_any(before, old.listed), under_any(after, old.listed), better)
                    writer.add(after)
                else:
                    writer.add(drift.add(before, after, better))
            return writer.finish(as_of=new.as_of, taken_at=new.taken_at, source=new.source)


def _keys_of(changed: Mapping[str, Known]) -> pa.StringArray:
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(list(changed), pa.string())


def _without(listed: StoredColumns, keys: pa.StringArray) -> StoredColumns:
    """All but those."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return select(listed, pc.invert(pc.is_in(listed.keys, value_set=keys)))


def _with_changes(listed: StoredColumns, changed: Mapping[str, Known]) -> StoredColumns:
    """`listed`, with what has changed since, in order of the keys."""
    if not changed:
        return ordered(listed)
    added = StoredColumns.of([known.stored for known in changed.values() if known.stored is not None])
    return ordered(joined([_without(listed, _keys_of(changed)), added]))


def _say(drift: Drift, source: str) -> None:
    if drift.count:
        log.warning(
            "the lake is not as it was known to be",
            appeared=drift.appeared,
            vanished=drift.vanished,
            changed=drift.changed,
            found_by=source,
            next="the index is as the lake is now",
        )
