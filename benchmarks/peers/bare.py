"""A bare aiohttp loop on uvloop, which writes plain files and promises nothing; see the package's docstring."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import aiohttp
import uvloop
import work


async def fetch_all(names: list[str]) -> None:
    """The work."""
    left = iter(names)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(work.CONCURRENCY):
            group.create_task(_worker(session, left), name=f"worker {number}")


async def _worker(session: aiohttp.ClientSession, left: Iterator[str]) -> None:
    for name in left:
        async with session.get(work.address(name)) as response:
            response.raise_for_status()
            work.store(name, await response.read())


if __name__ == "__main__":
    names = work.ids()
    began, cpu = time.perf_counter(), time.process_time()
    uvloop.run(fetch_all(names))
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
