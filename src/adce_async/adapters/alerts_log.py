"""Alerts as lines of the log: the channel that is always there."""

from __future__ import annotations

import structlog

log = structlog.get_logger("adce.alerts")


class LogAlerts:
    """`ports.Alerts` in the log."""

    async def raised(self, name: str, message: str) -> None:
        """`name` is broken."""
        log.warning("trouble", component=name, what=message)

    async def recovered(self, name: str, message: str) -> None:
        """`name` works again."""
        log.info("recovered", component=name, was=message)
