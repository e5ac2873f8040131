"""The simulated sources with limits of one's own.

    python -m benchmarks.audit_server '{"ant": [[[60, 4.0]], 10, 0.0]}'

For each NAME (hosts `NAME.test`; `_global`: all together) its windows [limit, seconds], its burst and its minimum
delay. The first line that it prints holds its URL; `GET /__report__` is the limit audit's report. SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys

import uvloop

from adce_async.demo.server import serve
from adce_async.demo.worlds import DemoWorld
from adce_async.model.limits import Limits, Window

type_spoken = dict[str, tuple[list[tuple[int, float]], int, float]]


def spoken(name: str, text: tuple[list[tuple[int, float]], int, float]) -> Limits:
    """Limits in the form of the command line. (`name` only says whose, in errors.)"""
    windows, burst, min_delay = text
    if burst < 1:
        raise ValueError(f"{name}: burst {burst}")
    return Limits(tuple(Window(limit, seconds) for limit, seconds in windows), burst, min_delay)


async def main(limits: type_spoken) -> None:
    """Until the process is ended."""
    known = {name: spoken(name, text) for name, text in limits.items()}
    world = DemoWorld(overall=known.pop("_global", Limits()), limits=known)
    async with serve(world) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
