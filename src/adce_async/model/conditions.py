"""Kinds of trouble that people can be told of, by the names that the configuration knows."""

from __future__ import annotations

from collections.abc import Mapping

OTHER = "service"
"""What keeps the service from its work: storage, lake, queue, a loop that died, a configuration with an error in it.

It is always told.
"""
CONDITIONS: Mapping[str, str] = {
    "reconciliation_daemon_stopped": "the reconciler gives no sign of life, or its passes fail",
    "orchestrator_timeout": "a pass takes longer than it may",
    "high_error_rate": "too many attempts fail",
    "critical_tasks_stale": "a CRITICAL task has waited for too long",
    "task_queue_stale": "tasks wait, and none is finished",
    "source_blocked": "a source refuses us, is in doubt or fails again and again",
    "breaker_open": "a source does not answer at all",
    "limit_near": "a source is asked nearly as often as its longest window allows",
    "disk_low": "a disk is nearly full",
    "resource_low": "memory, open files or the event loop are near their limits",
    "drift": "objects of the lake are otherwise than was remembered",
    "guardrail": "a published trigger for going back to safety has been met, or safe mode is on",
    "schedule": "what a schedule wanted is not done in time",
    "alert_channel": "a channel could not be reached with an alert",
}
"""By the name that `alerts.alert_on` knows."""
_BEGINNINGS: Mapping[str, str] = {
    "reconciler": "reconciliation_daemon_stopped",
    "pass": "orchestrator_timeout",
    "error rate": "high_error_rate",
    "critical tasks": "critical_tasks_stale",
    "task queue": "task_queue_stale",
    "limit of ": "limit_near",
    "robots.txt of ": "source_blocked",
    "disk ": "disk_low",
    "memory": "resource_low",
    "open files": "resource_low",
    "event loop": "resource_low",
    "drift": "drift",
    "guardrail": "guardrail",
    "safe mode": "guardrail",
    "schedule ": "schedule",
    "alert channel ": "alert_channel",
}
"""Names of troubles begin with these."""


def condition_of(name: str, text: str) -> str:
    """The condition that a trouble is; `OTHER` if it is none of those that can be chosen.

    >>> condition_of("source espn", "breaker open after 5 failures"), condition_of("source espn", "cooling for 9 s")
    ('breaker_open', 'source_blocked')
    >>> condition_of("storage", "no space is left")
    'service'
    """
    if name.startswith("source "):
        return "breaker_open" if text.startswith("breaker open") else "source_blocked"
    found = (condition for beginning, condition in _BEGINNINGS.items() if name.startswith(beginning))
    return next(found, OTHER)
