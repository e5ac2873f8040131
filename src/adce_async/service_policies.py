"""What the settings mean for the loops of the service and what watches over it: schedules, alerts, resources, HTTP.

A part of `policies`, which makes the rules of the engine with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from adce_async.config.files.alerts import Alerts
from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.guardrails import GuardrailsConfig
from adce_async.config.files.health_check import AlertThresholds, HealthCheck
from adce_async.config.files.live_games import LiveGames
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
from adce_async.planning.live import LiveRules
from adce_async.planning.maintenance import Window
from adce_async.planning.pressure import Bounds
from adce_async.web.binding import Place
from adce_async.web.server import WebLimits

NEARLY = 0.8
"""Of a limit: from there on it is near."""


@dataclass(frozen=True, slots=True)
class WebRules:
    """Where the service answers, and the file in which it says under which URL."""

    host: str
    port: int
    url_file: Path
    limits: WebLimits = field(default_factory=WebLimits)
    place: Place | None = None
    """Instead of host and port."""


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """What the loops of the service keep to; times in seconds. `works`, `reconciles`: whether it does so at all."""

    works: bool = True
    reconciles: bool = True
    dry_run: bool = False
    pass_seconds: float = 900.0
    gaps_check_seconds: float = 10.0
    execute_seconds: float | None = None
    """After so long one `execute` takes no further tasks."""
    least_tasks: int = 1
    """Tasks that have to wait before the first one is started."""
    health_check_seconds: float = 30.0
    schedules: tuple[Schedule, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    pressure: PressureRules = field(default_factory=PressureRules)
    guardrails: GuardrailRules = field(default_factory=GuardrailRules)
    digest: Schedule | None = None
    """When it is told how the day was."""
    live: LiveRules = field(default_factory=LiveRules)
    web: WebRules | None = None
    prometheus: bool = True
    """Whether `/metrics` answers."""
    dims: bool = True
    """Whether the DIMS metrics file is written."""
    cloudwatch: CloudWatchRules = field(default_factory=CloudWatchRules)


def service_rules(service: AutonomousConfig, url_file: Path) -> ServiceRules:
    """What the loops of the service keep to; `url_file`: where it says under which URL it answers."""
    return ServiceRules(
        works=service.enabled and not service.dry_run,
        reconciles=service.enabled and not service.test_mode.enabled,
        dry_run=service.dry_run,
        pass_seconds=service.reconciliation_interval_seconds,
        gaps_check_seconds=service.task_queue_check_seconds,
        execute_seconds=seconds(service.max_orchestrator_runtime_minutes),
        least_tasks=service.min_tasks_to_trigger,
        health_check_seconds=service.health_check.check_interval_seconds,
        schedules=schedules(service.scheduled_tasks),
        digest=digest_time(service.alerts),
        guardrails=guardrail_rules(service.guardrails),
        pressure=pressure_rules(service.resource_limits),
        thresholds=thresholds(service.health_check.alert_thresholds),
        live=live_rules(service.live_games),
        prometheus=service.metrics.prometheus,
        dims=service.metrics.dims_integration,
        cloudwatch=cloudwatch_rules(service.metrics.cloudwatch),
        web=web_rules(service.health_check, url_file) if service.health_check.enabled else None,
    )


def live_rules(live: LiveGames) -> LiveRules:
    """How games are watched."""
    return LiveRules(live.due_seconds, live.on_seconds, live.keep_room)


def web_rules(health: HealthCheck, url_file: Path) -> WebRules:
    """Where and how HTTP is served. The token is no setting: see `resources.web_token`."""
    limits = WebLimits(
        requests_per_second=health.requests_per_second,
        burst=health.burst_size,
        connections=health.max_connections,
        names=frozenset(name.lower() for name in health.allowed_hosts),
        readers_open=health.public,
    )
    place = Place(
        health.host, health.port, None if health.socket is None else _file(health.socket),
        *((None, None) if health.tls is None else map(_file, (health.tls.certificate, health.tls.key))),
    )  # fmt: skip
    return WebRules(health.host, health.port, url_file, limits, place)


def _file(name: str) -> Path:
    return Path(name).expanduser()


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
