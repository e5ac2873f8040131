"""How far a run is: a bar with an ETA on a terminal, a plain line every few seconds otherwise."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Protocol

import click
import structlog

from adce_async.app import Parts
from adce_async.engine.events import Event, TaskSettled
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.service.outcome_log import log_outcome

log = structlog.get_logger("adce.progress")


class Progress(Protocol):
    """What a run reports to."""

    def passed(self, report: PassReport) -> None:
        """A reconciliation pass is done."""
        ...

    def outcome(self, task: Task, outcome: Outcome) -> None:
        """An attempt is done."""
        ...


def follow(parts: Parts, shown: Progress) -> contextlib.AbstractAsyncContextManager[None]:
    """Within the block `shown` is told of each attempt that is settled."""

    def tell(events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TaskSettled):
                shown.outcome(event.task, event.outcome)

    return parts.events.feeding("progress", tell, TaskSettled)


class Lines:
    """Plain log lines, one an attempt."""

    def passed(self, report: PassReport) -> None:
        log.info("pass done", gaps=report.gaps, tasks=report.tasks, parked=report.parked)

    def outcome(self, task: Task, outcome: Outcome) -> None:
        log_outcome(task, outcome)


class Bar:
    """A bar; the total grows as schedules bring games to light."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self.drawn = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("elapsed"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=Console(file=sys.stderr),
        )
        self._id = self.drawn.add_task("looking", total=None)
        self._done = 0

    def passed(self, report: PassReport) -> None:
        self.drawn.update(self._id, total=self._done + report.tasks, description="filling" if report.tasks else "done")

    def outcome(self, task: Task, outcome: Outcome) -> None:
        if outcome.verdict not in (Verdict.RETRY, Verdict.RELEASED):
            self._done += 1
            self.drawn.update(self._id, completed=self._done)
        if outcome.verdict is Verdict.PARKED:
            log_outcome(task, outcome)


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A bar if stderr is a terminal, lines otherwise."""
    if sys.stderr.isatty() and not quiet:
        bar = Bar()
        with bar.drawn:
            yield bar
    else:
        yield Lines()


def note(text: str) -> None:
    """A remark on stderr."""
    click.echo(text, err=True)
