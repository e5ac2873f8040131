"""A loop that is started again when it dies, ever later; one that keeps dying ends whoever runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adce_async.error_text import error_text

log = structlog.get_logger("adce.loops")

RESTART_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""Pauses before a loop that died is started again."""
FORGIVEN_AFTER = 600.0
"""A loop that has run this long, in seconds, may die as often as at first."""


class LoopDiedError(Exception):
    """A loop keeps dying; the service ends so that its supervisor (systemd, launchd) starts it anew."""


async def kept_alive(
    name: str,
    run: Callable[[], Awaitable[None]],
    tell: Callable[[str, str], object],
    done: Callable[[], bool] = lambda: False,
) -> None:
    """Run `run`, which should never end, until cancelled; `tell(name, text)` of each death, '' once it runs again.

    `done()`: True if it was to end. Raises LoopDiedError if it dies more often than there are pauses.

    `run` has an asyncio.Task of its own, named `name`: who cancels that one has killed the loop, and it comes back.
    """
    loop = asyncio.get_running_loop()
    deaths = 0
    while True:
        started = loop.time()
        text = await _death_of(name, run)
        if not text:
            if done():
                return
            text = "ended by itself"
        if loop.time() - started > FORGIVEN_AFTER:
            deaths = 0
        if deaths == len(RESTART_SECONDS):
            raise LoopDiedError(f"{name} {text}, the {deaths + 1}th time in a row")
        pause = RESTART_SECONDS[deaths]
        deaths += 1
        tell(f"loop {name}", f"{text}; started again in {pause:g} s")
        await asyncio.sleep(pause)
        tell(f"loop {name}", "")


async def _death_of(name: str, run: Callable[[], Awaitable[None]]) -> str:
    """Run it once; what it died of, '' if it has ended. Who cancels us ends it, too."""

    async def once() -> str:
        try:
            await run()
        except Exception as error:
            log.exception("loop died", loop=name)
            return f"died: {error_text(error)}"
        return ""

    async with asyncio.TaskGroup() as group:
        task = group.create_task(once(), name=name)
    return "was cancelled" if task.cancelled() else task.result()
