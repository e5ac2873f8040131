"""Settings that are understood and validated, and that nothing acts on yet: said aloud where somebody sets one."""

from __future__ import annotations

from collections.abc import Iterator

from adce_async.config.base import leaves
from adce_async.config.settings import Settings
from adce_async.errors import Problem

PENDING: dict[str, str] = {
    "autonomous_config.min_tasks_to_trigger": "tasks start as soon as they can",
    "autonomous_config.max_orchestrator_runtime_minutes": "`execute` runs until the queue is done",
    "autonomous_config.task_processing.priority_order": "the order is CRITICAL, HIGH, MEDIUM, LOW",
    "autonomous_config.scheduled_tasks": "passes run at their interval, and when the queue is dry",
    "autonomous_config.maintenance": "nothing pauses the service but a stop",
    "autonomous_config.health_check.alert_thresholds": "each component promises its next sign of life",
    "autonomous_config.alerts.channels": "alerts go to the log and to /health",
    "autonomous_config.metrics.cloudwatch": "figures go to metrics.yaml and /status",
    "reconciliation_config.prefixes": "what is listed follows from the inventory's patterns",
    "reconciliation_config.s3": "lakes are folders",
    "reconciliation_config.task_queue.task_ttl_days": "a task of gaps.json stays until it is done or parked",
    "scraper_config.scrapers.*.connect_timeout_seconds": "the source's holds",
    "scraper_config.scrapers.*.read_timeout_seconds": "the source's holds",
    "scraper_config.scrapers.*.max_response_bytes": "the source's holds",
}
"""Dotted key, or the section it is in (`*`: any name) -> what holds instead."""


def pending(settings: Settings) -> Iterator[Problem]:
    """A warning for each of these keys that differs from its default."""
    for name, model in settings.models.items():
        if not any(key.startswith(f"{name}.") for key in PENDING):
            continue
        defaults = dict(leaves(type(model)()))
        for path, value in leaves(model):
            key = ".".join((name, *path))
            reason = _reason((name, *path))
            if reason and value is not None and defaults.get(path) != value:
                origin = settings.origins.get(key, "")
                yield Problem(origin or name, None, ".".join(path), f"has no effect yet: {reason}")


def _reason(path: tuple[str, ...]) -> str | None:
    for key, reason in PENDING.items():
        parts = key.split(".")
        if len(parts) <= len(path) and all(a in ("*", b) for a, b in zip(parts, path, strict=False)):
            return reason
    return None
