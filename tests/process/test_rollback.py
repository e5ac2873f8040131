"""The rollback of the runbook: one file is edited while the service is at work, and edited back; no task is lost."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.process.conftest import Desk, end, wait_for, wait_for_line
from tests.process.test_service import url_of

BEFORE: dict[str, Any] = {"retry_delay_seconds": 0.2, "health_check": {"port": 0}}
ROLLED_BACK = BEFORE | {
    "max_concurrent_scrapers": 1,
    "reconciliation_interval_hours": 1,
    "priority_weighting": {"enabled": False},
    "rate_limiting": {"backoff": {"enabled": False}},
}
WIDE = BEFORE | {"max_concurrent_scrapers": 60}
ITEMS = 250
PAUSE = 0.15
"""Seconds between two looks: the service answers everybody, but not without end."""


def running(url: str) -> int:
    with urllib.request.urlopen(f"{url}/status", timeout=30) as answer:
        return len(json.load(answer)["running"])


def most_running(url: str, looks: int) -> int:
    most = 0
    for _ in range(looks):
        time.sleep(PAUSE)
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
        wait_for(lambda: running(url) == 5, "all slots are taken", PAUSE)
        assert most_running(url, 3) <= 5
        save(ROLLED_BACK)
        changed = wait_for_line(process, "setting changed")
        assert "autonomous_config." in changed
        wait_for(lambda: running(url) <= 1, "what ran has run to its end", PAUSE)
        assert most_running(url, 8) == 1
        save(BEFORE)
        wait_for(lambda: running(url) >= 4, "its slots are back", PAUSE)
        save(WIDE)  # and the rest of it quickly
        while len(desk.stored()) < ITEMS:
            wait_for_line(process, "stored")
        assert end(process) == 0
    assert len(desk.stored()) == ITEMS
    assert server.violations() == 0
    assert server.requests() <= ITEMS + 1  # nothing was asked for twice; and robots.txt
