"""Server-sent events over a real connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
from tests.unit.web.test_server import View

from adce_async.engine.events import Events, TroubleRaised, TroubleRecovered
from adce_async.service.event_stream import KINDS, EventStream
from adce_async.web.server import Site, serving
from adce_async.web.stream import BEAT_SECONDS, MOST_STREAMS


@contextlib.asynccontextmanager
async def service() -> AsyncIterator[tuple[Events, EventStream, aiohttp.ClientSession]]:
    events = Events()
    stream = EventStream(events, "run")
    site = Site(View(), follow=stream.follow, kinds=frozenset(KINDS.values()))
    async with stream.feeding(), serving(site, "127.0.0.1", 0) as url, aiohttp.ClientSession(url) as session:
        yield events, stream, session


async def lines(response: aiohttp.ClientResponse, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        line = (await response.content.readline()).decode().rstrip("\n")
        if line and not line.startswith("retry"):
            found.append(line)
    return found


async def test_what_happens_is_sent_as_it_happens() -> None:
    async with service() as (events, _, session), session.get("/events") as response:
        assert response.content_type == "text/event-stream"
        await asyncio.sleep(0.1)
        events.publish(TroubleRaised("lake", "full"))
        events.publish(TroubleRecovered("lake", "full"))
        assert await lines(response, 6) == [
            "id: run-1", "event: trouble_raised", 'data: {"component":"lake","what":"full"}',
            "id: run-2", "event: trouble_recovered", 'data: {"component":"lake","was":"full"}',
        ]  # fmt: skip


async def test_who_comes_back_gets_what_was_missed_and_only_the_kinds_that_are_wanted() -> None:
    async with service() as (events, _, session):
        for number in range(3):
            events.publish(TroubleRaised(f"{number}", "x"))
            events.publish(TroubleRecovered(f"{number}", "x"))
        await asyncio.sleep(0.1)
        headers = {"Last-Event-ID": "run-2"}
        async with session.get("/events?kinds=trouble_raised", headers=headers) as response:
            assert [line for line in await lines(response, 6) if line.startswith("id")] == ["id: run-3", "id: run-5"]
        async with session.get("/events?kinds=nonsense") as response:
            assert response.status == 400


async def test_a_silent_stream_shows_signs_of_life() -> None:
    async with service() as (_, _, session), session.get("/events") as response:
        await asyncio.sleep(BEAT_SECONDS + 1)
        assert await lines(response, 1) == [": still here"]


async def test_there_are_only_so_many_streams_and_one_that_ends_makes_room() -> None:
    async with service() as (_, _, session), contextlib.AsyncExitStack() as stack:
        for _ in range(MOST_STREAMS):
            response = await stack.enter_async_context(session.get("/events"))
            assert response.status == 200
        async with session.get("/events") as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (429, "10")
        response.close()
        await asyncio.sleep(BEAT_SECONDS + 1)
        async with session.get("/events") as response:
            assert response.status == 200
