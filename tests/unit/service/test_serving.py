"""Runs that end by themselves are looked at like the service, and nothing stands in their way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import structlog
from tests.scenario.world import World, items_of, per

from adce_async.service.runs import RunResult, run_once
from adce_async.service.serving import Access, offered_once
from adce_async.service_policies import WebRules
from adce_async.supervisor import Stop

TOKEN = {"Authorization": "Bearer s3cret-of-the-test"}
ACCESS = Access(token="s3cret-of-the-test")


def world(folder: Path, port: int = 0, **more: object) -> World:
    made = World(folder, [items_of("ant", 4)], {"ant": per(2, 10.0)}, **more)  # type: ignore[arg-type]
    web = WebRules("127.0.0.1", port, folder / "adce.url")
    rules = made.parts.rules
    made.parts.rules = replace(rules, service=replace(rules.service, web=web))
    return made


@contextlib.asynccontextmanager
async def under_way(made: World, folder: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, asyncio.Task[RunResult]]]:
    stop = Stop()
    async with made.parts.telling(), offered_once(made.parts, stop, ACCESS):
        url = (folder / "adce.url").read_text()
        async with aiohttp.ClientSession(url) as session, asyncio.TaskGroup() as group:
            yield session, group.create_task(run_once(made.parts, stop, max_wait=60.0))
    assert not (folder / "adce.url").exists()


async def test_it_can_be_looked_at_from_its_first_request_to_its_end(tmp_path: Path) -> None:
    made = world(tmp_path)
    async with under_way(made, tmp_path) as (session, running):
        await asyncio.sleep(5.0)
        async with session.get("/health") as answer:
            found = await answer.json()
        assert (answer.status, found["status"]) == (200, "healthy")
        assert {"reconciler", "pool", "settler"} <= found["components"].keys()
        async with session.get("/coverage") as answer:
            assert (await answer.json())["totals"]["missing"] > 0
        result = await running
        assert result.report is not None
        assert result.report.complete
        await asyncio.sleep(3600.0)  # longer than any loop of the pool would be silent
        async with session.get("/health/live") as answer:
            assert answer.status == 200


async def test_what_it_can_not_do_it_says(tmp_path: Path) -> None:
    async with under_way(world(tmp_path), tmp_path) as (session, _):
        async with session.post("/pause", json={"source": "ant"}) as answer:
            assert answer.status == 403
        async with session.post("/reload", headers=TOKEN) as answer:
            found = await answer.json()
        assert (answer.status, found["ok"]) == (409, False)
        assert found["problem"] == found["detail"] == "this command reads its settings at the start only"
        async with session.post("/safe-mode", json={"on": True}, headers=TOKEN) as answer:
            assert (answer.status, "no safe mode here" in await answer.text()) == (404, True)
        async with session.post("/reconcile", headers=TOKEN) as answer:
            assert await answer.json() == {"asked": True}


async def test_what_a_person_has_paused_is_left_alone(tmp_path: Path) -> None:
    before = world(tmp_path)
    async with under_way(before, tmp_path) as (session, _):
        async with session.post("/pause", json={"source": "ant"}, headers=TOKEN) as answer:
            assert answer.status == 200
    asked = len(before.sources.log)
    again = world(tmp_path, state=before.state)
    async with under_way(again, tmp_path) as (_, running):
        assert not (await running).report.complete  # type: ignore[union-attr]
    assert again.sources.log[asked:] == []


async def test_an_address_that_somebody_else_has_is_said_and_the_run_goes_on(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with taken:
        made = world(tmp_path, taken.sockets[0].getsockname()[1])
        with structlog.testing.capture_logs() as lines:
            async with offered_once(made.parts, Stop(), ACCESS):
                assert (await run_once(made.parts, Stop(), max_wait=60.0)).report.complete  # type: ignore[union-attr]
    (said,) = [line for line in lines if line["event"] == "nobody can look at this run"]
    assert "health_check.port: 127.0.0.1:" in said["why"]


async def test_without_an_address_nothing_is_served(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.parts.rules = replace(made.parts.rules, service=replace(made.parts.rules.service, web=None))
    async with offered_once(made.parts, Stop(), ACCESS):
        assert not (tmp_path / "adce.url").exists()


async def test_who_reads_that_it_serves_finds_it(tmp_path: Path) -> None:
    made, found = world(tmp_path), list[tuple[str, bool]]()

    def look(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if event["event"] == "serving":
            found.append((event["url"], (tmp_path / "adce.url").read_text() == event["url"]))
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[look])
    try:
        async with offered_once(made.parts, Stop(), ACCESS):
            pass
    finally:
        structlog.configure(processors=before)
    assert [written for _, written in found] == [True]
