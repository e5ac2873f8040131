"""The machine's clock is read as it stands."""

from __future__ import annotations

import time

import pytest

from adce_async import clock
from adce_async.clock import SyncedClock, SystemClock, awake


def test_it_is_seconds_since_the_epoch() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()


def test_it_follows_the_machine_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.time, "time", lambda: 12.5)
    assert SystemClock().now() == 12.5
    monkeypatch.setattr(clock.time, "time", lambda: 3.0)
    assert SystemClock().now() == 3.0


def test_a_synced_clock_goes_by_the_other_ones_word_and_not_by_its_own() -> None:
    class Wrong(SystemClock):
        def now(self) -> float:
            return 3600.0

    seconds = [10.0]
    clock = SyncedClock(lambda: seconds[0], Wrong())
    assert clock.now() == 3600.0
    clock.sync(500.0)
    seconds[0] = 12.5
    assert clock.now() == 502.5


def test_what_goes_on_while_the_machine_sleeps_never_goes_back() -> None:
    assert 0 < awake() <= awake()
