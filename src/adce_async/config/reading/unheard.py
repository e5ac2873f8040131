"""Settings that do nothing for the lake that is set: said where somebody sets one."""

from __future__ import annotations

from collections.abc import Iterator

from adce_async.config.settings import Settings
from adce_async.errors import Problem


def unheard(settings: Settings) -> Iterator[Problem]:
    """A warning for each of these that somebody has set for a lake in a folder, of which nobody tells anything."""
    if settings.paths.lake.startswith("s3://"):
        return
    message = f"has no effect yet: the lake is {settings.paths.lake}, and only of one in S3 do others tell"
    if settings.reconciliation.events.queue_url is not None:
        yield settings.problem("reconciliation_config.events.queue_url", message)
    if settings.reconciliation.s3.use_aws_inventory:
        yield settings.problem("reconciliation_config.s3.use_aws_inventory", message)
