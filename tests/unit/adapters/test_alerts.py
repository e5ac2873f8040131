"""Alerts in the log."""

from __future__ import annotations

import logging

import pytest

from adce_async.adapters.alerts import LogAlerts


async def test_what_broke_is_a_warning_and_what_works_again_an_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adce.alerts")
    alerts = LogAlerts()
    await alerts.raised("espn", "blocks us, 100% of the time")
    await alerts.recovered("espn", "answers again")
    assert caplog.record_tuples == [
        ("adce.alerts", logging.WARNING, "espn: blocks us, 100% of the time"),
        ("adce.alerts", logging.INFO, "espn recovered: answers again"),
    ]
