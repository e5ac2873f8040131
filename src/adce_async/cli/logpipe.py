"""stderr for programs that must not wait for their reader: a bounded queue, and a thread that writes.

A full pipe (a pager, `^S`, a shipper that hangs) makes `write()` wait for ever, a full disk makes it fail, a reader who
has gone makes it fail for good. None of that may reach the event loop: lines wait in the queue, what does not fit is
counted, and said as soon as lines flow again.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator

from adce_async.redaction import redact

MOST_CHARACTERS = 4_000_000
"""Characters that wait, at most; a traceback is a few thousand."""
PATIENCE = 1.0
"""Seconds that the end waits for a reader who takes nothing."""
RETRY_SECONDS = 1.0
"""Pause after a disk was full."""
_AT_ONCE = 65_536


class LogPipe(io.TextIOBase):
    """A text file over the descriptor `number`; `write` and `flush` never wait and never fail."""

    def __init__(self, number: int, most: int = MOST_CHARACTERS, said: Callable[[int], str] | None = None) -> None:
        """`said(count)`: the line, with its end, that tells how many lines were dropped."""
        self._number = number
        self._most = most
        self.said = said or _said
        self._lines: deque[str] = deque()
        self._waiting = 0
        self._dropped = 0
        self._progress = 0
        self._gone = False
        self._has_work = threading.Condition()
        self._thread: threading.Thread | None = None

    # -- a text file ---------------------------------------------------------------------------------------------

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8, with escapes for what it can't hold."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """As sys.stderr has it."""
        return "backslashreplace"

    def fileno(self) -> int:
        """The descriptor written to."""
        return self._number

    def isatty(self) -> bool:
        """True if it is a terminal."""
        return os.isatty(self._number)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str, /) -> int:
        """Queue `text`, or count its lines as dropped."""
        if not isinstance(text, str):
            raise TypeError(f"expected str, found {type(text).__name__}")
        text = redact(text)  # it stands in the place of a stream that does the same
        with self._has_work:
            if self._gone or not text:
                return len(text)
            if self._waiting + len(text) > self._most:
                self._dropped += text.count("\n")
                return len(text)
            if self._dropped:  # nothing is dropped between the lines that tell of it
                self._queue(self.said(self._dropped))
                self._dropped = 0
            self._queue(text)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="adce-log", daemon=True)
                self._thread.start()
            self._has_work.notify()
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread writes as soon as it can."""

    def drain(self, patience: float = PATIENCE) -> bool:
        """Wait until all is written; False if the reader took nothing for `patience` seconds."""
        with self._has_work:
            if self._dropped and not self._gone:
                self._queue(self.said(self._dropped))
                self._dropped = 0
                self._has_work.notify()
            while self._waiting and not self._gone:
                before = self._progress
                if not self._has_work.wait_for(lambda: self._progress != before or self._gone, patience):  # noqa: B023
                    return False
        return True

    # -- the thread ----------------------------------------------------------------------------------------------

    def _queue(self, text: str) -> None:
        self._lines.append(text)
        self._waiting += len(text)

    def _run(self) -> None:
        while True:
            with self._has_work:
                self._has_work.wait_for(lambda: self._lines)
                text = self._take()
            self._write(text.encode("utf-8", "backslashreplace"))
            with self._has_work:
                self._waiting -= len(text)
                self._progress += 1
                self._has_work.notify_all()

    def _take(self) -> str:
        """Whole writes, so many that they make a good system call."""
        texts, size = [], 0
        while self._lines and size < _AT_ONCE:
            texts.append(self._lines.popleft())
            size += len(texts[-1])
        return "".join(texts)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and not self._gone:
            try:
                view = view[os.write(self._number, view[:_AT_ONCE]) :]
                self._progress += 1
            except BlockingIOError:  # somebody who shares it made it non-blocking
                with contextlib.suppress(OSError, ValueError):
                    select.select([], [self._number], [], RETRY_SECONDS)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    self._gone = True  # nobody reads it any more
                    return
                with self._has_work:
                    self._dropped += bytes(view).count(b"\n")
                threading.Event().wait(RETRY_SECONDS)
                return


def _said(count: int) -> str:
    return f"{count} log lines were dropped: nobody read them, or their disk was full\n"


@contextlib.contextmanager
def stderr_piped() -> Iterator[None]:
    """sys.stderr is a LogPipe within; on leaving, what waits is written, as far as somebody takes it."""
    before = sys.stderr
    try:
        number = before.fileno()
        before.flush()
    except (OSError, ValueError):  # not a file of the system's
        yield
        return
    pipe = sys.stderr = LogPipe(number)
    try:
        yield
    finally:
        pipe.drain()
        sys.stderr = before
