"""autonomous_config.yaml: defaults, old forms, and that nothing is read and silently ignored."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.keys import leaves
from adce_async.model.coverage import Priority


def read(**written: Any) -> AutonomousConfig:
    return AutonomousConfig.model_validate(written)


def error(**written: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(**written)
    (one,) = caught.value.errors()
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


def test_defaults() -> None:
    config = read()
    found = {".".join(path): value for path, value in leaves(config) if len(path) == 1}
    assert found == {
        "enabled": True,
        "dry_run": False,
        "reconciliation_interval_minutes": 15,
        "task_queue_check_seconds": 10,
        "min_tasks_to_trigger": 1,
        "max_orchestrator_runtime_minutes": None,
        "max_concurrent_scrapers": 5,
        "max_retries": 3,
        "retry_delay_seconds": 5,
        "retry_max_delay_seconds": 300,
        "exponential_backoff": True,
        "task_timeout_seconds": 300,
        "grace_seconds": 30,
        "lease_seconds": 60,
        "park_not_found_days": 7,
        "task_queue_file": None,
        "state_db": None,
        "version": None,
        "last_updated": None,
        "metadata": None,
    }
    assert config.reconciliation_interval_seconds == 900.0
    assert config.test_mode.enabled is False
    assert config.task_processing.priority_order == tuple(Priority)
    assert (config.task_processing.max_tasks_per_run, config.task_processing.dispatch) == (None, "weighted")
    assert (config.health_check.host, config.health_check.port) == ("127.0.0.1", 8080)
    assert (config.logging.level, config.logging.format) == ("INFO", "console")
    assert config.resource_limits.max_response_bytes == 64 * 1024 * 1024
    assert (config.metrics.cloudwatch.enabled, config.metrics.cloudwatch.namespace) == (False, "ADCE/Orchestrator")


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ({"reconciliation_interval_hours": 0.5}, "reconciliation_interval_minutes", 30),
        ({"test_mode": True}, "test_mode.enabled", True),
        ({"test_mode": {"enabled": True}}, "test_mode.enabled", True),
        ({"dry_run": True}, "dry_run", True),
        ({"dry_run": {"enabled": True}}, "dry_run", True),
        ({"health_check_port": 9}, "health_check.port", 9),
        ({"health_check": {"port": 0}}, "health_check.port", 0),
        ({"task_processing": {"priority_weighting": {"enabled": False}}}, "priority_weighting.enabled", False),
        ({"priority_weighting": {"age_multiplier": 2}}, "priority_weighting.age_weight", 2),
        ({"integration": {"dims": {"enabled": False}}}, "metrics.dims_integration", False),
        ({"metrics": {"prometheus": {"enabled": False}}}, "metrics.prometheus", False),
        ({"metrics": {"cloudwatch": True}}, "metrics.cloudwatch.enabled", True),
        ({"logging": {"level": "warn"}}, "logging.level", "WARNING"),
        ({"task_processing": {"dispatch": "Strict"}}, "task_processing.dispatch", "strict"),
        ({"enabled": None}, "enabled", True),
    ],
)
def test_old_and_short_forms(written: dict[str, Any], key: str, value: Any) -> None:
    assert {".".join(path): found for path, found in leaves(read(**written))}[key] == value


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            {"reconciliation_interval_minutes": 15, "reconciliation_interval_hours": 1},
            ": reconciliation_interval_hours: given twice, as 'reconciliation_interval_minutes' (15) and as 'reconcil",
        ),
        (
            {"priority_weighting": {}, "task_processing": {"priority_weighting": {}}},
            ": task_processing.priority_weighting: given twice, as 'priority_weighting' and as 'task_processing.prior",
        ),
        (
            {"reconciliation_interval_minutes": 0},
            "reconciliation_interval_minutes: expected a number of minutes, 0.01 or greater, at most 525600 (a year)",
        ),
        ({"max_concurrent_scrapers": 0}, "max_concurrent_scrapers: expected a whole number from 1 to 1000"),
        ({"max_concurrent_scrapers": 1001}, "max_concurrent_scrapers: expected a whole number from 1 to 1000"),
        ({"max_retries": 1.5}, "max_retries: expected a whole number, 0 or greater, at most 1e12"),
        (
            {"task_processing": {"priority_order": ["HIGH", "LOW"]}},
            "task_processing: priority_order: got HIGH, LOW; expected CRITICAL, HIGH, MEDIUM and LOW, each once",
        ),
        (
            {"retry_delay_seconds": 301},
            ": retry_max_delay_seconds: got 300; expected at least 'retry_delay_seconds' (301)",
        ),
        ({"dry_run": {"enabled": True, "extra": 1}}, "dry_run: expected true or false"),
    ],
)
def test_what_makes_no_sense_is_an_error(written: dict[str, Any], problem: str) -> None:
    assert error(**written).startswith(problem)


def test_agreeing_old_and_new_intervals_are_no_error() -> None:
    assert (
        read(reconciliation_interval_minutes=60, reconciliation_interval_hours=1).reconciliation_interval_seconds
        == 3600
    )
