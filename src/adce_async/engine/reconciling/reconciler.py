"""One pass from whole states to tasks. Level-triggered: it needs no event, message or file of anybody.

Order within a pass: gaps.json of somebody else is read first (so that we never overwrite it unread), then the lake
is listed and compared, then queue, gaps.json, coverage report and metrics are replaced, each whole.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import orjson
import structlog

from adce_async.engine.collecting.services import Recent
from adce_async.engine.events import DriftFound, Events, GapsFound, PassDone
from adce_async.engine.letting_go import let_go
from adce_async.engine.reconciling import gapfile
from adce_async.engine.reconciling.expiry import Expiry
from adce_async.engine.reconciling.indexed_survey import IndexedSurveyor
from adce_async.engine.reconciling.intake import Intake, Whole, raised, wholes
from adce_async.engine.reconciling.survey import Survey, Surveyor
from adce_async.errors import AdceError, Problem
from adce_async.model.coverage import Coverage, GapKind, Priority
from adce_async.model.cycle import CycleMetrics
from adce_async.model.days import eastern_day, iso
from adce_async.model.dimensions import Declared
from adce_async.model.seasons import season_of_day
from adce_async.model.task import Origin, Task
from adce_async.planning.plan import PlanRules, plan, within_caps
from adce_async.ports import Clock, ObjectStore, StateStore, TaskQueue

T = TypeVar("T")

log = structlog.get_logger("adce.reconciler")


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
    cycle: CycleMetrics = field(default_factory=CycleMetrics)
    drift: DriftFound | None = None
    """By kind; how much is in `cycle`."""
    dry_run: bool = False
    began: float = 0.0
    """Loop time: how long ago that was, whatever was done to the wall clock since."""

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
            **self.cycle.as_dict(),
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
class Asked:
    """What came of a task file. `keys`: all that it asks for, None: no more than what is queued anyway."""

    keys: set[str] | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """Where a pass reads and writes."""

    gaps: Path
    coverage: Path
    most_bytes: int = gapfile.MAX_FILE_BYTES
    """A gaps.json of somebody else's is read up to this size."""


