"""The simulated sources of the demo in a process of their own, so that the auditor's time is not the client's."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from adce_async.errors import FixMeError

START_SECONDS = 60.0
END_SECONDS = 5.0


class ServerProcess:
    """Simulated sources in another process."""

    def __init__(self, url: str) -> None:
        self.url = url
        """For `--mirror`: `http://127.0.0.1:PORT`."""

    async def report(self) -> dict[str, Any]:
        """What the audit has seen; see `server.SimulatedSources.report`."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/__report__") as answer:
            return dict(await answer.json())


@contextlib.asynccontextmanager
async def server_process() -> AsyncIterator[ServerProcess]:
    """The world of the demo, on a free port of this machine, as long as the block lasts.

    Raises FixMeError if it can't be started. However this process ends, that one sees its input end, and ends too.
    """
    command = (sys.executable, "-m", "adce_async.demo.server", "--demo", "--port", "0", "--until-eof")
    pipe = asyncio.subprocess.PIPE
    # in a session of its own: a Ctrl-C is for us, who still have to ask for the report
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, start_new_session=True)
    try:
        yield ServerProcess(await _url(process))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _url(process: asyncio.subprocess.Process) -> str:
    """Where it serves, which is the first line that it writes."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode()
    except TimeoutError as error:
        raise FixMeError(f"the simulated sources have not started within {START_SECONDS:g} s") from error
    found = re.search(r"http://[\d.]+:\d+", line)
    if found is None:
        raise FixMeError(f"the simulated sources could not be started: {line.strip() or 'they ended at once'}")
    return found[0]
