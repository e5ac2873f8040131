"""The published metrics have the names and units that dashboards were made for."""

from __future__ import annotations

import re

from adce_async.model.cloudwatch import METRICS

PUBLISHED = {
    "TaskDuration": "Seconds",
    "TaskCount": "Count",
    "OrchestratorDuration": "Seconds",
    "TasksCompleted": "Count",
    "TasksFailed": "Count",
    "TaskSuccessRate": "Percent",
    "RateLimitUtilization": "Percent",
}


def test_the_published_names_are_there_with_their_units() -> None:
    assert {name: METRICS[name].unit for name in PUBLISHED} == PUBLISHED


def test_each_is_explained_and_has_dimensions_of_closed_sets() -> None:
    for name, metric in METRICS.items():
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
        assert metric.name == name
        assert len(metric.help) > 10
        assert metric.by in (None, "Scraper", "Source", "Priority", "Kind")
