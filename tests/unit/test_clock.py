"""The machine's clock is read as it stands."""

from __future__ import annotations

import time

import pytest

from adce_async import clock
from adce_async.clock import SystemClock


def test_it_is_seconds_since_the_epoch() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()


def test_it_follows_the_machine_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.time, "time", lambda: 12.5)
    assert SystemClock().now() == 12.5
    monkeypatch.setattr(clock.time, "time", lambda: 3.0)
    assert SystemClock().now() == 3.0
