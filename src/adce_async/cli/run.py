"""run, reconcile, execute: the commands that change the lake."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from adce_async.app import Parts, open_parts
from adce_async.cli import logs, render
from adce_async.cli.common import Loaded, load_all, read_all, run_async
from adce_async.cli.logpipe import stderr_piped
from adce_async.cli.options import FAILURE, FIX_ME, GAPS_LEFT, Globals
from adce_async.cli.progress import follow, note, progress
from adce_async.config.saying.difference import differences
from adce_async.config.settings import Settings
from adce_async.engine.kept_alive import LoopDiedError
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.errors import Problem, StoreUnreachableError
from adce_async.model.coverage import Priority
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.resources import cloudwatch, memory_bytes, open_files, prometheus_figures, web_read_token, web_token
from adce_async.service.figures import FAMILIES, Readings
from adce_async.service.lifecycle import Lifecycle
from adce_async.service.loops import Service
from adce_async.service.notify import Notifier
from adce_async.service.published import publishing
from adce_async.service.reload import Reloader
from adce_async.service.runs import RunResult, run_once
from adce_async.service.runs import execute as execute_queue
from adce_async.service.serving import Access, offered_once
from adce_async.supervisor import Stop, StoppedError

MAX_LISTED = 20
"""Gaps that are named at the end of a run; the rest are counted."""


@stderr_piped()
def run(
    given: Globals,
    once: bool,
    max_wait: float,
    dry_run: bool,
    test_mode: bool,
    interval_minutes: float | None,
    interval_hours: float | None,
    as_json: bool,
    detached: bool = False,
) -> int:
    """The 24/7 service: reconcile at each interval, fill gaps in between, until SIGTERM or Ctrl-C."""
    flags: dict[str, Any] = {
        "reconciliation_interval_minutes": interval_minutes,
        "reconciliation_interval_hours": interval_hours,
        "dry_run": True if dry_run else None,
        "test_mode__enabled": True if test_mode else None,
    }
    loaded = load_all(given, quiet=once and sys.stderr.isatty(), **flags)
    if once:
        try:
            return run_async(_once(loaded, max_wait, as_json=as_json))
        except (StoreUnreachableError, StoppedError) as error:
            note(str(error))
            return GAPS_LEFT
    default = loaded.settings.paths.log_file if detached else None
    with logs.filed(loaded.settings, default, alone=detached), contextlib.suppress(StoppedError):
        return run_async(_serve(loaded, lambda day: read_all(given, day, **flags)))
    return 0


async def _serve(loaded: Loaded, read: Callable[[dt.date], Loaded]) -> int:
    stop = Stop(loaded.settings.service.grace_seconds)
    notifier = Notifier.of(os.environ)
    with stop.on_signals(), stop.last_words(logs.finish):
        async with stop.entering(
            open_parts(loaded.rules, loaded.resources, loaded.catalog, haste=stop.haste, shared=True)
        ) as parts:
            reloader = Reloader(parts, loaded, read, differences, parts.health.trouble, partial(_swapped, stop))
            pool = parts.pool
            lifecycle = Lifecycle(
                parts.health, stop, notifier, loaded.settings.paths.pid_file,
                lambda: f"{len(pool.running_tasks)} running, {pool.waiting} waiting",
            )  # fmt: skip
            try:
                async with lifecycle.watched(), publishing(parts, cloudwatch):
                    await Service(parts, stop, reloader, lifecycle, _access(loaded.settings, parts)).run()
            except LoopDiedError as died:
                note(f"adce: {died}")
                return FAILURE
    return 0


def _access(settings: Settings, parts: Parts) -> Access:
    said = settings.service.health_check
    return Access(
        web_token(said.token_file, os.environ), web_read_token(said.read_token_file, os.environ), logs.set_level_of,
        prometheus_figures(FAMILIES, Readings(parts, memory_bytes, open_files)),
    )  # fmt: skip


def _swapped(stop: Stop, settings: Settings) -> None:
    """What neither part of the engine keeps."""
    stop.grace = settings.service.grace_seconds
    logs.apply(settings)


async def _once(loaded: Loaded, max_wait: float, *, as_json: bool) -> int:
    stop = Stop(loaded.settings.service.grace_seconds)
    with stop.on_signals(), progress(quiet=as_json) as shown:
        opening = stop.entering(open_parts(loaded.rules, loaded.resources, loaded.catalog, haste=stop.haste))
        async with opening as parts, follow(parts, shown):
            _say_recovered(parts)
            async with publishing(parts, cloudwatch), offered_once(parts, stop, _access(loaded.settings, parts)):
                result = await run_once(parts, stop, max_wait=max_wait, on_pass=shown.passed)
            parked = await parts.ports.queue.parked()
    assert result.report is not None
    if as_json:
        render.show_json({"pass": result.report.as_dict(), "summary": result.summary.as_dict()})
    else:
        render.summary_text(result.summary)
        click.echo()
        render.coverage_table(result.report.coverage)
        render.never_final(result.report.never_final)
        _say_problems(result.report)
        for entry in parked[:MAX_LISTED]:
            note(f"parked: {entry.key}: {entry.reason}")
        if len(parked) > MAX_LISTED:
            note(f"parked: {len(parked) - MAX_LISTED} more, see `adce parked`")
    return _exit_code(result, len(parked))


def _say_recovered(parts: Parts) -> None:
    """What was found damaged and begun anew. (The service makes an alert of it.)"""
    for name, said in parts.recovered.items():
        note(f"warning: {name}: {said}")


def _say_problems(report: PassReport) -> None:
    for problem in (*report.problems, *report.refused):
        note(f"refused: {problem}")


def _exit_code(result: RunResult, parked: int) -> int:
    if result.report is not None and result.report.complete:
        return 0
    if result.stopped:  # the report is from before what has been done since
        note(f"stopped early: {result.summary.skipped} tasks still queued, {parked} parked; run it again to go on")
    elif result.report is not None:
        note(gaps_left(result.report))
    return GAPS_LEFT


def gaps_left(report: PassReport) -> str:
    """One line on what is still open."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.by_kind.items()))
    return f"{report.gaps} gaps left ({kinds}); {report.parked} of them parked, {report.tasks} still queued"


