from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import pytest
import structlog

from adce_async import supervisor
from adce_async.errors import FixMeError
from adce_async.supervisor import HASTE_SECONDS, STOP_SLACK, LoopDiedError, Stop, StoppedError, supervise


def scope(name: str, log: list[str]):
    @contextlib.asynccontextmanager
    async def entered():
        log.append(f"{name} up")
        try:
            yield
        finally:
            log.append(f"{name} down")

    return entered


async def forever() -> None:
    await asyncio.Event().wait()


async def test_scopes_are_left_in_the_reverse_order_after_the_loops() -> None:
    log: list[str] = []
    stop = Stop()

    async def loop() -> None:
        try:
            await asyncio.sleep(5)
            stop.ask("the test")
            await forever()
        finally:
            log.append("loop ended")

    await supervise(stop=stop, scopes=[scope("web", log), scope("pool", log)], loops={"one": loop})
    assert log == ["web up", "pool up", "loop ended", "pool down", "web down"]


async def test_a_loop_that_dies_is_started_again_ever_later_and_named() -> None:
    said: list[str] = []
    starts: list[float] = []
    stop = Stop()

    async def loop() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) < 4:
            raise ValueError("boom")
        await asyncio.sleep(1)
        stop.ask("the test")
        await forever()

    await supervise(stop=stop, scopes=[], loops={"one": loop}, tell=lambda name, text: said.append(f"{name}: {text}"))
    assert starts == [0.0, 1.0, 6.0, 21.0]
    assert "loop one: died: ValueError: boom; started again in 1 s" in said
    assert said[-1] == "loop one: "


async def test_a_loop_that_keeps_dying_ends_the_service_in_order() -> None:
    log: list[str] = []

    async def loop() -> None:
        await asyncio.sleep(1)

    with pytest.raises(LoopDiedError, match="one ended by itself, the 5th time"):
        await supervise(stop=Stop(), scopes=[scope("pool", log)], loops={"one": loop, "two": forever})
    assert log == ["pool up", "pool down"]


async def test_a_loop_that_lasted_is_forgiven() -> None:
    stop = Stop()
    deaths = 0

    async def loop() -> None:
        nonlocal deaths
        await asyncio.sleep(700)
        deaths += 1
        if deaths == 20:
            stop.ask("the test")
        raise ValueError

    await supervise(stop=stop, scopes=[], loops={"one": loop})
    assert deaths == 20


async def test_asking_twice_is_asking_for_haste() -> None:
    stop = Stop()
    stop.ask("SIGTERM")
    assert (stop.asked, stop.haste.is_set()) == (True, False)
    stop.ask("SIGTERM")
    assert stop.haste.is_set()


async def test_what_fails_to_start_takes_down_what_had_started() -> None:
    log: list[str] = []

    @contextlib.asynccontextmanager
    async def broken():
        raise OSError("port in use")
        yield

    with pytest.raises(OSError, match="port in use"):
        await supervise(stop=Stop(), scopes=[scope("lake", log), broken], loops={})
    assert log == ["lake up", "lake down"]


async def test_a_stop_by_signal_ends_the_process_in_time_whatever_runs(monkeypatch) -> None:
    started: list[tuple[float, object]] = []

    class Timer:
        daemon = False

        def __init__(self, seconds, do) -> None:
            started.append((seconds, do))

        def start(self) -> None:
            assert self.daemon

    monkeypatch.setattr(supervisor.threading, "Timer", Timer)
    left: list[object] = []
    stop = Stop(5.0, leave=left.append)
    with stop.last_words(lambda: left.append("last words")):
        stop.ask_by_signal(signal.SIGTERM)
        stop.ask_by_signal(signal.SIGINT)
        assert [seconds for seconds, _ in started] == [5.0 + STOP_SLACK, HASTE_SECONDS]
        started[1][1]()
    assert left == ["last words", 130]


async def test_sighup_asks_for_what_it_was_given_and_ends_nothing() -> None:
    stop, asked = Stop(), asyncio.Event()
    stop.on_hangup = asked.set
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(5):
            await asyncio.to_thread(asyncio.run, asyncio.sleep(0))
            await asked.wait()
    assert not stop.asked


async def test_sighup_is_ignored_and_said() -> None:
    stop = Stop()
    with structlog.testing.capture_logs() as lines, stop.on_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        for _ in range(20):
            await asyncio.sleep(0.01)
            if lines:
                break
    assert [line["event"] for line in lines] == ["SIGHUP ignored"]
    assert not stop.asked


async def test_a_killed_loop_and_a_killed_keeper_come_back_and_both_end_with_the_service() -> None:
    began: list[float] = []
    stop = Stop()

    async def loop() -> None:
        began.append(asyncio.get_running_loop().time())
        await forever()

    async def kill(name: str) -> None:
        (task,) = [each for each in asyncio.all_tasks() if each.get_name() == name]
        task.cancel()
        await asyncio.sleep(5)

    async with asyncio.TaskGroup() as group:
        group.create_task(supervise(stop=stop, scopes=[], loops={"reconciler": loop}), name="service")
        await asyncio.sleep(1)
        await kill("reconciler")
        await kill("keeper of reconciler")
        assert began == [0.0, 2.0, 6.0]
        stop.ask("the test")
    assert not [each for each in asyncio.all_tasks() if "reconciler" in each.get_name()]


async def test_who_is_cancelled_as_a_whole_ends_its_loops() -> None:
    service = asyncio.get_running_loop().create_task(
        supervise(stop=Stop(), scopes=[], loops={"one": forever}), name="x"
    )
    await asyncio.sleep(1)
    service.cancel()
    with pytest.raises(asyncio.CancelledError):
        await service
    assert not [each for each in asyncio.all_tasks() if "one" in each.get_name()]


async def test_a_loop_that_keeps_dying_ends_the_others_too() -> None:
    async def dies() -> None:
        raise ValueError("boom")

    with pytest.raises(LoopDiedError):
        await supervise(stop=Stop(), scopes=[], loops={"one": forever, "two": dies})


async def test_what_takes_long_to_enter_is_given_up_when_a_stop_is_asked() -> None:
    log: list[str] = []
    stop = Stop()

    @contextlib.asynccontextmanager
    async def slow():
        try:
            await asyncio.sleep(60)
            yield "entered"
        finally:
            log.append("closed")

    asyncio.get_running_loop().call_later(5, stop.ask, "the test")
    with pytest.raises(StoppedError, match="stopped before it had begun"):
        async with stop.entering(slow()):
            log.append("never")
    assert log == ["closed"]
    assert asyncio.get_running_loop().time() < 6


async def test_what_is_entered_in_time_stays_whoever_asks_and_its_failures_are_its_own() -> None:
    log: list[str] = []
    stop = Stop()
    async with stop.entering(scope("lake", log)()):
        stop.ask("the test")
        await asyncio.sleep(5)
        log.append("went on")
    assert log == ["lake up", "went on", "lake down"]

    @contextlib.asynccontextmanager
    async def failing(error: Exception):
        raise error
        yield

    for error in (FixMeError("x"), TimeoutError("its own")):
        with pytest.raises(type(error)):
            async with Stop().entering(failing(error)):
                pass
