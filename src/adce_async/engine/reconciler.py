"""One pass from whole states to tasks. Level-triggered: it needs no event, message or file of anybody.

Order within a pass: gaps.json of somebody else is read first (so that we never overwrite it unread), then the lake
is listed and compared, then queue, gaps.json, coverage report and metrics are replaced, each whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import structlog

from adce_async.engine import gapfile
from adce_async.engine.context import Recent
from adce_async.engine.survey import Survey, Surveyor
from adce_async.errors import FixMeError, Problem, StoreError
from adce_async.model.coverage import Coverage, Priority
from adce_async.model.days import iso
from adce_async.model.dimensions import Declared
from adce_async.model.task import Origin, Task
from adce_async.planning.plan import PlanRules, plan, with_group_sizes, within_caps
from adce_async.ports import Clock, MetricsSink, ObjectStore, StateStore, TaskQueue

log = structlog.get_logger("adce.reconciler")

OUR_GAPS = "gaps.json sha256"
"""Name in the state store of the fingerprint of the file that we wrote last."""


@dataclass(slots=True)
class PassReport:
    """What a pass came to; `as_dict` is `reconcile --json`."""

    started_at: float
    seconds: float = 0.0
    listed: int = 0
    coverage: list[Coverage] = field(default_factory=list)
    gaps: int = 0
    tasks: int = 0
    parked: int = 0
    by_priority: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """Of gaps.json."""
    never_final: list[str] = field(default_factory=list)
    """See `Survey.never_final`."""
    refused: tuple[Problem, ...] = ()
    """Single items that can't be expected; all beside them are."""
    dry_run: bool = False

    @property
    def complete(self) -> bool:
        """True if nothing is missing, stale, small or invalid."""
        return self.gaps == 0

    def as_dict(self) -> dict[str, object]:
        """The pass's metrics."""
        expected = sum(row.expected for row in self.coverage)
        return {
            "started_at": iso(self.started_at),
            "duration_seconds": round(self.seconds, 3),
            "objects_listed": self.listed,
            "expected": expected,
            "stored": sum(row.stored for row in self.coverage),
            "gaps": self.gaps,
            "tasks": self.tasks,
            "parked": self.parked,
            "by_priority": self.by_priority,
            "by_kind": self.by_kind,
            "complete": self.complete,
            "dry_run": self.dry_run,
            "problems": [str(problem) for problem in (*self.problems, *self.refused)],
            "never_final": self.never_final,
        }


def coverage_document(rows: Sequence[Coverage], never_final: Sequence[str] = ()) -> dict[str, object]:
    """`coverage --json`: rows and totals; and games that were never called final, where there are any."""
    summed = Coverage.total(rows).as_dict()
    for name in ("source", "data_type", "season", "required"):
        del summed[name]
    document: dict[str, object] = {"rows": [row.as_dict() for row in rows], "totals": summed}
    return document | ({"never_final": list(never_final)} if never_final else {})


@dataclass(frozen=True, slots=True)
class Files:
    """Where a pass reads and writes."""

    gaps: Path
    coverage: Path


