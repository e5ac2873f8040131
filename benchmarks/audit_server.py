"""The simulated sources with limits of one's own.

    python -m benchmarks.audit_server '{"ant": [[[60, 4.0]], 10, 0.0]}'

For each NAME (hosts `NAME.test`; `_global`: all together) its windows [limit, seconds], its burst and its minimum
delay. The first line that it prints holds its URL; `GET /__report__` is the limit audit's report. SIGTERM ends it.

With a second argument, a file: a judge of many busy processes. It goes before them where it may, and each time that it
was held up all the same is a line of the file (when, and for how long, in seconds of the report's clock): what arrives
then is counted late, and looks like too much afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import uvloop

from adce_async.demo.server import serve
from adce_async.demo.worlds import DemoWorld
from adce_async.model.limits import Limits, Window

TICK_SECONDS, STALL_SECONDS = 0.005, 0.02
FIRST = -15
"""Its priority, as `nice` has it."""
type_spoken = dict[str, tuple[list[tuple[int, float]], int, float]]


def spoken(name: str, text: tuple[list[tuple[int, float]], int, float]) -> Limits:
    """Limits in the form of the command line. (`name` only says whose, in errors.)"""
    windows, burst, min_delay = text
    if burst < 1:
        raise ValueError(f"{name}: burst {burst}")
    return Limits(tuple(Window(limit, seconds) for limit, seconds in windows), burst, min_delay)


async def note_stalls(file: Path) -> None:
    """Until cancelled."""
    time = asyncio.get_running_loop().time
    with file.open("a", buffering=1) as lines:
        while True:
            before = time()
            await asyncio.sleep(TICK_SECONDS)
            if (late := time() - before - TICK_SECONDS) > STALL_SECONDS:
                lines.write(f"{before:.3f} {late:.3f}\n")


async def main(limits: type_spoken, stalls: Path | None) -> None:
    """Until the process is ended."""
    known = {name: spoken(name, text) for name, text in limits.items()}
    world = DemoWorld(overall=known.pop("_global", Limits()), limits=known)
    async with serve(world) as server:
        print(server.url, flush=True)
        if stalls is None:
            await asyncio.Event().wait()
        else:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, FIRST)
            await note_stalls(stalls)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
