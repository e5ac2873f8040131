"""The section `health_check` of autonomous_config.yaml: the HTTP server."""

from __future__ import annotations

from adce_async.config.files.base import Model
from adce_async.config.files.fields import (
    Flag,
    Hours,
    Minutes,
    OneLine,
    Port,
    Seconds,
    Share,
)


class AlertThresholds(Model):
    """When something is wrong enough to tell people."""

    reconciliation_daemon_down_minutes: Minutes = 5
    """Minutes without a sign of life of the reconciler beyond its interval; default 5."""
    orchestrator_timeout_minutes: Minutes = 60
    """Minutes that one reconciliation pass may take; default 60."""
    task_queue_stale_hours: Hours = 24
    """Hours in which tasks wait and none is finished; default 24."""
    error_rate_threshold: Share = 0.1
    """Share, from 0 to 1, of attempts that fail; default 0.1."""


class HealthCheck(Model):
    """The HTTP server: health, figures, dashboard."""

    enabled: Flag = True
    """Default true. False: no HTTP server, and `status`, `health`, `stop` of the command line have nobody to ask."""
    host: OneLine = "127.0.0.1"
    """Address to listen on; default 127.0.0.1: the pages name every file of the lake."""
    port: Port = 8080
    """TCP port; default 8080; 0 takes any free one (the log says which)."""
    check_interval_seconds: Seconds = 5
    """Seconds between looks at the components' signs of life and the sources' troubles; default 5."""
    alert_thresholds: AlertThresholds = AlertThresholds()
    """When something is wrong enough to tell people."""