class Reconciler:
    """Runs passes; one at a time."""

    def __init__(
        self,
        *,
        surveyor: Surveyor | IndexedSurveyor,
        declared: Sequence[Declared],
        rules: PlanRules,
        queue: TaskQueue,
        store: ObjectStore,
        state: StateStore,
        clock: Clock,
        recent: Recent,
        files: Files,
        list_price: float = 0.0,
        events: Events | None = None,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
    ) -> None:
        """`tell(component, what is wrong)`: '' is recovery; reports that can't be written stop nothing.

        `list_price`: US dollars for one list request.
        """
        self._rules = rules
        self._events = events or Events()
        self._tell = tell
        self._list_price = list_price
        self._gap_keys: frozenset[str] = frozenset()
        self.last: PassReport | None = None
        self.surveyor = surveyor
        self._minutes = {d.data_type.qualified: d.data_type.minutes_per_file for d in declared}
        self._queue = queue
        self._intake = Intake(
            reader=gapfile.GapFileReader(declared),
            queue=queue,
            store=store,
            state=state,
            clock=clock,
            path=files.gaps,
            most_bytes=files.most_bytes,
        )
        self._expiry = Expiry(queue, state, clock)
        self._clock = clock
        self._recent = recent
        self._files = files
        self._busy = asyncio.Lock()
        self._said: frozenset[Problem] = frozenset()

    def apply(self, rules: PlanRules, declared: Sequence[Declared], files: Files, list_price: float) -> None:
        """Plan by these from the next pass on."""
        self._list_price = list_price
        self._rules = rules
        self._minutes = {d.data_type.qualified: d.data_type.minutes_per_file for d in declared}
        self._files = files
        self._intake.apply(gapfile.GapFileReader(declared), files.gaps, files.most_bytes)

    async def run(self, *, dry_run: bool = False) -> PassReport:
        """One pass. Raises StoreError or QueueError; then nothing has been replaced."""
        async with (
            self._busy
        ):  # a pass replaces the whole queue: of two at once, each would drop what the other planned
            loop = asyncio.get_running_loop()
            began = loop.time()
            report = PassReport(self._clock.now(), dry_run=dry_run, began=began)
            if not dry_run:
                report.problems = await self._intake.read()
            self._recent.begin()
            survey = await self.surveyor.look(self._recent.all)
            report.refused = tuple(survey.problems)
            self._say_refused(report.refused)
            keys = await asyncio.to_thread(_keys, survey)
            asked = await self._intake.seasons()
            self._intake.wants_pass = self._intake.brought = False
            if not dry_run:
                self._intake.found(keys, report.started_at)
            compared = loop.time()
            tasks = await self._plan(survey, keys, asked=asked, dry_run=dry_run)
            report.cycle, report.drift = survey.cycle, survey.drift
            report.cycle.plan_seconds = loop.time() - compared
            report.cycle.list_cost_usd = report.cycle.list_operations * self._list_price
            report.listed, report.coverage, report.gaps = survey.listed, survey.coverage, survey.gaps
            report.never_final = survey.never_final
            report.seconds = loop.time() - began
            await self._publish(report, tasks, asked, dry_run=dry_run)
            self.last = report
            new = await asyncio.to_thread(lambda: len(keys - self._gap_keys))
            self._say_done(report, new)
            self._gap_keys = keys
            gaps = [gap for found in survey.findings for gap in found.gaps]
            del survey
            await let_go(gaps, tasks)
            return report

    async def changed(self, keys: Collection[str]) -> PassReport:
        """Something about `keys` has changed: what it means for them and for what derives from them becomes tasks now.

        Raises StoreError or QueueError; then nothing has been replaced.
        """
        log.debug("changed", keys=len(keys))
        return await self.run()

    def _say_done(self, report: PassReport, new: int) -> None:
        """`new`: gaps that the pass before this one had not found."""
        if report.drift is not None:
            self._events.publish(report.drift)
        self._events.publish(GapsFound(report.gaps, new, report.by_kind))
        if report.dry_run:  # the queue is not what it planned, and nobody's figures change
            return
        self._events.publish(
            PassDone(
                report.gaps,
                report.tasks,
                report.parked,
                report.listed,
                report.seconds,
                _figures(report),
                report.by_kind,
                report.cycle,
                report.coverage,
                report.started_at,
            )
        )

    def _say_refused(self, refused: tuple[Problem, ...]) -> None:
        """Each once, as long as it stays."""
        for problem in refused:
            if problem not in self._said:
                log.warning("an item is refused", problem=str(problem), next="all others are taken")
        self._said = frozenset(refused)

    async def read_gap_file(self) -> bool:
        """Read gaps.json if somebody else wrote it; True if it brought something."""
        await self._intake.read()
        return self._intake.brought

    async def passes_over_gap_file(self) -> bool:
        """Whether somebody's gaps.json waits here to be read; it is not."""
        return await self._intake.is_asked()

    async def take_file(self, path: Path | None) -> Asked:
        """Queue what a task file asks for (None: gaps.json, if it is not ours).

        Raises FixMeError, with line and column, if nothing in the file can be taken; then nothing has changed.
        """
        if path is None:
            await self.read_gap_file()
            if self.wants_pass:
                await self.run()
            return Asked(None)
        read = await self._intake.look_at(path)
        async with self._busy, self._intake.lock:
            await self._intake.take(read)
        keys = {task.key for task in read.tasks}
        if asked := wholes(read):
            await self.run()
            keys |= {task.key for task in await self._queue.tasks() if _is_of(task, asked)}
        return Asked(keys, read.problems)

    async def preview(self, path: Path | None) -> tuple[list[Task], tuple[Problem, ...]]:
        """The tasks that `take_file` would leave to be run, and what is wrong with the file; nothing changes."""
        read = await (self._intake.look() if path is None else self._intake.look_at(path))
        tasks = {task.key: task for task in await self._queue.tasks()}
        tasks |= {task.key: task for task in await self._intake.wanted(read.tasks)}
        if asked := wholes(read):
            async with self._busy:
                survey = await self.surveyor.look(self._recent.all)
                planned = await self._plan(survey, _keys(survey), asked=asked, dry_run=True)
            tasks = {**{task.key: task for task in planned}, **tasks}
        if path is not None:
            keys = {task.key for task in read.tasks}
            tasks = {key: task for key, task in tasks.items() if key in keys or _is_of(task, asked)}
        parked = {entry.key: entry.fingerprint for entry in await self._queue.parked()}
        return [t for t in tasks.values() if t.force or parked.get(t.key) != t.fingerprint], read.problems

    @property
    def wants_pass(self) -> bool:
        """True if gaps.json asked for whole seasons, which only a pass can turn into keys."""
        return self._intake.wants_pass

    async def _plan(
        self, survey: Survey, keys: frozenset[str], *, asked: Mapping[Whole, Priority], dry_run: bool
    ) -> list[Task]:
        """`keys`: of all gaps."""
        now = self._clock.now()
        if dry_run:
            ages: Mapping[str, float] = {task.key: task.detected_at for task in await self._queue.tasks()}
        else:
            ages = await self._queue.remember(keys, now)
        rules = replace(self._rules, current_season=season_of_day(eastern_day(now)))
        lately = self._recent.all()  # stored after its data type was compared: no gap any more

        def work() -> list[Task]:
            tasks = plan(survey.findings, rules, now=now, first_detected=ages)
            tasks = [task for task in tasks if task.key not in lately]
            return within_caps(raised(tasks, asked), rules, now)

        return await asyncio.to_thread(work)

    async def _publish(
        self, report: PassReport, tasks: list[Task], asked: Mapping[Whole, Priority], *, dry_run: bool
    ) -> None:
        parked = {entry.key: entry.fingerprint for entry in await self._queue.parked()}
        open_tasks = await asyncio.to_thread(_count, report, tasks, parked)
        if dry_run:
            return
        lately = self._recent.all()  # stored meanwhile, and settled perhaps: not to be planned once more
        await self._queue.replace([task for task in tasks if task.key not in lately])
        await self._intake.settle(asked, tasks)
        async with self._intake.lock:
            # dropped while we were looking: never overwritten unread
            report.problems = tuple(dict.fromkeys((*report.problems, *await self._intake.ingest())))
            asked_for = await self._queue.tasks(Origin.FILE)
            asked_for = await self._expiry.drop(asked_for, self._rules.asked_seconds)
            await self._write_files(report, open_tasks, asked_for)
        await let_go(open_tasks)

    async def _write_files(self, report: PassReport, tasks: Sequence[Task], asked: Sequence[Task]) -> None:
        now = self._clock.now()
        coverage = {"generated_at": iso(now), **coverage_document(report.coverage, report.never_final)}

        def write_coverage() -> None:
            gapfile.write_whole(self._files.coverage, orjson.dumps(coverage, option=orjson.OPT_INDENT_2))

        def write_gaps() -> str | None:
            if self._intake.in_the_way:
                return None
            all_of_them = {task.key: task for task in (*tasks, *asked)}
            body = gapfile.render(all_of_them.values(), now, lambda name: self._minutes.get(name, 1.0))
            # somebody's file that came since we looked is not written over; whoever watches it has it read
            seen = self._intake.seen
            written = gapfile.write_whole(self._files.gaps, body, lambda: gapfile.stamp_of(self._files.gaps) == seen)
            return gapfile.digest(body) if written else None

        await self._report("coverage report", asyncio.to_thread(write_coverage))
        fingerprint = await self._report("gaps report", asyncio.to_thread(write_gaps))
        if fingerprint is not None:
            await self._intake.wrote(fingerprint)

    async def _report(self, name: str, written: Awaitable[T]) -> T | None:
        """What comes of `written`. Truth is the lake: a report that can't be written is trouble, and stops nothing."""
        try:
            result = await written
        except AdceError as error:
            self._tell(name, f"{error}; everything else goes on")
            return None
        self._tell(name, "")
        return result


