"""One instance at a time: an advisory lock on a file, which dies with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from adce_async.clock import SystemClock
from adce_async.errors import FixMeError
from adce_async.model.days import iso
from adce_async.ports import Clock


class InstanceLock:
    """Held by at most one process (and once within it), from `acquire` to `release` or the death of the process.

    The file stays behind and is no obstacle: the lock is the kernel's (`flock`), not the file's existence. While
    held, it says who holds it: `PID TIME`. `what` and `option` complete the error that the second instance gets;
    `advice` is what it should do, where another folder is not the answer.
    """

    def __init__(
        self,
        path: Path,
        *,
        what: str = "this lake",
        option: str = "--lake",
        advice: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._path = path
        self._what = what
        self._option = option
        self._advice = advice or f"stop it, or use another {option}"
        self._clock = clock or SystemClock()
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once. Raises FixMeError if another instance holds it or the file can't be made."""
        if self._descriptor is not None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise FixMeError(
                f"{self._path}: can't be written ({error.strerror}): use another {self._option}"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {iso(self._clock.now())}\n".encode())
        except BlockingIOError as error:
            holder = os.pread(descriptor, 100, 0).decode(errors="replace")
            os.close(descriptor)
            raise FixMeError(self._refusal(holder)) from error
        except OSError as error:
            os.close(descriptor)
            raise FixMeError(f"{self._path}: can't be locked ({error.strerror}): use another {self._option}") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go, if held."""
        if self._descriptor is None:
            return
        with contextlib.suppress(OSError):  # a full disk must not keep the lock
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None

    def _refusal(self, holder: str) -> str:
        pid, _, since = holder.strip().partition(" ")
        who = f" (pid {pid}, since {since})" if since else ""
        return f"another instance{who} works on {self._what}; {self._advice}"

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