def reconcile(given: Globals, dry_run: bool, as_json: bool) -> int:
    """One pass: compare the lake with the inventory, write gaps.json and the coverage report."""
    loaded = load_all(given)
    report = run_async(_reconcile(loaded, dry_run=dry_run))
    if as_json:
        render.show_json(report.as_dict())
    else:
        render.coverage_table(report.coverage)
        render.never_final(report.never_final)
        _say_problems(report)
        click.echo(gaps_left(report) if report.gaps else "complete: no gaps")
    return GAPS_LEFT if report.gaps else 0


async def _reconcile(loaded: Loaded, *, dry_run: bool) -> PassReport:
    async with open_parts(loaded.rules, loaded.resources, loaded.catalog) as parts:
        _say_recovered(parts)
        async with publishing(parts, cloudwatch):
            return await parts.reconciler.run(dry_run=dry_run)


@stderr_piped()
def execute(
    given: Globals,
    priority: str | None,
    max_concurrent: int | None,
    dry_run: bool,
    no_reconciliation: bool,
    task_queue: Path | None,
    max_wait: float,
    as_json: bool,
) -> int:
    """Run the queue once and say what came of it."""
    loaded = load_all(given, quiet=sys.stderr.isatty(), max_concurrent_scrapers=max_concurrent)
    only = Priority[priority.upper()] if priority else None
    return run_async(
        _execute(loaded, only, task_queue, max_wait, dry_run=dry_run, reconcile=not no_reconciliation, as_json=as_json)
    )


async def _execute(
    loaded: Loaded,
    only: Priority | None,
    task_queue: Path | None,
    max_wait: float,
    *,
    dry_run: bool,
    reconcile: bool,
    as_json: bool,
) -> int:
    stop = Stop(loaded.settings.service.grace_seconds)
    with stop.on_signals(), progress(quiet=as_json or dry_run) as shown:
        async with (
            open_parts(loaded.rules, loaded.resources, loaded.catalog, haste=stop.haste) as parts,
            follow(parts, shown),
        ):
            _say_recovered(parts)
            if dry_run:
                tasks, problems = await parts.reconciler.preview(task_queue)
                backlog = Backlog.of(tasks, lambda task: only is None or task.priority is only, parts.pool.rules.score)
                _show_tasks(backlog.in_order(parts.ports.clock.now()), as_json=as_json)
                return _say_refused(problems)
            asked = await parts.reconciler.take_file(task_queue)
            keys = asked.keys
            parts.pool.select(
                lambda task: (only is None or task.priority is only) and (keys is None or task.key in keys)
            )
            if not (await parts.ports.queue.counts()).queued:
                note("nothing is queued: `adce reconcile` looks for gaps, `adce run --once` fills them as well")
            async with publishing(parts, cloudwatch):
                result = await execute_queue(parts, stop, max_wait=max_wait, reconcile=reconcile)
    if as_json:
        render.show_json(result.summary.as_dict())
    else:
        render.summary_text(result.summary)
    failed = result.summary.failed or result.summary.skipped
    return _say_refused(asked.problems) or (GAPS_LEFT if failed else 0)


def _say_refused(problems: Sequence[Problem]) -> int:
    """What could not be taken from a task file, for a person to fix; everything beside it was."""
    for problem in problems:
        note(str(problem))
    return FIX_ME if problems else 0


def _show_tasks(tasks: Sequence[Task], *, as_json: bool) -> None:
    """What would be run, in this order."""
    columns = ("priority", "source", "key")
    rows = [(task.priority.name, task.source, task.key) for task in tasks]
    if as_json:
        render.show_json({"tasks": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        render.table(columns, rows, spare=("priority", "source"), see="adce execute --dry-run --json")
