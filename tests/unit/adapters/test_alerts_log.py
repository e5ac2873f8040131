from __future__ import annotations

from structlog.testing import capture_logs

from adce_async.adapters.alerts_log import LogAlerts


async def test_trouble_is_a_warning_and_its_end_is_not() -> None:
    with capture_logs() as lines:
        await LogAlerts().raised("lake", "no space left")
        await LogAlerts().recovered("lake", "no space left")
    assert lines == [
        {"event": "trouble", "log_level": "warning", "component": "lake", "what": "no space left"},
        {"event": "recovered", "log_level": "info", "component": "lake", "was": "no space left"},
    ]
