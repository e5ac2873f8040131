"""What whoever started the service is told of it: that it is ready, alive, reading its settings anew, about to end.

watched        from the start to the very end: the watchdog hears that no promise is broken, people read a line
└ announced    from when everything is open to when a stop begins: pid file, ready, stopping
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import structlog

from adce_async.engine.health import Health
from adce_async.service import pid_file
from adce_async.service.notify import Notifier
from adce_async.supervisor import Stop

log = structlog.get_logger("adce.service")

STATUS_SECONDS = 10.0
"""Between looks whether there is something new to say, where somebody reads it."""
BEATS = 3
"""Signs of life in the time after which the watchdog would end us."""


class Lifecycle:
    """From start to end, for those outside."""

    def __init__(
        self, health: Health, stop: Stop, notifier: Notifier, pid_path: Path, doing: Callable[[], str] = lambda: ""
    ) -> None:
        """`doing()`: what is under way, in a few words."""
        self._health = health
        self._stop = stop
        self._notifier = notifier
        self._pid_path = pid_path
        self._doing = doing

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Within the block the watchdog is told that all is well, as long as it is."""
        if not self._notifier.listened_to:
            yield
            return
        failed: Exception | None = None
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._telling(), name="service manager")
            try:
                yield
            except Exception as error:  # noqa: BLE001 - comes out as it is, not as one of a group
                failed = error
            finally:
                telling.cancel()
        if failed is not None:
            raise failed

    @contextlib.asynccontextmanager
    async def announced(self) -> AsyncIterator[None]:
        """Within the block the service is at work. The last scope to be entered, so that it is the first to be left."""
        with contextlib.ExitStack() as stack:
            try:
                await asyncio.to_thread(pid_file.write, self._pid_path)
            except OSError as error:
                log.warning("our pid is not written down", path=str(self._pid_path), why=error.strerror)
            stack.callback(pid_file.remove, self._pid_path)
            stack.enter_context(self._stop.last_words(partial(pid_file.remove, self._pid_path)))
            self._notifier.ready()
            try:
                yield
            finally:
                self._notifier.stopping()
                self._notifier.status("stopping: no new tasks, those that run have their grace")

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """Within the block the configuration is read anew."""
        self._notifier.reloading()
        try:
            yield
        finally:
            self._notifier.ready()

    def said(self) -> str:
        """How it is, in one line."""
        broken = self._health.broken()
        reasons = "; ".join(broken or self._health.troubles())
        return ": ".join(filter(None, (self._health.status, reasons or self._doing())))

    async def _telling(self) -> None:
        last = ""
        period = self._notifier.watchdog_seconds
        pause = STATUS_SECONDS if period is None else min(STATUS_SECONDS, period / BEATS)
        while self._notifier.listened_to:
            # a stop is bounded by itself, and what is being stopped keeps no promises
            if self._stop.asked or not self._health.broken():
                self._notifier.alive()
            if not self._stop.asked and (said := self.said()) != last:
                last = said
                self._notifier.status(said)
            await asyncio.sleep(pause)
