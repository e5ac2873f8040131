"""What the settings mean for what watches over the service: schedules, maintenance, alerts, resources, guardrails.

A part of `policies`, which makes the rules of the engine with it.
"""

from __future__ import annotations

import datetime as dt

from adce_async.config.files.alerts import Alerts
from adce_async.config.files.guardrails import GuardrailsConfig
from adce_async.config.files.health_check import AlertThresholds
from adce_async.config.files.resource_limits import ResourceLimits
from adce_async.config.files.schedules import DAYS, Maintenance, ScheduledTasks
from adce_async.config.files.telemetry import CloudWatch
from adce_async.engine.alerting import AlertRules
from adce_async.engine.conditions import Thresholds
from adce_async.engine.pressure import GIGA, MEGA, PressureRules
from adce_async.model.alert import ChannelSettings, CommandSettings, SlackSettings, SnsSettings
from adce_async.model.cloudwatch import CloudWatchRules, Prices
from adce_async.model.schedule import Schedule
from adce_async.planning.guardrails import GuardrailRules
from adce_async.planning.maintenance import Window
from adce_async.planning.pressure import Bounds

NEARLY = 0.8
"""Of a limit: from there on it is near."""


def schedules(tasks: ScheduledTasks) -> tuple[Schedule, ...]:
    """When passes are wanted, besides the regular ones."""
    return tuple(
        Schedule(
            name,
            task.schedule,
            task.timezone,
            frozenset(each.lower() for each in task.data_types),
            task.catch_up == "once",
            task.jitter_seconds,
            seconds(task.timeout_minutes),
            task.max_retries if task.retry_on_failure else 0,
        )
        for name, task in tasks.tasks.items()
    )


def alert_rules(alerts: Alerts) -> AlertRules:
    """Who is told of which troubles."""
    channels: list[ChannelSettings] = []
    email, slack, command = alerts.channels.email, alerts.channels.slack, alerts.channels.command
    if email.enabled:
        channels.append(SnsSettings(email.sns_topic_arn, email.subject_prefix))
    if slack.enabled:
        channels.append(SlackSettings(slack.webhook_url, slack.channel))
    if command.enabled:
        channels.append(CommandSettings(command.argv, command.timeout_seconds))
    return AlertRules(
        frozenset(alerts.alert_on), alerts.cooldown_minutes * 60.0, tuple(channels) if alerts.enabled else ()
    )


def cloudwatch_rules(cloudwatch: CloudWatch) -> CloudWatchRules:
    """Whether and where figures are told to CloudWatch, and what that costs."""
    prices = cloudwatch.prices
    return CloudWatchRules(
        cloudwatch.enabled, cloudwatch.namespace, cloudwatch.region, cloudwatch.profile, cloudwatch.endpoint_url,
        cloudwatch.interval_seconds, cloudwatch.breakdown,
        Prices(
            prices.metric_month, prices.requests_per_1000, prices.alarm_month, prices.dashboard_month, prices.as_of
        ),
    )  # fmt: skip


def digest_time(alerts: Alerts) -> Schedule | None:
    """When it is told how the day was; None: never."""
    if not (alerts.enabled and alerts.digest.enabled):
        return None
    hour, minute = alerts.digest.time.split(":")
    return Schedule("digest", f"{int(minute)} {int(hour)} * * *", alerts.digest.timezone)


def thresholds(at: AlertThresholds) -> Thresholds:
    """When a figure is a trouble."""
    return Thresholds(
        reconciler_silent=at.reconciliation_daemon_down_minutes * 60.0,
        pass_longest=at.orchestrator_timeout_minutes * 60.0,
        stale=at.task_queue_stale_hours * 3600.0,
        error_rate=at.error_rate_threshold,
        limit_near=at.rate_limit_threshold,
    )


def pressure_rules(limits: ResourceLimits) -> PressureRules:
    """What the service may use of the machine."""
    most = limits.max_memory_mb or None
    warning = limits.memory_warning_mb if most is None or limits.memory_warning_mb is not None else NEARLY * most
    return PressureRules(
        memory=Bounds(_times(warning, MEGA), _times(most, MEGA)),
        disk=Bounds(limits.disk_space_threshold_gb * GIGA, limits.disk_space_minimum_gb * GIGA, little=True),
        files=Bounds(limits.open_files_warning_percent / 100.0, limits.open_files_limit_percent / 100.0),
        lag=Bounds(limits.loop_lag_warning_seconds, limits.loop_lag_limit_seconds),
    )


def _times(value: float | None, unit: float) -> float | None:
    return None if value is None else value * unit


def guardrail_rules(guardrails: GuardrailsConfig) -> GuardrailRules:
    """When to go back to safety."""
    return GuardrailRules(
        enabled=guardrails.enabled,
        safe_mode=guardrails.safe_mode,
        success=guardrails.success_rate_percent / 100.0,
        success_window=guardrails.success_window_hours * 3600.0,
        slower=guardrails.slower_percent / 100.0,
        throttlings=guardrails.max_throttlings_per_day,
        crashes=guardrails.crash_starts,
        crash_window=guardrails.crash_window_minutes * 60.0,
        calm=guardrails.calm_hours * 3600.0,
    )


def maintenance_windows(maintenance: Maintenance) -> tuple[Window, ...]:
    """Times at which sources are closed."""
    if not maintenance.enabled:
        return ()
    return tuple(
        Window(
            start=dt.time.fromisoformat(each.start_time),
            end=dt.time.fromisoformat(each.end_time),
            zone=each.timezone,
            day=None if each.day is None else DAYS.index(each.day),
            sources=frozenset(each.sources),
            urgent=each.allow_critical,
        )
        for each in maintenance.windows
    )


def seconds(minutes: float | None) -> float | None:
    """Of minutes, where there are any."""
    return None if minutes is None else minutes * 60.0
