"""The loops that wake the reconciler: a timer, a dry queue, a changed gaps.json. They carry no work themselves,
so a missed wake-up costs one interval and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
import watchfiles

from adce_async.error_text import error_text
from adce_async.errors import AdceError

log = structlog.get_logger("adce.triggers")

RETRY_SECONDS = 60.0
"""After a pass that failed the next one comes this soon, or at the interval if that is sooner."""

WATCH_MS = 60
"""Milliseconds between looks for notifications: each one wakes a thread, and a change is read after at most three."""

Beat = Callable[[str, float, str], None]
"""(component, promise of the next beat in seconds, detail)"""


class Timer:
    """Runs a pass at each interval, at once at the start, and whenever it is asked; never two at the same time.

    Missed ticks (a suspended laptop, a long pass) fold into one.
    """

    def __init__(
        self,
        run_pass: Callable[[], Awaitable[None]],
        interval: Callable[[], float],
        beat: Beat,
        tell: Callable[[str, str], object],
    ) -> None:
        """`interval()` in seconds, asked anew each time; `tell(name, text)`: '' is recovery."""
        self._run_pass = run_pass
        self._interval = interval
        self._beat = beat
        self._tell = tell
        self._asked = asyncio.Event()
        self.next_at: float | None = None
        """When the next pass is due (loop time)."""

    def ask(self) -> None:
        """A pass, please, as soon as the one under way (if any) is done."""
        self._asked.set()

    def seconds_to_next(self) -> float | None:
        """Seconds until the next pass is due; None while one is under way for the first time."""
        if self.next_at is None:
            return None
        return round(max(0.0, self.next_at - asyncio.get_running_loop().time()), 1)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._asked.clear()
            started = loop.time()
            wait = self._interval()
            self._beat("reconciler", wait + 3600.0, "pass under way")
            try:
                await self._run_pass()
                self._tell("reconciler", "")
            except AdceError as error:
                wait = min(RETRY_SECONDS, wait)
                self._tell("reconciler", f"the pass failed: {error_text(error)}; next try in {wait:.0f} s")
            self.next_at = max(started + wait, loop.time())
            wait = self.next_at - loop.time()
            self._beat("reconciler", wait + 60.0, f"next pass in {wait:.0f} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self.next_at):
                    await self._asked.wait()


class GapFileWatch:
    """Notices a gaps.json that somebody else wrote: at once by file notification, else at the next check."""

    def __init__(
        self, path: Path, check_seconds: Callable[[], float], read: Callable[[], Awaitable[None]], beat: Beat
    ) -> None:
        self._path = path
        self._check_seconds = check_seconds
        self._read = read
        self._beat = beat
        self._changed = asyncio.Event()
        self._seen: tuple[int, int, int] | None = None

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._notified(), name="gaps.json notifications")
            group.create_task(self._checking(), name="gaps.json check")

    async def _checking(self) -> None:
        while True:
            seconds = self._check_seconds()
            self._beat("queue_watcher", seconds + 60.0, f"looks at {self._path.name} every {seconds:g} s")
            stamp = await asyncio.to_thread(_stamp, self._path)
            if stamp != self._seen:
                self._seen = stamp
                try:
                    await self._read()
                except AdceError as error:
                    self._seen = None
                    log.warning("gaps.json could not be taken in", error=str(error), next=f"again in {seconds:g} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            self._changed.clear()

    async def _notified(self) -> None:
        """Without notifications (a network file system, too few inotify watches) the check alone has to do."""
        try:
            async for _ in watchfiles.awatch(
                self._path.parent,
                watch_filter=lambda _change, name: Path(name).name == self._path.name,
                recursive=False,
                step=WATCH_MS,
                debounce=WATCH_MS,
            ):
                self._changed.set()
        except (OSError, RuntimeError) as error:
            log.warning("no file notifications", path=str(self._path.parent), error=str(error), next="checked by time")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
