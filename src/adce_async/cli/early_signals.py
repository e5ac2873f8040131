"""SIGTERM is heeded from the first moment, by process 1 of a container as well.

The kernel drops a signal that has no handler if it goes to process 1, so what everybody else gets for nothing (the
end) has to be asked for there. Until `supervisor.Stop` takes over, nothing is open that would have to be closed.
"""

from __future__ import annotations

import os
import signal
from types import FrameType


def heed() -> None:
    """Let SIGTERM end this process from now on. Does nothing if somebody has seen to it, or wants it ignored.

    Before anything else is imported: it takes a tenth of a second until a command begins, and a container may be
    stopped meanwhile.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def ignore_hangup() -> None:
    """Of a service that is about to start: SIGHUP asks for what it does anyway now, to read its configuration."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _end(number: int, _frame: FrameType | None) -> None:
    """By the signal itself, so that who waits for us sees what it was; process 1 survives that."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
