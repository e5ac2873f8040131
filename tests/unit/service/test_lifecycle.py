"""What a service manager sees of a service, from its start to its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adce_async.engine.health import Health
from adce_async.errors import FixMeError
from adce_async.service.lifecycle import Lifecycle
from adce_async.service.notify import Notifier
from adce_async.supervisor import Stop
from adce_async.testing.clock import FakeClock


class Heard(Notifier):
    """A notifier whose messages are kept."""

    def __init__(self, watchdog_seconds: float | None = 30.0) -> None:
        super().__init__("/run/notify", watchdog_seconds)
        self.said: list[str] = []

    def _send(self, message: str) -> None:
        self.said.append(message.partition("\n")[0])

    def count(self, message: str) -> int:
        return self.said.count(message)


def lifecycle(tmp_path: Path, heard: Heard, stop: Stop | None = None) -> tuple[Lifecycle, Health]:
    health = Health(FakeClock(), asyncio.get_running_loop().time)
    return Lifecycle(health, stop or Stop(), heard, tmp_path / "adce.pid", lambda: "1 running, 2 waiting"), health


async def test_ready_is_said_once_all_is_open_and_stopping_as_soon_as_a_stop_begins(tmp_path: Path) -> None:
    heard = Heard()
    life, _ = lifecycle(tmp_path, heard)
    async with life.watched():
        assert "READY=1" not in heard.said
        async with life.announced():
            assert heard.count("READY=1") == 1
            assert (tmp_path / "adce.pid").exists()
            assert "STOPPING=1" not in heard.said
        assert heard.count("STOPPING=1") == 1
        assert not (tmp_path / "adce.pid").exists()


async def test_the_watchdog_hears_nothing_while_a_promise_is_broken(tmp_path: Path) -> None:
    heard = Heard(watchdog_seconds=30.0)
    life, health = lifecycle(tmp_path, heard)
    async with life.watched():
        health.beat("reconciler", 100.0, "pass under way")
        await asyncio.sleep(95)
        assert heard.count("WATCHDOG=1") == 10
        await asyncio.sleep(300)
        assert heard.count("WATCHDOG=1") <= 11  # the last one when the promise was just being kept
        assert any(said.startswith("STATUS=unhealthy: reconciler: silent for ") for said in heard.said)
        health.beat("reconciler", 1000.0, "next pass in 900 s")
        before = heard.count("WATCHDOG=1")
        await asyncio.sleep(30)
        assert heard.count("WATCHDOG=1") == before + 3
        assert heard.said[-2] == "STATUS=healthy: 1 running, 2 waiting" or heard.said[-1].startswith("WATCHDOG")


async def test_a_drain_that_takes_its_grace_is_not_cut_short_by_the_watchdog(tmp_path: Path) -> None:
    heard, stop = Heard(watchdog_seconds=3.0), Stop()
    life, health = lifecycle(tmp_path, heard, stop)
    health.beat("pool", 1.0, "")
    async with life.watched():
        stop.ask("the test")
        await asyncio.sleep(29.5)
    assert heard.count("WATCHDOG=1") == 30


async def test_a_status_is_said_when_it_changes_only(tmp_path: Path) -> None:
    heard = Heard(watchdog_seconds=None)
    life, health = lifecycle(tmp_path, heard)
    async with life.watched():
        await asyncio.sleep(100)
        health.trouble("source espn", "cooling for 9 s")
        await asyncio.sleep(100)
    assert [said for said in heard.said if said.startswith("STATUS=")] == [
        "STATUS=healthy: 1 running, 2 waiting", "STATUS=degraded: source espn: cooling for 9 s",
    ]  # fmt: skip


async def test_a_reload_is_told_from_its_beginning_to_its_end_whatever_comes_of_it(tmp_path: Path) -> None:
    heard = Heard()
    life, _ = lifecycle(tmp_path, heard)
    with pytest.raises(ValueError, match="broken"), life.reloading():
        assert heard.said == ["RELOADING=1"]
        raise ValueError("broken")
    assert heard.said == ["RELOADING=1", "READY=1"]


async def test_what_the_service_raises_comes_out_as_it_is(tmp_path: Path) -> None:
    life, _ = lifecycle(tmp_path, Heard())
    with pytest.raises(FixMeError, match="port in use"):
        async with life.watched():
            raise FixMeError("port in use")


async def test_a_pid_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    heard = Heard()
    health = Health(FakeClock(), asyncio.get_running_loop().time)
    life = Lifecycle(health, Stop(), heard, tmp_path / "no such folder" / "adce.pid")
    async with life.announced():
        assert "READY=1" in heard.said
