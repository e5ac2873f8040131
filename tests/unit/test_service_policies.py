"""What settings mean for what watches over the service."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.test_policies import TODAY, Folder

from adce_async.engine.alerting import AlertRules
from adce_async.engine.conditions import Thresholds
from adce_async.engine.pressure import PressureRules
from adce_async.model.alert import CommandSettings, SlackSettings, SnsSettings
from adce_async.model.cloudwatch import CloudWatchRules, Prices
from adce_async.model.schedule import Schedule
from adce_async.planning.guardrails import GuardrailRules
from adce_async.planning.maintenance import Window as Closed
from adce_async.planning.pressure import Bounds
from adce_async.policies import engine_rules, safe


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_windows_of_maintenance_and_the_least_number_of_tasks(folder: Folder) -> None:
    window = {"day": "sunday", "start_time": "2:00", "end_time": "4:00", "timezone": "UTC"}
    maintenance = {"enabled": True, "windows": [window | {"sources": ["ANT"], "allow_critical": True}]}
    for enabled, expected in (
        (False, ()),
        (True, (Closed(dt.time(2), dt.time(4), "UTC", 6, frozenset({"ant"}), True),)),
    ):
        given = {"maintenance": maintenance | {"enabled": enabled}, "min_tasks_to_trigger": 7}
        settings, catalog = folder.configured(given)
        rules = engine_rules(settings, catalog, TODAY)
        assert rules.pool.windows == expected
        assert rules.service.least_tasks == 7


def test_who_is_told_of_what_and_when(folder: Folder) -> None:
    webhook = "https://hooks.test/services/T0"
    channels = {
        "slack": {"enabled": True, "webhook_url": webhook, "channel": "#x"},
        "email": {"enabled": True, "sns_topic_arn": "arn:aws:sns:us-east-1:123456789012:x"},
        "command": {"enabled": True, "argv": ["page", "me"], "timeout_seconds": 3},
    }
    digest = {"enabled": True, "time": "7:05", "timezone": "UTC"}
    alerts = {"channels": channels, "alert_on": ["drift"], "cooldown_minutes": 2, "digest": digest}
    for enabled in (True, False):
        rules = engine_rules(*folder.configured({"alerts": alerts | {"enabled": enabled}}), TODAY)
        email = SnsSettings("arn:aws:sns:us-east-1:123456789012:x", "[ADCE Alert]")
        made = (email, SlackSettings(webhook, "#x"), CommandSettings(("page", "me"), 3))
        assert rules.alerts == AlertRules(frozenset({"drift"}), 120.0, made if enabled else ())
        assert rules.service.digest == (Schedule("digest", "5 7 * * *", "UTC") if enabled else None)
    assert engine_rules(*folder.configured(), TODAY).alerts == AlertRules()


def test_figures_and_resources_have_their_thresholds(folder: Folder) -> None:
    rules = engine_rules(*folder.configured(), TODAY).service
    assert rules.thresholds == Thresholds()
    assert rules.pressure == PressureRules()
    limits = {"max_memory_mb": 0, "loop_lag_limit_seconds": 3, "disk_space_threshold_gb": 10}
    at = {"error_rate_threshold": 0.5, "task_queue_stale_hours": 1, "orchestrator_timeout_minutes": 2}
    service = {"resource_limits": limits, "health_check": {"alert_thresholds": at}}
    rules = engine_rules(*folder.configured(service), TODAY).service
    assert (rules.pressure.memory, rules.pressure.lag.limit, rules.pressure.disk.warning) == (Bounds(), 3, 1e10)
    assert (rules.thresholds.error_rate, rules.thresholds.stale, rules.thresholds.pass_longest) == (0.5, 3600, 120)


def test_guardrails_and_what_safe_mode_makes_of_the_rules(folder: Folder) -> None:
    rules = engine_rules(*folder.configured(), TODAY)
    assert rules.service.guardrails == GuardrailRules()
    given = {"enabled": False, "safe_mode": "always", "success_rate_percent": 50, "success_window_hours": 1,
             "slower_percent": 10, "max_throttlings_per_day": 3, "crash_starts": 4, "crash_window_minutes": 5,
             "calm_hours": 2}  # fmt: skip
    other = engine_rules(*folder.configured({"guardrails": given}), TODAY).service.guardrails
    assert other == GuardrailRules(False, "always", 0.5, 3600.0, 0.1, 3, 4, 300.0, 7200.0)
    lower = safe(rules)
    assert (lower.pool.size, lower.pool.score.enabled, lower.plan.score.enabled) == (1, False, False)
    assert lower.service.pass_seconds == 3600.0
    assert lower.sources == rules.sources
    hours = replace(rules, service=replace(rules.service, pass_seconds=9999.0))
    assert safe(hours).service.pass_seconds == 9999.0


def test_schedules_are_those_that_are_on(folder: Folder) -> None:
    tasks = {
        "off": {"schedule": "@daily", "enabled": False},
        "on": {
            "schedule": "0 4 * * *", "timezone": "UTC", "data_types": ["ESPN.schedule"], "catch_up": "none",
            "jitter_seconds": 5, "timeout_minutes": 60, "max_retries": 7,
        },
        "told": {"schedule": "@daily", "retry_on_failure": False},
    }  # fmt: skip
    on, told = engine_rules(*folder.configured({"scheduled_tasks": tasks}), TODAY).service.schedules
    assert on == Schedule("on", "0 4 * * *", "UTC", frozenset({"espn.schedule"}), False, 5, 3600.0, 7)
    assert told == Schedule("told", "@daily", retries=0)


def test_who_tells_cloudwatch_goes_by_what_is_written(folder: Folder) -> None:
    assert engine_rules(*folder.configured(), TODAY).service.cloudwatch == CloudWatchRules()
    assert not CloudWatchRules().enabled
    prices = {"metric_month": 0.5, "requests_per_1000": 0.02, "alarm_month": 0.2, "dashboard_month": 4, "as_of": "now"}
    written = {
        "enabled": True, "namespace": "N/S", "region": "eu-west-1", "profile": "p", "endpoint_url": "http://127.0.0.1:9",
        "interval_seconds": 300, "breakdown": False, "prices": prices,
    }  # fmt: skip
    rules = engine_rules(*folder.configured({"metrics": {"cloudwatch": written}}), TODAY)
    assert rules.service.cloudwatch == CloudWatchRules(
        True, "N/S", "eu-west-1", "p", "http://127.0.0.1:9", 300.0, False, Prices(0.5, 0.02, 0.2, 4.0, "now")
    )
