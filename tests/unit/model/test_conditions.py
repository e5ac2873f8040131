"""Each trouble is of one kind."""

from __future__ import annotations

import pytest

from adce_async.model.conditions import CONDITIONS, OTHER, condition_of


@pytest.mark.parametrize(
    ("name", "text", "condition"),
    [
        ("reconciler", "the pass failed", "reconciliation_daemon_stopped"),
        ("source espn", "breaker open after 5 failures", "breaker_open"),
        ("source espn", "cooling for 9 s", "source_blocked"),
        ("error rate", "", "high_error_rate"),
        ("robots.txt of ant.test", "can't be had", "source_blocked"),
        ("disk of the lake", "", "disk_low"),
        ("guardrail success", "", "guardrail"),
        ("schedule night", "", "schedule"),
        ("alert channel slack", "", "alert_channel"),
        ("storage", "", OTHER),
        ("loops", "reconciler: silent", OTHER),
        ("configuration", "", OTHER),
    ],
)
def test_the_condition_of_a_trouble(name: str, text: str, condition: str) -> None:
    assert condition_of(name, text) == condition
    assert condition in {*CONDITIONS, OTHER}
