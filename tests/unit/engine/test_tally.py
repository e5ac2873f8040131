"""Outcomes are counted by verdict, by priority and by scraper."""

from __future__ import annotations

from dataclasses import replace

from adce_async.engine.tally import Tally
from adce_async.model.coverage import Priority
from adce_async.model.task import Verdict
from adce_async.testing.example_tasks import task

HIGH = replace(task("ant/1.json"), priority=Priority.HIGH, scraper="ant_items")
LOW = replace(task("bee/1.json"), priority=Priority.LOW, scraper="bee_items")


def test_each_outcome_counts_in_all_three_tables() -> None:
    tally = Tally()
    for one, verdict in ((HIGH, Verdict.STORED), (HIGH, Verdict.STORED), (HIGH, Verdict.RETRY), (LOW, Verdict.PARKED)):
        tally.count(one, verdict)
    assert tally.by_verdict == {"stored": 2, "retry": 1, "parked": 1}
    assert tally.by_priority == {"HIGH": {"stored": 2, "retry": 1}, "LOW": {"parked": 1}}
    assert tally.by_scraper == {"ant_items": {"stored": 2, "retry": 1}, "bee_items": {"parked": 1}}


def test_nothing_is_counted_before() -> None:
    assert (Tally().by_verdict, Tally().by_priority, Tally().by_scraper) == ({}, {}, {})
