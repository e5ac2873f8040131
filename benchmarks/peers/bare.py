"""A bare aiohttp loop on uvloop; see the package's docstring."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import uvloop


async def fetch_all(url: str, count: int, folder: str, concurrency: int) -> None:
    """The work."""
    numbers = iter(range(1, count + 1))
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(concurrency):
            group.create_task(_worker(session, numbers, url, folder), name=f"worker {number}")


async def _worker(session: aiohttp.ClientSession, numbers: Iterator[int], url: str, folder: str) -> None:
    for number in numbers:
        async with session.get(f"{url}/items/{number}.json") as response:
            response.raise_for_status()
            body = await response.read()
        if orjson.loads(body)["id"] != str(number):
            raise ValueError(number)
        with Path(f"{folder}/{number}.json").open("wb") as file:  # noqa: ASYNC230 - as a bare loop would
            file.write(body)


if __name__ == "__main__":
    began, cpu = time.perf_counter(), time.process_time()
    uvloop.run(fetch_all(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
