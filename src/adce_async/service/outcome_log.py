"""One line of the log a finished attempt."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from adce_async.engine.events import Event, TaskSettled
from adce_async.model.days import iso
from adce_async.model.task import Outcome, Task, Verdict

log = structlog.get_logger("adce.service")


def log_settled(events: Sequence[Event]) -> None:
    """A handler of TaskSettled: a line each."""
    for event in events:
        if isinstance(event, TaskSettled):
            log_outcome(event.task, event.outcome)


def log_outcome(task: Task, outcome: Outcome) -> None:
    """One line a finished attempt: which source, which key, what happened, what happens next."""
    match outcome.verdict:
        case Verdict.STORED:
            log.info("stored", source=task.source, key=task.key)
        case Verdict.UNCHANGED:
            log.info("unchanged", source=task.source, key=task.key)
        case Verdict.PARKED:
            nxt = "parked: `adce parked retry KEY` brings it back"
            log.warning("gave up", source=task.source, key=task.key, why=outcome.reason, next=nxt)
        case _:
            nxt = f"again from {iso(outcome.not_before)}" if outcome.not_before else "again as soon as it can"
            log.info("not stored", source=task.source, key=task.key, why=outcome.reason, next=nxt)
