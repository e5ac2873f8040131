"""What others ask for through gaps.json (or a file like it), and what becomes of it.

A file that can't be taken changes nothing and stops nothing: it is named, and set aside. Where even that fails, it is
left where it is, and nothing is written over it. What it asks for is remembered by the queue; whole seasons, which only
a pass can turn into keys, by the state, until they have no gap any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import structlog

from adce_async.engine.reconciling import gapfile
from adce_async.errors import FixMeError, Problem, StoreError
from adce_async.model.coverage import Priority
from adce_async.model.task import Task
from adce_async.planning.plan import with_group_sizes
from adce_async.ports import Clock, ObjectStore, StateStore, TaskQueue

log = structlog.get_logger("adce.reconciler")

OUR_GAPS = "gaps.json sha256"
"""Name in the state store of the fingerprint of the file that was written last, by whichever machine."""
NODE_GAPS = "gaps.json sha256 of the node"
"""The same of the file that this machine wrote last: it lies in its folder still when another has led since."""
SEASONS = "gaps.json seasons"
"""Name in the state store of the whole seasons that are asked for."""
AT_ONCE = 5000
"""Keys that are looked up, and tasks that are copied, in one step."""

FETCH_SECONDS = 60.0
"""What is stored while a pass looks may have been fetched so long before it began, and has the time of that."""
WRITING_SECONDS, LOOKS = 0.5, 120
"""What is broken may be half written: it is looked at again after so long, this often at most, until it stays."""

Whole = tuple[str, str | None]
"""(qualified data type, season; None: all of them)"""


class Intake:
    """Reads gaps.json. `lock`: whoever reads or replaces the file holds it."""

    def __init__(
        self,
        *,
        reader: gapfile.GapFileReader,
        queue: TaskQueue,
        store: ObjectStore,
        state: StateStore,
        clock: Clock,
        path: Path,
        most_bytes: int,
    ) -> None:
        self.lock = asyncio.Lock()
        self._gaps: frozenset[str] = frozenset()
        self._gaps_at = -math.inf
        self.in_the_way = False
        """True while a file lies there that is neither ours nor taken: it must not be written over."""
        self.seen: gapfile.Stamp | None = None
        """The file as it was when it was last read: who writes over it makes sure that it still is."""
        self.brought = False
        """True if a file has brought something since the last pass."""
        self.wants_pass = False
        """True if one has asked for whole seasons since the last pass."""
        self._queue = queue
        self._store = store
        self._state = state
        self._clock = clock
        self._said = ""
        self.apply(reader, path, most_bytes)

    def apply(self, reader: gapfile.GapFileReader, path: Path, most_bytes: int) -> None:
        """Read like this from the next time on."""
        self._reader, self._path, self._most_bytes = reader, path, most_bytes

    def found(self, gaps: frozenset[str], at: float) -> None:
        """A pass that began `at` found `gaps` to be gaps: keys that are missing, or wanted although they are there."""
        self._gaps, self._gaps_at = gaps, at

    async def wrote(self, fingerprint: str) -> None:
        """The file is ours now, or was taken in."""
        await self._state.set_text(NODE_GAPS, fingerprint)
        await self._state.set_text(OUR_GAPS, fingerprint)

    async def _ours(self) -> frozenset[str]:
        """Fingerprints of files that need not be read."""
        return frozenset([await self._state.get_text(name) or "" for name in (OUR_GAPS, NODE_GAPS)])

    async def read(self) -> tuple[Problem, ...]:
        """Take in gaps.json if it is not ours."""
        async with self.lock:
            return await self.ingest()

    async def ingest(self) -> tuple[Problem, ...]:
        """The same, under `lock`. Raises QueueError; then the file is read again."""
        name = str(self._path)
        ours = await self._ours()
        try:
            loaded = await self._load(ours)
        except gapfile.BrokenGapFileError as error:
            return (await self._set_aside(error),)
        except StoreError as error:
            return (self._leave(str(error)),)
        self.in_the_way = False
        self._said = ""
        if loaded is None:
            return ()
        log.info("gaps.json is being read", next="its keys are looked up in the lake, then queued")
        read = await asyncio.to_thread(self._reader.read, loaded.document, name, self._clock.now())
        for problem in read.problems:
            log.warning("gaps.json entry refused", problem=str(problem))
        tasks = await self.wanted(read.tasks)
        await self.remember({**await self.seasons(), **wholes(read)})
        await self._queue.add(tasks)
        await self.wrote(loaded.fingerprint)
        self.brought = True
        self.wants_pass = self.wants_pass or bool(read.whole)
        log.info("gaps.json read", tasks=len(tasks), already_stored=len(read.tasks) - len(tasks))
        return read.problems

    async def _load(self, ours: Collection[str]) -> gapfile.Loaded | None:
        """The file. Raises StoreError, and BrokenGapFileError once nobody is at writing it any more."""

        def load() -> gapfile.Loaded | None:
            self.seen = gapfile.stamp_of(self._path)
            return gapfile.load(self._path, self._most_bytes, ours)

        for _ in range(LOOKS):
            before = self.seen
            with contextlib.suppress(gapfile.BrokenGapFileError):
                return await asyncio.to_thread(load)
            if self.seen == before:
                break
            await asyncio.sleep(WRITING_SECONDS)
        return await asyncio.to_thread(load)

    async def is_asked(self) -> bool:
        """Whether somebody's gaps.json waits here to be taken in; nothing changes."""
        try:
            return await asyncio.to_thread(gapfile.load, self._path, self._most_bytes, await self._ours()) is not None
        except (gapfile.BrokenGapFileError, StoreError):
            return True

    async def look(self) -> gapfile.FileTasks:
        """What gaps.json asks for if it is not ours; nothing changes."""
        ours = await self._ours()
        try:
            loaded = await asyncio.to_thread(gapfile.load, self._path, self._most_bytes, ours)
        except (gapfile.BrokenGapFileError, StoreError) as error:
            log.warning("gaps.json can't be read", error=str(error))
            loaded = None
        if loaded is None:
            return gapfile.FileTasks((), (), ())
        return await asyncio.to_thread(self._reader.read, loaded.document, str(self._path), self._clock.now())

    async def look_at(self, path: Path) -> gapfile.FileTasks:
        """What another file asks for; nothing changes. Raises FixMeError if there is nothing in it to take."""
        try:
            loaded = await asyncio.to_thread(gapfile.load, path, self._most_bytes)
        except (gapfile.BrokenGapFileError, StoreError) as error:
            raise FixMeError(str(error)) from error
        if loaded is None:
            raise FixMeError(f"{path}: there is no such file")
        read = await asyncio.to_thread(self._reader.read, loaded.document, str(path), self._clock.now())
        if read.problems and not (read.tasks or read.whole):
            raise FixMeError("\n".join(map(str, read.problems)))
        return read

    async def take(self, read: gapfile.FileTasks) -> None:
        """Queue what a file asks for."""
        await self.remember({**await self.seasons(), **wholes(read)})
        await self._queue.add(await self.wanted(read.tasks))

    async def wanted(self, tasks: Sequence[Task]) -> list[Task]:
        """A key that is stored and fresh is not fetched again, unless somebody insists."""
        doubtful = await self._doubtful([task.key for task in tasks if not task.force])
        there: set[str] = set()
        for start in range(0, len(doubtful), AT_ONCE):
            if start:
                log.info("gaps.json is being read", looked_up=start, keys=len(doubtful))
            try:
                found = await self._store.heads(doubtful[start : start + AT_ONCE])
            except StoreError as error:
                log.warning("the lake could not be asked", error=str(error), next="what is there may be fetched again")
                continue
            # a gap that was there when it was found is one still (stale, small); one that came since is none any more
            since = self._gaps_at - FETCH_SECONDS
            there.update(key for key, it in found.items() if key not in self._gaps or it.modified >= since)
        return await asyncio.to_thread(with_group_sizes, [t for t in tasks if t.force or t.key not in there])

    async def _doubtful(self, keys: Sequence[str]) -> list[str]:
        """Those of `keys` that have to be looked up: all but gaps that are queued, so not stored since."""
        gaps = self._gaps.intersection(keys)
        queued = {task.key for task in await self._queue.tasks()} if gaps else set()
        return [key for key in keys if key not in gaps or key not in queued]

    # -- whole seasons ---------------------------------------------------------------------------------------------

    async def seasons(self) -> dict[Whole, Priority]:
        """The whole seasons that are asked for."""
        text = await self._state.get_text(SEASONS)
        try:
            rows = orjson.loads(text or "[]")
            return {(str(name), None if season is None else str(season)): Priority(p) for name, season, p in rows}
        except (TypeError, ValueError) as error:
            log.warning("the seasons asked for are forgotten", error=str(error), next="ask for them once more")
            return {}

    async def remember(self, asked: Mapping[Whole, Priority]) -> None:
        """`asked` instead of what is remembered."""
        if asked != await self.seasons():
            rows = [[name, season, int(priority)] for (name, season), priority in asked.items()]
            await self._state.set_text(SEASONS, orjson.dumps(rows).decode())

    async def settle(self, asked: Mapping[Whole, Priority], tasks: Iterable[Task]) -> None:
        """The queue has committed `tasks`: of those seasons that have no gap among them nothing is asked any more."""
        if not asked:
            return
        open_seasons = await asyncio.to_thread(_open_seasons, tasks)
        async with self.lock:  # others may have been asked for since
            left = {
                whole: priority
                for whole, priority in (await self.seasons()).items()
                if whole in open_seasons or whole not in asked
            }
            await self.remember(left)

    # -- what can't be taken ---------------------------------------------------------------------------------------

    async def _set_aside(self, error: gapfile.BrokenGapFileError) -> Problem:
        try:
            aside = await asyncio.to_thread(gapfile.set_aside, self._path, self._clock.now())
        except StoreError as failure:
            return self._leave(f"{error}; it can't be set aside either: {failure}")
        self.in_the_way, self.seen = False, None
        log.error("gaps.json is broken", error=str(error), set_aside=str(aside), next="the queue stays as it was")
        return Problem(str(self._path), None, "", f"{error}; set aside as {aside.name}")

    def _leave(self, why: str) -> Problem:
        self.in_the_way = True
        if why != self._said:
            self._said = why
            log.error("gaps.json can't be taken", error=why, next="it stays as it is, and ours is not written")
        return Problem(str(self._path), None, "", f"{why}; move it away: until then ours is not written")


def _open_seasons(tasks: Iterable[Task]) -> set[Whole]:
    """The whole seasons that any of `tasks` is of; a data type's own, too."""
    named = {(task.source, task.data_type, task.season) for task in tasks}
    return {(f"{source}.{name}", of) for source, name, season in named for of in (season, None)}


def raised(tasks: Sequence[Task], asked: Mapping[Whole, Priority]) -> list[Task]:
    """`tasks`, those of whole seasons that are `asked` for with that priority at least."""
    if not asked:
        return list(tasks)
    found = []
    for task in tasks:
        name = f"{task.source}.{task.data_type}"
        priority = asked.get((name, task.season), asked.get((name, None)))
        found.append(task if priority is None else replace(task, priority=min(task.priority, priority)))
    return with_group_sizes(found)


def wholes(read: gapfile.FileTasks) -> dict[Whole, Priority]:
    """The whole seasons that a file asks for."""
    return {(declared.data_type.qualified, season): priority for declared, season, priority in read.whole}
