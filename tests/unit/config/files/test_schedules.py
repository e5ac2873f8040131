"""Cron expressions, time zones and windows of maintenance."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.config.refused import error

from adce_async.config.files.schedules import Maintenance, MaintenanceWindow, ScheduledTask, ScheduledTasks


@pytest.mark.parametrize(
    "text",
    ["0 2 * * *", "*/15 * * * *", "0 4 * * 0", "0,30 8-18/2 1-15 jan-mar MON,WED,FRI", "  5  4 * * *  ", "@daily"],
)
def test_cron_expressions(text: str) -> None:
    assert ScheduledTask.model_validate({"schedule": text}).schedule == text


@pytest.mark.parametrize(
    "text", ["", "0 2 * *", "0 2 * * * *", "@sometimes", "a b c d", "0 2 * * ;", "2am", "0 2 * *,, *"]
)
def test_no_cron_expressions(text: str) -> None:
    assert "schedule: expected a cron expression of five fields" in error(ScheduledTask, {"schedule": text})


def test_scheduled_tasks_are_named_freely_beside_enabled() -> None:
    written = {
        "enabled": True,
        "nightly": {"schedule": "0 2 * * *"},
        "off": {"schedule": "0 3 * * *", "enabled": False},
    }
    tasks = ScheduledTasks.model_validate(written)
    assert list(tasks.tasks) == ["nightly"]
    assert tasks.tasks["nightly"].timezone == "America/New_York"
    assert ScheduledTasks.model_validate(written | {"enabled": False}).tasks == {}
    assert ScheduledTasks().tasks == {}


def test_an_unknown_key_in_a_scheduled_task() -> None:
    assert error(ScheduledTasks, {"x": {"schedule": "0 2 * * *", "chron": 1}}).startswith("x.chron: Extra inputs")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "America", "../etc/passwd", "/etc/localtime"])
def test_no_time_zones(zone: str) -> None:
    assert "timezone: expected a time zone" in error(ScheduledTask, {"schedule": "@daily", "timezone": zone})


def test_maintenance_windows() -> None:
    window = {"day": "sunday", "start_time": "2:00", "end_time": "04:30", "timezone": "America/Chicago"}
    assert Maintenance.model_validate({"enabled": True, "windows": [window]}).windows == (
        MaintenanceWindow(day="Sunday", start_time="02:00", end_time="04:30", timezone="America/Chicago"),
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"day": "Funday"}, "windows.0.day: expected a day of the week, Monday to Sunday"),
        ({"start_time": "24:00"}, 'windows.0.start_time: expected a time of day such as "02:00"'),
        ({"start_time": 120}, 'windows.0.start_time: expected a time of day such as "02:00"'),
        ({"end_time": "02:00"}, "windows.0: end_time: got 02:00, the same as 'start_time'; expected another time"),
    ],
)
def test_windows_that_make_no_sense(change: dict[str, Any], problem: str) -> None:
    window = {"start_time": "02:00", "end_time": "04:00"} | change
    assert error(Maintenance, {"windows": [window]}) == problem
