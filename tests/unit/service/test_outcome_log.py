"""One line a finished attempt, which says what happens next."""

from __future__ import annotations

import pytest
import structlog

from adce_async.engine.events import GapsFound, OutcomeRefused, TaskSettled
from adce_async.model.days import from_iso
from adce_async.model.task import Outcome, Verdict
from adce_async.service.outcome_log import log_outcome, log_settled
from adce_async.testing.example_tasks import task

TASK = task("ant/1.json", source="ant")
AT = from_iso("2025-01-15T13:00:00Z")


def line(outcome: Outcome) -> dict[str, object]:
    with structlog.testing.capture_logs() as lines:
        log_outcome(TASK, outcome)
    (only,) = lines
    return dict(only)


@pytest.mark.parametrize("verdict", [Verdict.STORED, Verdict.UNCHANGED])
def test_what_went_well_is_said_without_a_reason(verdict) -> None:
    assert line(Outcome("ant/1.json", verdict)) == {
        "log_level": "info", "event": verdict.value, "source": "ant", "key": "ant/1.json",
    }  # fmt: skip


def test_what_is_given_up_is_a_warning_with_the_way_back() -> None:
    assert line(Outcome("ant/1.json", Verdict.PARKED, "HTTP 404")) == {
        "log_level": "warning", "event": "gave up", "source": "ant", "key": "ant/1.json", "why": "HTTP 404",
        "next": "parked: `adce parked retry KEY` brings it back",
    }  # fmt: skip


@pytest.mark.parametrize("verdict", [Verdict.RETRY, Verdict.RELEASED])
@pytest.mark.parametrize(("at", "then"), [(AT, "again from 2025-01-15T13:00:00Z"), (0.0, "again as soon as it can")])
def test_what_is_tried_again_says_when(verdict, at, then) -> None:
    told = line(Outcome("ant/1.json", verdict, "silent for 60 s", not_before=at))
    assert told == {
        "log_level": "info", "event": "not stored", "source": "ant", "key": "ant/1.json", "why": "silent for 60 s",
        "next": then,
    }  # fmt: skip


def test_each_settled_task_has_its_line_and_nothing_else_has_one() -> None:
    stored, parked = Outcome("ant/1.json", Verdict.STORED), Outcome("ant/1.json", Verdict.PARKED, "HTTP 404")
    events = [
        TaskSettled(TASK, stored, 0.1, 10), GapsFound(3, 1), OutcomeRefused(TASK, stored),
        TaskSettled(TASK, parked, 0.1, 0),
    ]  # fmt: skip
    with structlog.testing.capture_logs() as lines:
        log_settled(events)
    assert [each["event"] for each in lines] == ["stored", "gave up"]
