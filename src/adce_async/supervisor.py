"""Start order and stop order of the service, as nesting: leaving a scope is its shutdown.

    resources (lake, database, HTTP)        opened first, closed last        app.open_parts
    └ web                                   answers from here on             web.server
      └ pool                                leaving it drains: grace, cancel, release leases
        └ loops                             reconciliation timer, gaps.json watch, health watch, ...

The first signal asks for a stop, the second one for haste. Neither depends on what runs: a thread ends the process
when a stop takes longer than it may, so that nothing that can't be cancelled (a parser in a thread, a disk that
hangs) holds the end. SIGHUP is ignored, and said: there is nothing to reload yet. A loop that dies is started
again, ever later; one that keeps dying ends the service (exit 1) after the same drain. A bad scraper never gets
that far.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import structlog

from adce_async.error_text import error_text

log = structlog.get_logger("adce.supervisor")

Scope = Callable[[], contextlib.AbstractAsyncContextManager[object]]

RESTART_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""Pauses before a loop that died is started again."""
FORGIVEN_AFTER = 600.0
"""A loop that has run this long may die as often as at first."""
STOP_SLACK = 10.0
"""Seconds beyond the grace that a stop may take before the process ends whatever runs."""
HASTE_SECONDS = 1.0
"""The same after a second signal."""


class LoopDiedError(Exception):
    """A loop keeps dying; the service ends so that its supervisor (systemd, launchd) starts it anew."""


class Stop:
    """Who asks the service to end, and how urgently."""

    def __init__(self, on_hurry: Callable[[], None] = lambda: None, leave: Callable[[int], object] = os._exit) -> None:
        """`leave(exit code)` ends the process at once; it is called in a thread of its own."""
        self._event = asyncio.Event()
        self.on_hurry = on_hurry
        self.grace = 30.0
        """Seconds that what runs may go on after the first signal."""
        self.last_words: Callable[[], object] = lambda: None
        """Done before the process is ended whatever runs; must not wait for anything."""
        self._leave = leave

    def ask(self, why: str) -> None:
        """Ask for a stop; asking again is asking for haste."""
        if self._event.is_set():
            self.on_hurry()
            log.warning("stop asked again", by=why, next="no more grace")
            return
        self._event.set()  # first: whatever becomes of the line, the stop is asked
        log.info("stop asked", by=why)

    @property
    def asked(self) -> bool:
        """True once somebody asked."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Until somebody asks."""
        await self._event.wait()

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask, and from then on the process ends in time; SIGHUP is ignored."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ask_by_signal, number)
        loop.add_signal_handler(signal.SIGHUP, _ignore)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def ask_by_signal(self, number: signal.Signals) -> None:
        """`ask`, and bound the time that it may take: on leaving the block of `on_signals` threads may still run."""
        self._bound(HASTE_SECONDS if self.asked else self.grace + STOP_SLACK, number)
        self.ask(number.name)

    def _bound(self, seconds: float, number: signal.Signals) -> None:
        def end() -> None:
            with contextlib.suppress(Exception):
                self.last_words()
            self._leave(128 + number)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()


def _ignore() -> None:
    log.warning("SIGHUP ignored", why="settings are read at the start only", next="restart to use new ones")


class _Stopped(Exception):  # noqa: N818 - not an error: how a TaskGroup is told to end
    """Private: ends the group of loops."""


async def supervise(
    *,
    stop: Stop,
    scopes: Sequence[Scope],
    loops: Mapping[str, Callable[[], Awaitable[None]]],
    on_trouble: Callable[[str, str], None] = lambda _name, _text: None,
) -> None:
    """Run `loops` within `scopes` (entered in order, left in reverse) until `stop`.

    Raises LoopDiedError, after everything was shut down in order, if a loop keeps dying.
    """
    async with contextlib.AsyncExitStack() as stack:
        for scope in scopes:
            await stack.enter_async_context(scope())
        try:
            async with asyncio.TaskGroup() as group:
                for name, run in loops.items():
                    group.create_task(_kept_alive(name, run, on_trouble), name=name)
                group.create_task(_until(stop), name="stop-watch")
        except* _Stopped:
            pass
        except* LoopDiedError as died:
            raise died.exceptions[0] from None


async def _until(stop: Stop) -> None:
    await stop.wait()
    raise _Stopped


async def _kept_alive(name: str, run: Callable[[], Awaitable[None]], on_trouble: Callable[[str, str], None]) -> None:
    loop = asyncio.get_running_loop()
    deaths = 0
    while True:
        started = loop.time()
        try:
            await run()
            text = "ended by itself"
        except Exception as error:
            log.exception("loop died", loop=name)
            text = f"died: {error_text(error)}"
        if loop.time() - started > FORGIVEN_AFTER:
            deaths = 0
        if deaths == len(RESTART_SECONDS):
            raise LoopDiedError(f"{name} {text}, the {deaths + 1}th time in a row")
        pause = RESTART_SECONDS[deaths]
        deaths += 1
        on_trouble(f"loop {name}", f"{text}; started again in {pause:g} s")
        await asyncio.sleep(pause)
        on_trouble(f"loop {name}", "")
