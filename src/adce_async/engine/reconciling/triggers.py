"""The loops that wake the reconciler: a timer, a dry queue, a changed file. They carry no work themselves,
so a missed wake-up costs one interval and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from adce_async.engine import file_notifications
from adce_async.engine.reconciling.gapfile import Stamp, stamp_of
from adce_async.engine.ticks import set_within, until_tick
from adce_async.error_text import error_text
from adce_async.errors import AdceError

log = structlog.get_logger("adce.triggers")

SILENT_SECONDS = 30.0
"""A pass says within so many seconds, or an interval if that is longer, that it has got on; else it hangs."""
RETRY_SECONDS = 60.0
"""After a pass that failed the next one comes this soon, or at the interval if that is sooner."""

SETTLE_LOOKS = 4
"""Looks at a file that keeps changing; then it is read as it is."""

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
        self._woken = asyncio.Event()
        self._wanted = False
        self.next_at: float | None = None
        """When the next pass is due (loop time)."""
        self._passing = False
        self._progress: object = None

    def ask(self) -> None:
        """A pass, please, as soon as the one under way (if any) is done."""
        self._wanted = True
        self._woken.set()

    def rearm(self) -> None:
        """The interval may be another one; it counts from the start of the last pass."""
        self._woken.set()

    def progressed(self, progress: object, every: float) -> None:
        """How far the pass under way has got; what differs from last time is a sign of life. Asked `every` seconds."""
        if self._passing and progress != self._progress:
            self._promise(every)
        self._progress = progress

    def _promise(self, late: float = 0.0) -> None:
        self._beat("reconciler", max(self._interval(), SILENT_SECONDS) + late, "pass under way")

    def seconds_to_next(self) -> float | None:
        """Seconds until the next pass is due; None while one is under way for the first time."""
        if self.next_at is None:
            return None
        return round(max(0.0, self.next_at - asyncio.get_running_loop().time()), 1)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._wanted = False  # before the pass: who asks while it is under way knows more than it
            started = loop.time()
            self._passing = True
            self._promise()
            failed = False
            try:
                await self._run_pass()
                self._tell("reconciler", "")
            except AdceError as error:
                failed = True
                wait = min(RETRY_SECONDS, self._interval())
                self._tell("reconciler", f"the pass failed: {error_text(error)}; next try in {wait:.0f} s")
            finally:
                self._passing = False
            await self._until_due(started, failed=failed)

    async def _until_due(self, started: float, *, failed: bool) -> None:
        """Until the interval since `started` is over, whatever it is by then, or somebody asks."""
        loop = asyncio.get_running_loop()
        while not self._wanted:
            self._woken.clear()
            wait = min(RETRY_SECONDS, self._interval()) if failed else self._interval()
            self.next_at = max(started + wait, loop.time())
            wait = self.next_at - loop.time()
            self._beat("reconciler", wait + 60.0, f"next pass in {wait:.0f} s")
            try:
                async with asyncio.timeout_at(self.next_at):
                    await self._woken.wait()
            except TimeoutError:
                return


class FileWatch:
    """Notices files that somebody else wrote: at once by file notification, else at the next check."""

    def __init__(
        self,
        paths: Sequence[Path],
        check_seconds: Callable[[], float],
        read: Callable[[], Awaitable[None]],
        beat: Beat,
        *,
        name: str = "queue_watcher",
        known: bool = False,
        settle: float = 0.0,
    ) -> None:
        """`paths`: there or not; `name`: under which it beats; `known`: as they are now, they have been read.

        `settle`: seconds for which a change has to last: who writes a file in two steps has it read once, whole.
        """
        self._paths = tuple(paths)
        self._folders = {path.parent for path in paths}
        self._silent = set(self._folders)
        """Those of which the system tells nothing, or perhaps not all."""
        self._names = ", ".join(path.name for path in paths)
        self._check_seconds = check_seconds
        self._read = read
        self._beat = beat
        self._name = name
        self._settle = settle
        self._changed = asyncio.Event()
        self._seen: dict[Path, Stamp | None] = self._stamps() if known else dict.fromkeys(self._paths)

    @property
    def is_told(self) -> bool:
        """True while the system tells of all changes in all folders."""
        return not self._silent

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for folder in sorted(self._folders):
                group.create_task(self._notified(folder), name=f"{self._name} notifications")
            group.create_task(self._checking(), name=f"{self._name} check")

    async def _checking(self) -> None:
        while True:
            seconds = self._check_seconds()
            heard = "hears of each change, and " if self.is_told else ""
            self._beat(self._name, seconds + 60.0, f"{heard}looks at {self._names} every {seconds:g} s")
            stamps = await asyncio.to_thread(self._stamps)
            if stamps != self._seen:
                stamps = await self._settled(stamps)
                before, self._seen = self._seen, stamps
                try:
                    await self._read()
                except AdceError as error:
                    self._seen = before
                    log.warning(
                        "file could not be taken in", file=self._names, error=str(error), next=f"again in {seconds:g} s"
                    )
            await set_within(self._changed, until_tick(seconds))
            self._changed.clear()

    async def _settled(self, stamps: dict[Path, Stamp | None]) -> dict[Path, Stamp | None]:
        """Once they stay as they are, or have changed for too long."""
        for _ in range(SETTLE_LOOKS if self._settle else 0):
            await asyncio.sleep(self._settle)
            before, stamps = stamps, await asyncio.to_thread(self._stamps)
            if stamps == before:
                break
        return stamps

    async def _notified(self, folder: Path) -> None:
        """Without notifications (a network file system, too few inotify watches) the check alone has to do."""
        names = {path.name for path in self._paths if path.parent == folder}
        if await asyncio.to_thread(file_notifications.tells_all, folder, names):
            self._silent.discard(folder)
        try:
            async for _ in file_notifications.saved(folder, names):
                self._changed.set()
        except (OSError, RuntimeError) as error:
            self._silent.add(folder)
            log.warning("no file notifications", path=str(folder), error=str(error), next="checked by time")
            self._changed.set()  # the checks come more often from now on

    def _stamps(self) -> dict[Path, Stamp | None]:
        return {path: stamp_of(path) for path in self._paths}
