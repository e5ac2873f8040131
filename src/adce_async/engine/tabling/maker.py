"""Makes the tables: reads what has changed since the last time, a part (data type and season) at a time.

Only looks at the lake, beside a running service too. A run that is cut off goes on where it was: each part that was
written is remembered with what it was made of. What can't be read is left out with its reason, and read again when it
changes.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from adce_async.engine.reconciling.survey import MOST_UNREAD
from adce_async.engine.tabling.reading import BrokenError, rows_of
from adce_async.engine.tabling.subjects import Group, Subject, SubjectFinder
from adce_async.errors import StoreError
from adce_async.model.lake_tables import Row, Rows, TableCounts, TabledObject, TablePart
from adce_async.ports import Clock, ObjectStore
from adce_async.scraping.base import Page, Want

AT_ONCE = 16
"""Objects that are read at a time, ..."""
BYTES_AT_ONCE = 16_000_000
"""... of no more bytes than these together; a larger one is read alone."""


class PartWriter(Protocol):
    """Takes the rows of one part; see `TableFiles.write`."""

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Rows of a table. What does not fit its column becomes null. Raises StoreError."""
        ...

    def discard(self, key: str) -> None:
        """Leave out what was added of this object."""
        ...


class TableFiles(Protocol):
    """The lake as tables, in files: a part (`TablePart`) at a time, then what is known only of all of them together.

    1. A file is there whole, as it was or as it is: whoever reads meanwhile sees one of both.
    2. What `parts` names is in the files, or will be by the next `finish`, whatever happens in between.
    3. It blocks: call it in a thread.
    """

    def parts(self) -> Mapping[str, TablePart]:
        """What was made before, by name. What has lost a file since is not named."""
        ...

    def write(self, part: TablePart, keep: Mapping[str, float]) -> AbstractContextManager[PartWriter]:
        """Make a part anew: the rows of the objects in `keep` (key -> when fetched), and those that are added.

        Takes effect at the end of the block, if no exception ends it. `part.objects` may change until then. Raises
        StoreError.
        """
        ...

    def drop(self, part: TablePart) -> None:
        """Nothing of it is in the lake any more."""
        ...

    def finish(self) -> Mapping[str, TableCounts]:
        """Hold the sources against each other, in each season in which something has changed; what each table holds.

        Raises StoreError.
        """
        ...


@dataclass(slots=True)
class Made:
    """What a run came to."""

    tables: Mapping[str, TableCounts] = field(default_factory=dict)
    tabled: int = 0
    """Objects whose rows are in the tables, ..."""
    read: int = 0
    """... of which so many were read by this run."""
    unverified: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    """Objects that are invalid or can't be read, with the reasons."""

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "tables": [
                {"name": name, "rows": counts.rows, "conflicts": counts.conflicts}
                for name, counts in self.tables.items()
            ],
            "objects": {
                "tabled": self.tabled,
                "read": self.read,
                "unchanged": self.tabled - self.read,
                "unverified": self.unverified,
                "broken": len(self.left_out),
            },
            "left_out": [{"key": key, "reason": reason} for key, reason in sorted(self.left_out.items())],
        }