class Reconciler:
    """Runs passes; one at a time."""

    def __init__(
        self,
        *,
        surveyor: Surveyor,
        declared: Sequence[Declared],
        rules: PlanRules,
        queue: TaskQueue,
        store: ObjectStore,
        state: StateStore,
        metrics: MetricsSink | None,
        clock: Clock,
        recent: Recent,
        files: Files,
    ) -> None:
        self.rules = rules
        self.last: PassReport | None = None
        self._surveyor = surveyor
        self._reader = gapfile.GapFileReader(declared)
        self._minutes = {d.data_type.qualified: d.data_type.minutes_per_file for d in declared}
        self._queue = queue
        self._store = store
        self._state = state
        self._metrics = metrics
        self._clock = clock
        self._recent = recent
        self._files = files
        self._busy = asyncio.Lock()
        self._file = asyncio.Lock()  # of its own: a pass over a large lake takes longer than a file may wait
        self._gap_keys: set[str] = set()
        self._said: frozenset[Problem] = frozenset()
        self._extra: list[gapfile.FileTasks] = []

    async def run(self, *, dry_run: bool = False) -> PassReport:
        """One pass. Raises StoreError or QueueError; then nothing has been replaced."""
        async with self._busy:
            loop = asyncio.get_running_loop()
            began = loop.time()
            report = PassReport(self._clock.now(), dry_run=dry_run)
            if not dry_run:
                report.problems = await self._read_file()
            self._recent.begin()
            survey = await self._surveyor.look(self._recent.all)
            report.refused = tuple(survey.problems)
            self._say_refused(report.refused)
            tasks = await self._plan(survey, dry_run=dry_run)
            report.listed, report.coverage, report.gaps = survey.listed, survey.coverage, survey.gaps
            report.never_final = survey.never_final
            report.seconds = loop.time() - began
            await self._publish(report, tasks, dry_run=dry_run)
            self.last = report
            return report

    def _say_refused(self, refused: tuple[Problem, ...]) -> None:
        """Each once, as long as it stays."""
        for problem in refused:
            if problem not in self._said:
                log.warning("an item is refused", problem=str(problem), next="all others are taken")
        self._said = frozenset(refused)

    async def read_gap_file(self) -> bool:
        """Read gaps.json if somebody else wrote it; True if it brought tasks."""
        await self._read_file()
        return bool(self._extra)

    async def take_file(self, path: Path | None) -> set[str] | None:
        """Queue what a task file asks for (None: gaps.json, if it is not ours) and return its keys (None: all).

        Raises FixMeError, with line and column, if the file can't be read; then nothing has changed.
        """
        if path is None:
            await self.read_gap_file()
            if self.wants_pass:
                await self.run()
            return None
        async with self._busy:
            now = self._clock.now()
            body = await asyncio.to_thread(_read, path)
            if body is None:
                raise FixMeError(f"{path}: there is no such file")
            try:
                read = self._reader.read(gapfile.decode(body, str(path)), str(path), now)
            except gapfile.BrokenGapFileError as error:
                raise FixMeError(str(error)) from error
            if read.problems:
                raise FixMeError("\n".join(map(str, read.problems)))
            await self._queue.add(with_group_sizes([task for task in read.tasks if await self._is_wanted(task)]))
        keys = {task.key for task in read.tasks}
        if read.whole:
            self._extra.append(read)
            await self.run()
            asked = {(d.data_type.name, season) for d, season, _ in read.whole}
            keys |= {
                task.key
                for task in await self._queue.tasks()
                if (task.data_type, task.season) in asked or (task.data_type, None) in asked
            }
        return keys

    @property
    def wants_pass(self) -> bool:
        """True if gaps.json asked for whole seasons, which only a pass can turn into keys."""
        return any(extra.whole for extra in self._extra)

    async def _plan(self, survey: Survey, *, dry_run: bool) -> list[Task]:
        now = self._clock.now()
        keys = [gap.expectation.key for found in survey.findings for gap in found.gaps]
        self._gap_keys = set(keys)
        if dry_run:
            ages: Mapping[str, float] = {task.key: task.detected_at for task in await self._queue.tasks()}
        else:
            ages = await self._queue.remember(keys, now)
        tasks = await asyncio.to_thread(plan, survey.findings, self.rules, now=now, first_detected=ages)
        lately = self._recent.all()  # stored after its data type was compared: no gap any more
        tasks = self._raise_whole([task for task in tasks if task.key not in lately])
        return await asyncio.to_thread(within_caps, tasks, self.rules, now)

    def _raise_whole(self, tasks: list[Task]) -> list[Task]:
        """Entries of gaps.json that name a season but no keys: its gaps get their priority."""
        wholes = {(d.data_type.qualified, season): p for extra in self._extra for d, season, p in extra.whole}
        self._extra.clear()
        if not wholes:
            return tasks
        raised = []
        for task in tasks:
            name = f"{task.source}.{task.data_type}"
            asked = wholes.get((name, task.season), wholes.get((name, None)))
            raised.append(task if asked is None else replace(task, priority=min(task.priority, asked)))
        return with_group_sizes(raised)

    async def _publish(self, report: PassReport, tasks: list[Task], *, dry_run: bool) -> None:
        parked = {entry.key: entry.fingerprint for entry in await self._queue.parked()}
        open_tasks = [t for t in tasks if parked.get(t.key) != t.fingerprint or t.key not in parked]
        report.tasks = len(open_tasks)
        report.parked = len(tasks) - len(open_tasks)
        for task in tasks:
            report.by_kind[task.kind.value] = report.by_kind.get(task.kind.value, 0) + 1
        for priority in Priority:
            report.by_priority[priority.name] = sum(1 for t in open_tasks if t.priority is priority)
        if dry_run:
            return
        lately = self._recent.all()  # stored meanwhile, and settled perhaps: not to be planned once more
        await self._queue.replace([task for task in tasks if task.key not in lately])
        async with self._file:
            report.problems += await self._ingest()  # dropped while we were looking: never overwritten unread
            asked = [t for t in await self._queue.tasks() if t.origin is Origin.FILE]
            await self._write_files(report, {t.key: t for t in [*open_tasks, *asked]})
        if self._metrics is None:
            return
        await self._metrics.publish(
            {
                "last_reconciliation": iso(report.started_at),
                "reconciliation_duration_seconds": round(report.seconds, 3),
                "reconciliation_total_gaps": report.gaps,
                "reconciliation_critical_gaps": report.by_priority["CRITICAL"],
                "reconciliation_task_queue_size": report.tasks,
            }
        )

    async def _write_files(self, report: PassReport, tasks: Mapping[str, Task]) -> None:
        now = self._clock.now()
        coverage = {"generated_at": iso(now), **coverage_document(report.coverage, report.never_final)}

        def write() -> str:
            body = gapfile.render(tasks.values(), now, lambda name: self._minutes.get(name, 1.0))
            gapfile.write_whole(self._files.gaps, body)
            gapfile.write_whole(self._files.coverage, orjson.dumps(coverage, option=orjson.OPT_INDENT_2))
            return gapfile.digest(body)

        await self._state.set_text(OUR_GAPS, await asyncio.to_thread(write))

    async def _read_file(self) -> tuple[Problem, ...]:
        async with self._file:
            return await self._ingest()

    async def _ingest(self) -> tuple[Problem, ...]:
        """Take in gaps.json if it is not ours. A broken one is set aside and changes nothing. (Under `_file`.)"""
        body = await asyncio.to_thread(_read, self._files.gaps)
        if body is None:
            return ()
        ours = await self._state.get_text(OUR_GAPS)
        fingerprint = gapfile.digest(body)
        if fingerprint == ours:
            return ()
        now = self._clock.now()
        try:
            document = await asyncio.to_thread(gapfile.decode, body, str(self._files.gaps))
        except gapfile.BrokenGapFileError as error:
            aside = await asyncio.to_thread(gapfile.set_aside, self._files.gaps, now)
            log.error("gaps.json is broken", error=str(error), set_aside=str(aside), next="the queue stays as it was")
            return (Problem(str(self._files.gaps), None, "", f"{error}; set aside as {aside.name}"),)
        read = await asyncio.to_thread(self._reader.read, document, str(self._files.gaps), now)
        for problem in read.problems:
            log.warning("gaps.json entry refused", problem=str(problem))
        tasks = [task for task in read.tasks if await self._is_wanted(task)]
        await self._queue.add(with_group_sizes(tasks))
        await self._state.set_text(OUR_GAPS, fingerprint)
        self._extra.append(read)
        log.info("gaps.json read", tasks=len(tasks), already_stored=len(read.tasks) - len(tasks))
        return read.problems

    async def _is_wanted(self, task: Task) -> bool:
        """A key that is stored and fresh is not fetched again, unless somebody insists."""
        if task.force or task.key in self._gap_keys:
            return True
        try:
            return await self._store.head(task.key) is None
        except StoreError:
            return True


def _read(path: Path) -> bytes | None:
    try:
        if path.stat().st_size > gapfile.MAX_FILE_BYTES:
            return None
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: can't be read: {error.strerror}") from error
