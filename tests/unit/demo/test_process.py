"""The simulated sources in a process of their own, which ends with whoever began it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from adce_async.demo.process import END_SECONDS, server_process

ESPN = "/site.api.espn.com/apis/site/v2/sports/basketball/nba"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def status(client: aiohttp.ClientSession, url: str, **options: Any) -> int:
    async with client.get(url, **options) as response:
        await response.read()
        return response.status


@pytest.mark.looptime(False)
async def test_the_demo_has_its_sources_in_a_process_that_ends_with_it(client: aiohttp.ClientSession) -> None:
    async with server_process() as sources:
        async with client.get(f"{sources.url}{ESPN}/scoreboard?dates=20241210&limit=1000") as answer:
            assert len((await answer.json())["events"]) == 6
        report = await sources.report()
        assert report["sources"]["espn"]["windows"]["2s"] == {"worst": 1, "limit": 8}
        left = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - left < END_SECONDS  # it was not killed
    with pytest.raises(aiohttp.ClientConnectionError):
        await status(client, sources.url)


@pytest.mark.looptime(False)
async def test_it_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "adce_async.demo.server", "--port", "0", "--until-eof"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"simulated sources on http" in await process.stdout.readline()
        process.stdin.close()
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
