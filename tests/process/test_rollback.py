"""The rollback of the runbook: one file is edited while the service is at work, and edited back; no task is lost."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.process.conftest import Desk, end, wait_for_line
from tests.process.test_service import url_of

BEFORE: dict[str, Any] = {"retry_delay_seconds": 0.2, "health_check": {"port": 0}}
ROLLED_BACK = BEFORE | {
    "max_concurrent_scrapers": 1,
    "reconciliation_interval_hours": 1,
    "priority_weighting": {"enabled": False},
    "rate_limiting": {"backoff": {"enabled": False}},
}
ITEMS = 250
PATIENCE = 5.0
"""Seconds; it takes a quarter of one where nobody else uses the machine."""


def running(url: str) -> int:
    time.sleep(0.15)  # the service answers everybody, but not without end
    with urllib.request.urlopen(f"{url}/status", timeout=5) as answer:
        return len(json.load(answer)["running"])


def most_running(url: str, seconds: float) -> int:
    until = time.monotonic() + seconds
    most = 0
    while time.monotonic() < until:
        most = max(most, running(url))
    return most


def test_one_file_rolls_it_back_under_load_and_forward_again(desk: Desk, upstream: Callable[..., Any]) -> None:
    server = upstream("--latency", "0.3")
    desk.mirror = server.url
    desk.ants(ITEMS)

    def save(settings: dict[str, Any]) -> None:
        """As editors do it."""
        beside = desk.write("config/autonomous_config.yaml.new", settings)
        beside.replace(desk.folder / "config/autonomous_config.yaml")

    with desk.started("run") as process:
        url = url_of(wait_for_line(process, "serving"))
        wait_for_line(process, "stored")
        assert most_running(url, 1.0) == 5
        save(ROLLED_BACK)
        changed = wait_for_line(process, "setting changed")
        assert "autonomous_config." in changed
        began = time.monotonic()
        while running(url) > 1:  # what runs runs to its end
            assert time.monotonic() - began < PATIENCE
        assert most_running(url, 1.5) == 1
        save(BEFORE)
        began = time.monotonic()
        while running(url) < 4:
            assert time.monotonic() - began < PATIENCE
        while len(desk.stored()) < ITEMS:
            wait_for_line(process, "stored")
        assert end(process) == 0
    assert len(desk.stored()) == ITEMS
    assert server.violations() == 0
    assert server.requests() <= ITEMS + 1  # nothing was asked for twice; and robots.txt
