"""Those who look now and then wake together, and who is woken looks at once."""

from __future__ import annotations

import asyncio
import math

import pytest

from adce_async.engine.ticks import set_within, tick, until_tick


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_who_begins_at_different_times_wakes_at_the_same_moments() -> None:
    woken: dict[str, list[float]] = {}

    async def looks(name: str, every: float, begins: float) -> None:
        await asyncio.sleep(begins)
        while True:
            await tick(every)
            woken.setdefault(name, []).append(round(now() - at, 6))

    await asyncio.sleep(10.0 - now() % 10.0)
    at = now()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(looks(*each)) for each in (("a", 5.0, 0.3), ("b", 10.0, 1.7), ("c", 10.0, 7.2))]
        await asyncio.sleep(32.0)
        for task in tasks:
            task.cancel()
    assert woken == {"a": [5.0, 10.0, 15.0, 20.0, 25.0, 30.0], "b": [10.0, 20.0, 30.0], "c": [10.0, 20.0, 30.0]}


@pytest.mark.parametrize("every", [0.01, 0.2, 5.0, 40.0, 86400.0])
def test_a_timer_that_goes_off_a_little_early_is_no_look_more(every: float) -> None:
    early = min(0.004, every / 200)
    assert until_tick(every, lambda: 3 * every - early) == pytest.approx(every + early)
    assert until_tick(every, lambda: 3 * every) == pytest.approx(every)
    assert until_tick(every, lambda: 2.5 * every) == pytest.approx(every / 2)


async def test_whoever_sets_an_event_wakes_at_once_and_the_time_does_at_last() -> None:
    event, began = asyncio.Event(), now()
    asyncio.get_running_loop().call_later(3.0, event.set)
    await set_within(event, 60.0)
    assert now() - began == pytest.approx(3.0)
    event.clear()
    await asyncio.sleep(100.0)
    assert not event.is_set()  # the timer of the first wait is gone
    began = now()
    await set_within(event, 60.0)
    assert now() - began == pytest.approx(60.0)
    event.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1e6):
            await set_within(event, math.inf)
