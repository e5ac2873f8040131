"""What a run reports: lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest
import structlog

from adce_async.cli.progress import Bar, Lines, note, progress
from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import task

TASK = task("ant/1.json")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def outcome(verdict: Verdict) -> Outcome:
    return Outcome(TASK.key, verdict, "why not")


def test_a_pipe_gets_lines() -> None:
    with progress() as shown:
        assert isinstance(shown, Lines)
    with structlog.testing.capture_logs() as said:
        shown.outcome(TASK, outcome(Verdict.PARKED))
    assert [(line["key"], line["why"]) for line in said] == [("ant/1.json", "why not")]


def test_a_terminal_gets_a_bar_unless_it_is_to_be_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress() as shown:
        assert isinstance(shown, Bar)
    with progress(quiet=True) as shown:
        assert isinstance(shown, Lines)


def test_the_bar_counts_what_is_done_and_not_what_will_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = Bar()
    with structlog.testing.capture_logs() as said:
        for verdict in Verdict:
            bar.outcome(replace(TASK, key=str(verdict)), outcome(verdict))
    drawn = bar.drawn.tasks[0]
    assert drawn.completed == 3  # stored, unchanged, parked
    assert len(said) == 1  # what is parked is said besides


def test_the_total_grows_as_passes_bring_games_to_light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = Bar()
    assert bar.drawn.tasks[0].total is None
    bar.passed(PassReport(0.0, tasks=4))
    bar.outcome(TASK, outcome(Verdict.STORED))
    bar.passed(PassReport(0.0, tasks=7))
    assert (bar.drawn.tasks[0].total, bar.drawn.tasks[0].description) == (8, "filling")
    bar.passed(PassReport(0.0))
    assert bar.drawn.tasks[0].description == "done"


def test_lines_tell_what_a_pass_found() -> None:
    with structlog.testing.capture_logs() as said:
        Lines().passed(PassReport(0.0, gaps=5, tasks=3, parked=2))
    assert [(line["gaps"], line["tasks"], line["parked"]) for line in said] == [(5, 3, 2)]


def test_notes_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    note("stopped early")
    assert capsys.readouterr() == ("", "stopped early\n")
