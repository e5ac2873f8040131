from __future__ import annotations

import asyncio
import random

import pytest
from tests.unit.engine.judged import Wall, limiter, now, sent_by, turn, violations

from adce_async.engine.fetching.limiter import Limits, RateLimiter
from adce_async.model.limits import Window


async def test_waiters_are_served_in_their_order() -> None:
    source = limiter((10, 1), burst=10)
    order: list[int] = []

    async def ask(number: int) -> None:
        await source.acquire()
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(ask(number), name=str(number))
            if number % 10 == 0:
                await asyncio.sleep(0.3)
    assert order == list(range(50))


@pytest.mark.parametrize("shared", [False, True], ids=["own limit", "global limit"])
async def test_nobody_overtakes_a_waiter(shared: bool) -> None:
    parent = limiter((1, 1), name="_global")
    source = limiter(parent=parent) if shared else limiter((1, 1))
    newcomer = limiter(parent=parent, name="bee") if shared else source
    await source.acquire()
    tried: list[tuple[float, bool, bool]] = []
    async with asyncio.TaskGroup() as group:
        loop = asyncio.get_running_loop()
        for at in (0.5, 1.02):  # the latter before the timer of the one that waits
            loop.call_at(at, lambda: tried.append((now(), newcomer.try_acquire(), newcomer.delay() > 0)))
        group.create_task(source.acquire(), name="waiting")
    assert now() == pytest.approx(1.02)
    assert tried == [(0.5, False, True), (1.02, False, True)]


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    source = limiter((1, 10))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(source.acquire(), name=str(n)) for n in range(3)]
        await asyncio.sleep(5)
        assert source.snapshot()["waiting"] == 3
        waiters[0].cancel()
        waiters[1].cancel()
        await asyncio.sleep(0)
        assert source.snapshot()["waiting"] == 1
    assert waiters[2].result() == pytest.approx(10.02)
    assert now() == pytest.approx(10.02)


async def test_cancelled_in_the_turn_of_its_grant_it_loses_no_token() -> None:
    source = limiter((1, 10))
    permit = await source.reserve()
    async with asyncio.TaskGroup() as group:
        waiter = group.create_task(source.acquire(), name="waiter")
        await asyncio.sleep(1)
        permit.release()  # granted to the waiter at once, which is cancelled before it runs
        waiter.cancel()
    await turn()
    assert source.requests_total == 0
    assert source.try_acquire()


async def test_a_storm_of_cancellations_loses_nothing() -> None:
    limit = Limits((Window(20, 1.0),), burst=20)
    source = RateLimiter("ant", limit, Wall(), parent=limiter((15, 1), burst=15, name="_global"))
    chance = random.Random(7)
    granted: list[float] = []

    async def ask() -> None:
        await source.acquire()
        granted.append(now())

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(), name=str(n)) for n in range(300)]
        while any(not task.done() for task in tasks):
            for task in chance.sample(tasks, 10):
                task.cancel()
            await asyncio.sleep(chance.choice([0.0, 0.0, 0.01, 0.7]))
    await asyncio.sleep(2)
    assert violations(granted, limit) == []
    assert source.requests_total == len(granted)
    assert [source.try_acquire() for _ in range(16)] == [True] * 15 + [False]


async def test_waiting_is_not_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    source = limiter((1, 3600))
    await source.acquire()
    asked = 0
    original = source._turns._wait

    def counted() -> float:
        nonlocal asked
        asked += 1
        return original()

    monkeypatch.setattr(source._turns, "_wait", counted)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(source.acquire(), name=str(number))
    assert now() == pytest.approx(3 * 3600.02)
    assert asked < 40


async def test_sources_share_the_global_limit_in_turns() -> None:
    parent = limiter((1, 1), name="_global")
    sources = [limiter(parent=parent, name=name) for name in "abc"]
    order: list[str] = []

    async def ask(source: RateLimiter) -> None:
        await source.acquire()
        order.append(source.source)

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask(sources[0]), name="a")
        await asyncio.sleep(2.5)
        for source in (*sources[1:], *sources[1:]):
            group.create_task(ask(source), name=source.source)
    assert "".join(order[3:9]) in {"abcabc", "bcabca"}
    assert order.count("a") == 20


async def test_who_waits_for_its_own_limits_keeps_nobody_from_the_global_ones() -> None:
    parent = limiter((1000, 60), burst=1000, name="_global")
    slow, quick = limiter((1, 3600), parent=parent), limiter((10, 1), burst=10, parent=parent, name="bee")
    await slow.acquire()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(slow.acquire(), name="slow") for _ in range(5)]
        await asyncio.sleep(1)
        slow.cool(7200, "blocked")
        started = now()
        assert (await sent_by(quick, 20))[-1] - started < 1.1
        assert quick.try_acquire() is False
        for task in waiting:
            task.cancel()


async def test_a_source_that_cools_while_it_waits_for_the_global_limit_leaves_its_turn_to_others() -> None:
    parent = limiter((1, 10), name="_global")
    first, second = limiter(parent=parent), limiter(parent=parent, name="bee")
    await first.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(first.acquire(), name="first")
        await asyncio.sleep(1)
        waiting = group.create_task(second.acquire(), name="second")
        await asyncio.sleep(1)
        first.cool(100, "429")
        await waiting
        assert now() == pytest.approx(10.02)
    assert now() == pytest.approx(102)


@pytest.mark.parametrize(("seconds", "served"), [(100.0, 100.02), (7200.0, 7200.02)])
async def test_other_limits_change_for_how_long_is_waited(seconds: float, served: float) -> None:
    source = limiter((1, 3600))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(5)
        source.set_limits(Limits((Window(1, seconds),)))
    assert now() == pytest.approx(served)


async def test_wider_limits_move_the_waiters() -> None:
    source = limiter((1, 3600))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(5)
        source.set_limits(Limits((Window(2, 3600.0),), burst=2))
    assert now() == 5
    assert source.limits.burst == 2


async def test_a_cool_down_holds_back_those_who_wait_already() -> None:
    source = limiter((1, 10))
    await source.acquire()
    async with asyncio.TaskGroup() as group:
        group.create_task(source.acquire(), name="waiting")
        await asyncio.sleep(5)
        source.cool(50, "429")
    assert now() == 55
