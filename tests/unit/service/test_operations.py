"""What lets the service be left alone, wired: schedules wake it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.scenario.world import World, items_of, per

from adce_async.model.schedule import Schedule
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
