"""reconciliation_config.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.reconciliation import ReconciliationConfig
from adce_async.model.coverage import Priority


def read(**written: Any) -> ReconciliationConfig:
    return ReconciliationConfig.model_validate(written)


def test_defaults() -> None:
    config = read()
    assert (config.lake, config.s3.bucket, config.critical_days) == (None, None, 7)
    assert (config.caps, config.task_queue.max_tasks_per_run, config.task_queue.task_ttl_days) == ({}, None, 30)
    assert (config.s3.use_aws_inventory, config.s3.inventory_prefix) == (False, "inventory-reports")
    assert config.reporting.list_price_per_1000 == 0.005


def test_the_predecessors_sections_are_read() -> None:
    config = read(
        s3={
            "bucket": "some-bucket", "use_aws_inventory": True,
            "inventory_bucket": "some-bucket", "inventory_prefix": "reports/",
        },
        gap_detection={"critical_threshold_days": 3},
        task_queue={"max_tasks_per_priority": {"critical": 100, "Low": 0}},
    )  # fmt: skip
    assert config.s3.inventory_prefix == "reports"
    assert config.critical_days == 3
    assert config.caps == {Priority.CRITICAL: 100, Priority.LOW: 0}


def test_where_inventory_reports_lie_and_how_old_they_may_be() -> None:
    s3 = read(s3={"inventory_prefix": "", "inventory_max_age_hours": 12}).s3
    assert (s3.inventory_prefix, s3.inventory_max_age_hours) == ("", 12)
    assert read().s3.inventory_max_age_hours == 48
    assert read(s3={"inventory_prefix": "a/b/"}).s3.inventory_prefix == "a/b"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"s3": {"bucket": "Upper"}}, "expected the name of an S3 bucket"),
        ({"s3": {"bucket": "s3://x"}}, "expected the name of an S3 bucket"),
        ({"s3": {"inventory_prefix": "a\\b"}}, "expected the beginning of keys, such as inventory-reports/"),
        (
            {"s3": {"inventory_max_age_hours": 0}},
            "expected a number of hours, 0.0001 or greater, at most 8760 (a year)",
        ),
        ({"task_queue": {"max_tasks_per_priority": {"urgent": 1}}}, "expected CRITICAL, HIGH, MEDIUM or LOW"),
        (
            {"task_queue": {"max_tasks_per_priority": {"low": -1}}},
            "expected a whole number, 0 or greater, at most 1e12",
        ),
        ({"task_queue": {"max_tasks_per_run": 0}}, "expected a whole number, greater than 0, at most 1e12"),
        (
            {"gap_detection": {"critical_threshold_days": -1}},
            "expected a number of days, 0 or greater, at most 36500 (a century)",
        ),
        ({"reporting": {"list_price_per_1000": -1}}, "expected a number, 0 or greater, at most 1e12"),
        ({"lake": ""}, "expected one line of text, not empty"),
    ],
)
def test_what_makes_no_sense_is_an_error(written: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(**written)
    assert [error["msg"].startswith(problem) for error in caught.value.errors()] == [True], caught.value.errors()
