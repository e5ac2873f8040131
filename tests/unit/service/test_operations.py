"""What lets the service be left alone, wired: schedules wake it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.scenario.world import World, items_of, per

from adce_async.engine.events import SourceThrottled
from adce_async.engine.pressure import Measures
from adce_async.model.schedule import Schedule
from adce_async.planning.guardrails import GuardrailRules
from adce_async.service.loops import Service
from adce_async.supervisor import Stop


async def test_a_schedule_wakes_the_reconciler_and_another_one_holds_from_when_it_is_given(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 2)], {"ant": per(100, 1.0)})
    rules = replace(world.rules.service, pass_seconds=86_400.0, schedules=(Schedule("hourly", "0 * * * *", "UTC"),))
    world.parts.apply(replace(world.rules, service=rules), world.catalog)
    service = Service(world.parts, Stop())
    service._operations.apply()
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await asyncio.sleep(600.0)
        begun = service._cycles
        await asyncio.sleep(4 * 3600.0)
        assert service._cycles == begun + 4
        world.parts.apply(replace(world.rules, service=replace(rules, schedules=())), world.catalog)
        service._operations.apply()
        await asyncio.sleep(4 * 3600.0)
        assert service._cycles == begun + 4
        service._stop.ask("test")


async def test_at_the_limit_of_memory_nothing_starts_and_passes_wait_until_there_is_room(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 50)], {"ant": per(1, 1.0, burst=1)})
    used = [100 * 1_000_000]
    world.ports.measures = Measures(memory=lambda: used[0])
    rules = replace(world.rules.service, pass_seconds=60.0, health_check_seconds=5.0)
    world.parts.apply(replace(world.rules, service=rules), world.catalog)
    service = Service(world.parts, Stop())
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await asyncio.sleep(20.0)
        used[0] = 3000 * 1_000_000
        await asyncio.sleep(6.0)
        stored, cycles = len(await world.keys()), service._cycles
        assert 10 < stored < 50
        await asyncio.sleep(600.0)
        assert (len(await world.keys()), service._cycles) == (stored, cycles)
        assert world.parts.health.troubles("memory")[0].startswith("memory: 3000 MB are used, at the limit")
        used[0] = 100 * 1_000_000
        await asyncio.sleep(60.0)
        assert len(await world.keys()) == 50
        assert world.parts.health.troubles("memory") == []
        service._stop.ask("test")


async def test_safe_mode_is_one_task_at_a_time_a_pass_an_hour_and_back(tmp_path) -> None:
    world = World(tmp_path, [items_of("ant", 400)], {"ant": per(100, 1.0, burst=50)}, latency=1.0)
    rules = replace(
        world.rules.service,
        pass_seconds=900.0,
        health_check_seconds=5.0,
        guardrails=GuardrailRules(safe_mode="on_trigger"),
    )
    world.parts.apply(replace(world.rules, service=rules), world.catalog)
    service = Service(world.parts, Stop())
    service._operations.apply()
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        await asyncio.sleep(10.0)
        for _ in range(11):
            world.parts.events.publish(SourceThrottled("ant", 0.0, "HTTP 429"))
        await asyncio.sleep(6.0)
        before = len(await world.keys())
        assert world.sources.most_under_way == 5
        await asyncio.sleep(20.0)
        assert 18 <= len(await world.keys()) - before <= 21  # one at a time
        assert world.pool.rules.score.enabled is False
        assert world.parts.rules.service.pass_seconds == 3600.0
        assert [note.text.split(":")[0] for note in await world.history.notes()] == ["safe mode begins"]
        # another set of settings is taken, and safe mode stays
        world.parts.apply(replace(world.rules, service=rules, pool=replace(world.rules.pool, size=9)), world.catalog)
        assert world.parts.rules.pool.size == 1
        await world.state.set_text("guardrails asked", "restore me")
        await asyncio.sleep(20.0)
        assert (world.parts.rules.pool.size, world.parts.rules.service.pass_seconds) == (9, 900.0)
        assert world.pool.rules.score.enabled is True
        await asyncio.sleep(100.0)
        assert len(await world.keys()) == 400
        service._stop.ask("test")
