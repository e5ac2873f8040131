"""Alerts that go to the log, from where any shipper of logs takes them."""

from __future__ import annotations

import logging

_logger = logging.getLogger("adce.alerts")


class LogAlerts:
    """`ports.Alerts` through the logger `adce.alerts`: warnings for what broke, infos for what works again."""

    async def raised(self, name: str, message: str) -> None:
        """`name` is broken."""
        _logger.warning("%s: %s", name, message)

    async def recovered(self, name: str, message: str) -> None:
        """`name` works again."""
        _logger.info("%s recovered: %s", name, message)
