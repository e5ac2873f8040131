"""Is the event loop held by something? A thread asks it now and then, and looks at what it does if it does not answer.

Real time, whatever the loop's own is: a callback that holds the loop holds its clock, too.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

EVERY_SECONDS = 2.0
STOPPED_SECONDS = 0.5
"""Who wakes up later than this was stopped itself (a debugger, SIGSTOP, no CPU), and blames nobody."""
_OURS = "adce_async"


class LoopWatch:
    """Reports how long the loop was held, and by what."""

    def __init__(
        self,
        longest: Callable[[], float],
        report: Callable[[float, str], object],
        every: float = EVERY_SECONDS,
        *,
        measured: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        """`longest()`: seconds without an answer that are looked into; `report(seconds, where)`: called on the loop.

        `measured(seconds)`: each time, how long the answer took; called in the thread.
        """
        self._measured = measured
        self._longest = longest
        self._report = report
        self._every = every
        self._stopping = threading.Event()
        self._answered = threading.Event()

    def start(self) -> None:
        """From now on; call it on the loop's own thread."""
        loop, holder = asyncio.get_running_loop(), threading.get_ident()
        self._stopping.clear()
        threading.Thread(target=self._watch, args=(loop, holder), name="loop watch", daemon=True).start()

    def stop(self) -> None:
        """No more. Waits for nothing."""
        self._stopping.set()
        self._answered.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, holder: int) -> None:
        while not self._stopping.wait(self._every):
            try:
                self._ask(loop, holder)
            except RuntimeError:  # the loop is closed
                return

    def _ask(self, loop: asyncio.AbstractEventLoop, holder: int) -> None:
        answered = self._answered = threading.Event()
        began, longest = time.monotonic(), self._longest()
        loop.call_soon_threadsafe(answered.set)
        if answered.wait(longest):
            self._measured(time.monotonic() - began)
            return
        if time.monotonic() - began > longest + STOPPED_SECONDS:
            return
        where = place(sys._current_frames().get(holder))  # noqa: SLF001 - the one way to see what another thread does
        while not (answered.wait(self._every) or self._stopping.is_set()):
            pass
        if not self._stopping.is_set():
            self._measured(time.monotonic() - began)
            loop.call_soon_threadsafe(self._report, time.monotonic() - began, where)


def place(frame: FrameType | None) -> str:
    """What is executed in `frame`, and who of ours called it: modules and lines, no paths."""
    if frame is None:
        return "unknown"
    innermost = _named(frame)
    while frame is not None and not str(frame.f_globals.get("__name__", "")).startswith(_OURS):
        frame = frame.f_back
    ours = _named(frame) if frame is not None else innermost
    return ours if ours == innermost else f"{ours} -> {innermost}"


def _named(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}:{frame.f_lineno}"
