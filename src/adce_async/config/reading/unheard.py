"""Settings that do nothing beside the others: said where somebody sets one."""

from __future__ import annotations

from collections.abc import Iterator

from adce_async.config.settings import Settings
from adce_async.errors import Problem


def unheard(settings: Settings) -> Iterator[Problem]:
    """A warning for each of these."""
    service = settings.service
    if service.maintenance.enabled and not service.maintenance.windows:
        yield settings.problem("autonomous_config.maintenance.enabled", "has no effect: 'windows' names none")
    if service.alerts.enabled and not service.alerts.alert_on:
        message = "names no condition: people are told only of what keeps the service from its work"
        yield settings.problem("autonomous_config.alerts.alert_on", message)
    yield from _of_a_folder(settings)


def _of_a_folder(settings: Settings) -> Iterator[Problem]:
    """Of a lake in a folder nobody tells anything."""
    if settings.paths.lake_folder is None:
        return
    message = f"has no effect yet: the lake is {settings.paths.lake}, and only of one in S3 do others tell"
    if settings.reconciliation.events.queue_url is not None:
        yield settings.problem("reconciliation_config.events.queue_url", message)
    if settings.reconciliation.s3.use_aws_inventory:
        yield settings.problem("reconciliation_config.s3.use_aws_inventory", message)