def _figures(report: PassReport) -> dict[str, float | int | str]:
    """For `ports.MetricsSink`; the names are those of the DIMS file."""
    return {
        "last_reconciliation": iso(report.started_at),
        "reconciliation_duration_seconds": round(report.seconds, 3),
        "reconciliation_total_gaps": report.gaps,
        "reconciliation_critical_gaps": report.by_priority["CRITICAL"],
        "reconciliation_task_queue_size": report.tasks,
    }


def _keys(survey: Survey) -> frozenset[str]:
    return frozenset(gap.expectation.key for found in survey.findings for gap in found.gaps)


def _count(report: PassReport, tasks: Sequence[Task], parked: Mapping[str, str]) -> list[Task]:
    """Enter what the tasks come to; returns those that are not parked."""
    open_tasks = [t for t in tasks if parked.get(t.key) != t.fingerprint or t.key not in parked]
    report.tasks = len(open_tasks)
    report.parked = len(tasks) - len(open_tasks)
    report.by_kind = _by_kind(report.coverage)
    by_priority = Counter(task.priority for task in open_tasks)
    report.by_priority = {priority.name: by_priority[priority] for priority in Priority}
    return open_tasks


def _by_kind(rows: Sequence[Coverage]) -> dict[str, int]:
    """All gaps, also those for which the queue has no room."""
    counts = {kind.value: sum(getattr(row, kind.value) for row in rows) for kind in GapKind}
    return {kind: count for kind, count in counts.items() if count}


def _is_of(task: Task, asked: Mapping[Whole, Priority]) -> bool:
    """True if its whole season is asked for."""
    name = f"{task.source}.{task.data_type}"
    return (name, task.season) in asked or (name, None) in asked
