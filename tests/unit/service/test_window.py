"""What is served of running parts, where nobody may do anything."""

from __future__ import annotations

import aiohttp
from tests.scenario.world import World, items_of, per

from adce_async.service.window import Window
from adce_async.web.server import serving


async def test_it_shows_what_happens_and_without_actions_nothing_can_be_done(tmp_path) -> None:
    made = World(tmp_path, [items_of("ant", 4)], {"ant": per(100, 1.0)})
    window = Window(made.parts, lambda: 0, lambda: None)
    async with window.feeding(), serving(window.site(), "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
        await made.reconciler.run()
        async with session.get(f"{url}/coverage") as answer:
            assert (await answer.json())["totals"]["missing"] == 4
        async with session.get(f"{url}/") as answer:
            text = await answer.text()
            assert "4 gaps" in text
            assert "data-post" not in text
        async with session.get(f"{url}/openapi.json") as answer:
            ways = (await answer.json())["paths"]
            assert {way for each in ways.values() for way in each} == {"get"}
            assert "/metrics" not in ways
        async with session.get(f"{url}/events?last_event_id=before") as answer:
            await answer.content.readuntil(b"event: gaps_found\n")
        async with session.post(f"{url}/pause") as answer:
            assert answer.status == 404
