"""The summary of a run: what is complete, what failed, what was not attempted to an end."""

from __future__ import annotations

from adce_async.engine.summary import Summary
from adce_async.engine.tally import Tally
from adce_async.model.task import Verdict
from adce_async.testing.example_tasks import task


def test_only_what_came_to_an_end_counts_once() -> None:
    tally = Tally()
    for verdict in (Verdict.STORED, Verdict.UNCHANGED, Verdict.RETRY, Verdict.RELEASED, Verdict.PARKED):
        tally.count(task("ant/1.json"), verdict)
    summary = Summary.of(tally, 4, 1.23456, {"ant": {"tokens": 1}})
    assert (summary.total, summary.completed, summary.failed, summary.skipped) == (7, 2, 1, 4)
    document = summary.as_dict()
    assert document["duration_seconds"] == 1.235
    assert document["rate_limiting"] == {"ant": {"tokens": 1}}
    assert document["by_scraper"] == tally.by_scraper


def test_a_run_without_tasks_is_all_zeros() -> None:
    summary = Summary.of(Tally(), 0, 0.0, {})
    assert (summary.total, summary.completed, summary.failed, summary.skipped) == (0, 0, 0, 0)
