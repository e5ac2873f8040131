"""Start order and stop order of the service, as nesting: leaving a scope is its shutdown.

    resources (lake, database, HTTP)        opened first, closed last        app.open_parts
    └ web                                   answers from here on             web.server
      └ pool                                leaving it drains: grace, cancel, release leases
        └ loops                             reconciliation timer, gaps.json watch, health watch, ...

The first signal asks for a stop, the second one for haste. Neither depends on what runs: a thread ends the process
when a stop takes longer than it may, so that nothing that can't be cancelled (a parser in a thread, a disk that
hangs) holds the end. SIGHUP asks for the configuration to be read anew, where there is one to read. A loop that dies
is started again, ever later; one that keeps dying ends the service (exit 1) after the same drain. A bad scraper
never gets that far.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import structlog

from adce_async.engine.kept_alive import LoopDiedError, kept_alive
from adce_async.errors import AdceError

log = structlog.get_logger("adce.supervisor")

T = TypeVar("T")

Scope = Callable[[], contextlib.AbstractAsyncContextManager[object]]

STOP_SLACK = 10.0
"""Seconds beyond the grace that a stop may take before the process ends whatever runs."""
HASTE_SECONDS = 1.0
"""The same after a second signal."""


LOOK_SECONDS = 0.1
"""How often it is looked, while something is entered, whether a stop is asked."""


class StoppedError(AdceError):
    """A stop was asked before anything had begun."""


class Stop:
    """Who asks the service to end, and how urgently."""

    def __init__(self, grace: float = 30.0, leave: Callable[[int], object] = os._exit) -> None:
        """`grace`: seconds that what runs may go on after the first signal.

        `leave(exit code)` ends the process at once; it is called in a thread of its own.
        """
        self.haste = asyncio.Event()
        """Set once somebody has asked twice."""
        self.grace = grace
        self.on_hangup: Callable[[], object] | None = None
        """What SIGHUP asks for; None: nothing, and it is said."""
        self._event = asyncio.Event()
        self._last_words: list[Callable[[], object]] = []
        self._leave = leave

    def ask(self, why: str) -> None:
        """Ask for a stop; asking again is asking for haste."""
        if self._event.is_set():
            self.haste.set()
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

    @contextlib.asynccontextmanager
    async def entering(self, scope: contextlib.AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
        """`scope`, whose entering may take long (a lock that has to run out). Raises StoppedError if a stop is asked
        before it is entered; what it has opened by then is closed.
        """
        loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(None) as patience:
                    again: asyncio.Handle

                    def look() -> None:
                        nonlocal again
                        if self.asked:
                            patience.reschedule(loop.time())
                        else:
                            again = loop.call_later(LOOK_SECONDS, look)

                    again = loop.call_soon(look)
                    try:
                        entered = await stack.enter_async_context(scope)
                    finally:
                        again.cancel()
            except TimeoutError as error:
                if not patience.expired():
                    raise
                raise StoppedError("stopped before it had begun") from error
            yield entered

    @contextlib.contextmanager
    def last_words(self, do: Callable[[], object]) -> Iterator[None]:
        """Within the block: `do` is done before the process is ended whatever runs; it must not wait for anything."""
        self._last_words.append(do)
        try:
            yield
        finally:
            self._last_words.remove(do)

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask, and from then on the process ends in time; SIGHUP never ends it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ask_by_signal, number)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _hang_up(self) -> None:
        if self.on_hangup is not None:
            self.on_hangup()
            return
        log.warning("SIGHUP ignored", why="this command reads its settings at the start only")

    def ask_by_signal(self, number: signal.Signals) -> None:
        """`ask`, and bound the time that it may take: on leaving the block of `on_signals` threads may still run."""
        self._bound(HASTE_SECONDS if self.asked else self.grace + STOP_SLACK, number)
        self.ask(number.name)

    def _bound(self, seconds: float, number: signal.Signals) -> None:
        def end() -> None:
            with contextlib.suppress(Exception):
                for last_words in self._last_words:
                    last_words()
            self._leave(128 + number)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()


class _Stopped(Exception):  # noqa: N818 - not an error: how a TaskGroup is told to end
    """Private: ends the group of loops."""


async def supervise(
    *,
    stop: Stop,
    scopes: Sequence[Scope],
    loops: Mapping[str, Callable[[], Awaitable[None]]],
    tell: Callable[[str, str], object] = lambda _name, _text: None,
) -> None:
    """Run `loops` within `scopes` (entered in order, left in reverse) until `stop`.

    Raises LoopDiedError, after everything was shut down in order, if a loop keeps dying.
    """
    async with contextlib.AsyncExitStack() as stack:
        for scope in scopes:
            await stack.enter_async_context(scope())
        keepers = _Keepers(stop, tell)
        try:
            async with asyncio.TaskGroup() as group:
                for name, run in loops.items():
                    group.create_task(keepers.keep(name, run), name=f"keeper of {name}")
                group.create_task(_until(stop), name="stop-watch")
        except* _Stopped:
            pass
        except* LoopDiedError as died:
            raise died.exceptions[0] from None


class _Keepers:
    """They keep loops alive, and themselves: a TaskGroup takes no notice of a child that somebody has cancelled."""

    def __init__(self, stop: Stop, tell: Callable[[str, str], object]) -> None:
        self._stop = stop
        self._tell = tell
        self._parent = asyncio.current_task()
        self._ends = False

    async def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """`kept_alive`, until the group ends: by a stop, by a loop that keeps dying, or with whoever waits for it."""
        while True:
            try:
                await kept_alive(name, run, self._tell)
            except asyncio.CancelledError:
                here = asyncio.current_task()
                if here is None or self._ends or self._stop.asked or (self._parent and self._parent.cancelling()):
                    raise
                # somebody meant this loop alone; not taken back, each timeout and group within would take it for theirs
                here.uncancel()
                log.warning("loop was killed", loop=name, next="it is started again")
            except BaseException:
                self._ends = True
                raise


async def _until(stop: Stop) -> None:
    await stop.wait()
    raise _Stopped
