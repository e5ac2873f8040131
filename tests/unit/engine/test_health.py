from __future__ import annotations

import asyncio

from adce_async.engine.events import Events, TroubleRaised, TroubleRecovered
from adce_async.engine.health import Health
from adce_async.testing.clock import FakeClock


async def test_idle_is_healthy_and_a_broken_promise_is_named() -> None:
    health = Health(FakeClock(), asyncio.get_running_loop().time)
    health.beat("reconciler", 900.0, "next pass in 900 s")
    health.beat("pool", 330.0, "0 running")
    await asyncio.sleep(300)
    assert (health.status, health.broken()) == ("healthy", [])
    await asyncio.sleep(100)
    assert health.status == "unhealthy"
    (named,) = health.broken()
    assert named == "pool: silent for 400 s, promised 330 s (0 running)"
    assert health.components()["pool"]["status"] == "unhealthy"
    assert health.components()["reconciler"]["status"] == "healthy"
    health.beat("pool", 330.0)
    assert health.status == "healthy"


async def test_trouble_degrades_and_only_its_transitions_are_news() -> None:
    health = Health(FakeClock(), asyncio.get_running_loop().time)
    health.beat("pool", 60.0)
    assert health.trouble("source espn", "cooling")
    assert not health.trouble("source espn", "still cooling")
    assert health.status == "degraded"
    assert health.components()["source espn"] == {"status": "degraded", "last_beat": None, "detail": "still cooling"}
    assert health.trouble("source espn", "")
    assert not health.trouble("source espn", "")
    assert health.status == "healthy"


async def test_a_transition_is_one_event_that_says_everything() -> None:
    events = Events()
    health = Health(FakeClock(), asyncio.get_running_loop().time, events)
    with events.subscribe("test", TroubleRaised, TroubleRecovered) as heard:
        for text in ("cooling for 9 s", "cooling for 4 s", "", ""):
            health.trouble("source espn", text)
    assert heard.take() == (
        TroubleRaised("source espn", "cooling for 9 s"),
        TroubleRecovered("source espn", "cooling for 4 s"),
    )


async def test_a_clock_that_is_set_breaks_no_promise() -> None:
    clock = FakeClock()
    health = Health(clock, asyncio.get_running_loop().time)
    health.beat("pool", 60.0)
    await asyncio.sleep(5.0)
    clock.jump(86_400)
    assert (health.status, health.uptime) == ("healthy", 5.0)
    clock.jump(-2 * 86_400)
    assert (health.status, health.uptime) == ("healthy", 5.0)