class TableMaker:
    """Runs over the lake, one at a time."""

    def __init__(self, finder: SubjectFinder, store: ObjectStore, files: TableFiles, clock: Clock) -> None:
        self._finder = finder
        self._store = store
        self._files = files
        self._clock = clock
        self._unread = 0
        """Objects in a row that the store could not hand out."""
        self._last = ""

    async def run(self, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Made:
        """Bring the tables up to date. `progress(done, total)`: objects to read. Raises StoreError, QueueError."""
        found = await self._finder.find(self._clock.now())
        known = dict(await asyncio.to_thread(self._files.parts))
        made = Made(unverified=found.unverified, left_out=dict(found.invalid))
        plans = [_plan(group, known) for group in found.groups.values()]
        total, done = sum(len(plan.read) for plan in plans), 0
        for plan in plans:
            known.pop(plan.part.name, None)
            if plan.changed:
                await self._write(plan, functools.partial(_report, progress, done, total))
            done += len(plan.read)
            good = {key for key, one in plan.part.objects.items() if not one.reason}
            made.left_out.update({key: one.reason for key, one in plan.part.objects.items() if one.reason})
            made.tabled += len(good)
            made.read += sum(subject.found.key in good for subject in plan.read)
        for part in known.values():
            await asyncio.to_thread(self._files.drop, part)
        made.tables = await asyncio.to_thread(self._files.finish)
        return made

    async def _write(self, plan: _Plan, count: Callable[[int], None]) -> None:
        with_rows = self._files.write(plan.part, plan.keep)
        writer = await asyncio.to_thread(with_rows.__enter__)
        try:
            for number, batch in _batches(plan.read):
                await self._read_batch(plan, batch, writer)
                count(number)
        except BaseException as error:
            # no await: where Ctrl-C ends us, nobody would come back
            with_rows.__exit__(type(error), error, error.__traceback__)
            raise
        await asyncio.to_thread(with_rows.__exit__, None, None, None)

    async def _read_batch(self, plan: _Plan, batch: Sequence[Subject], writer: PartWriter) -> None:
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(plan, one, writer), name=f"read {one.found.key}") for one in batch]
        if self._unread >= MOST_UNREAD:  # here, since a TaskGroup would wrap it
            raise StoreError(f"{self._unread} objects in a row can't be read: {self._last}")
        for subject, task in zip(batch, reading, strict=True):
            rows, reason = task.result()
            if reason is None:
                del plan.part.objects[subject.found.key]
            elif reason:
                plan.part.objects[subject.found.key] = replace(plan.part.objects[subject.found.key], reason=reason)
            if rows:
                await asyncio.to_thread(_add, writer, rows)

    async def _read(self, plan: _Plan, subject: Subject, writer: PartWriter) -> tuple[list[Rows], str | None]:
        """Rows, and why there are none; None as the reason if the object is gone. Large bodies are written at once."""
        found, scraper = subject.found, subject.scraper
        page = Page(found.key, b"", fetched_at=found.modified)
        want = Want(found.key, plan.part.data_type, subject.fields)
        of = plan.part.source, plan.part.season
        try:
            if not scraper.stream:
                body = await self._store.get(found.key)
                if body is None:
                    return [], None
                rows = await asyncio.to_thread(list, rows_of(scraper, replace(page, body=body), want, *of))
                self._unread = 0
                return rows, ""
            async with self._store.local_copy(found.key) as path:
                if path is None:
                    return [], None
                await asyncio.to_thread(_add, writer, rows_of(scraper, replace(page, file=path), want, *of))
                self._unread = 0
                return [], ""
        except BrokenError as error:
            writer.discard(found.key)
            return [], str(error)
        except StoreError as error:
            self._unread += 1
            self._last = str(error)
            return [], f"can't be read: {error}"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to do for one part."""

    part: TablePart
    read: Sequence[Subject]
    keep: Mapping[str, float]
    changed: bool


def _plan(group: Group, known: Mapping[str, TablePart]) -> _Plan:
    of = group.declared.data_type
    objects = {key: TabledObject(subject.tag, subject.found.modified) for key, subject in group.subjects.items()}
    part = TablePart(of.source, of.name, group.season, objects)
    before = known[part.name].objects if part.name in known else {}
    read, keep, renewed = [], {}, False
    for key, subject in group.subjects.items():
        was = before.get(key)
        if was is None or was.tag != objects[key].tag or was.reason.startswith("can't be read: "):
            read.append(subject)
            continue
        renewed = renewed or was.modified != objects[key].modified
        objects[key] = replace(objects[key], reason=was.reason)
        if not was.reason:
            keep[key] = objects[key].modified
    return _Plan(part, read, keep, bool(read) or renewed or len(before.keys() - objects.keys()) > 0)


def _report(progress: Callable[[int, int], None], before: int, total: int, number: int) -> None:
    progress(before + number, total)


def _batches(subjects: Sequence[Subject]) -> Iterator[tuple[int, list[Subject]]]:
    """(how many with it, the next to be read together)."""
    batch: list[Subject] = []
    size = 0
    for number, subject in enumerate(subjects):
        if batch and (len(batch) >= AT_ONCE or size + subject.found.size > BYTES_AT_ONCE):
            yield number, batch
            batch, size = [], 0
        batch.append(subject)
        size += subject.found.size
    if batch:
        yield len(subjects), batch


def _add(writer: PartWriter, several: Iterator[Rows] | list[Rows]) -> None:
    for rows in several:
        for table, found in rows.items():
            writer.add(table, found)
