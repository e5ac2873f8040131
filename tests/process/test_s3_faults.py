"""The whole program on a way to S3 where one request in six goes wrong: nothing of it shows in what is stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from tests.process.test_s3_lake import S3Desk, rows
from tests.process.warm import LIMIT, Warm
from tests.s3_proxy import FaultyS3, faulty
from tests.s3_server import S3Server

FAULTS = ("slow_down", "reset", "lost", "cut", "again")


@contextlib.contextmanager
def on_a_thread(target: str) -> Iterator[FaultyS3]:
    """The proxy on a loop of its own, since the test waits for processes."""
    ready: list[FaultyS3] = []
    up, down = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with faulty(target) as proxy:
            ready.append(proxy)
            up.set()
            await down.wait()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        thread = threading.Thread(target=lambda: runner.run(serve()))
        thread.start()
        try:
            assert up.wait(LIMIT)
            yield ready[0]
        finally:
            loops[0].call_soon_threadsafe(down.set)
            thread.join(20)


@pytest.fixture
def desk(tmp_path: Path, warm: Warm, s3_server: S3Server) -> S3Desk:
    return S3Desk(tmp_path, warm, s3_server)


def test_what_goes_wrong_on_the_way_to_s3_changes_nothing_in_the_result(desk: S3Desk, upstream) -> None:
    chance = random.Random(5)

    def fault(request: web.Request) -> str | None:
        return chance.choice(FAULTS) if chance.random() < 1 / 6 else None

    server = upstream()
    desk.mirror = server.url
    desk.ants(40)
    with on_a_thread(desk.server.url) as proxy:
        proxy.fault = fault
        desk.write("config/reconciliation_config.yaml", {"s3": {"endpoint_url": proxy.url}})
        desk.run("run", "--once", expect=0)
        assert desk.names() == {f"nba/ant/{n}.json" for n in range(1, 41)}
        assert server.requests() <= 42
        for number in (3, 30):
            desk.delete(f"nba/ant/{number}.json")
        for _ in range(2):
            report = json.loads(desk.run("reconcile", "--json", expect=3).stdout)
            assert (report["gaps"], report["by_kind"]) == (2, {"missing": 2})
        assert rows(desk)["stored"] == 38
        assert sum(proxy.served.values()) > 10
