"""A log file that is rotated when it has grown, and opened anew when somebody else (logrotate) has moved it away.

It is written by a thread of its own, like stderr: see `logpipe`.
"""

from __future__ import annotations

import io
import logging
import os
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

from adce_async.cli.logpipe import RETRY_SECONDS, LogPipe
from adce_async.errors import FixMeError

log = structlog.get_logger("adce.log")


class _File(RotatingFileHandler):
    """Whole lines into a file that is kept below a size; raises OSError where that fails."""

    terminator = ""

    def __init__(self, path: Path, most: int, backups: int) -> None:
        super().__init__(
            path, maxBytes=most, backupCount=backups, encoding="utf-8", errors="backslashreplace", delay=True
        )

    def put(self, line: str) -> None:
        """Write a line that has its end."""
        if self.stream is not None and self._moved(self.stream.fileno()):
            self.stream.close()
            self.stream = None  # how the handler is told to open it again
        self.emit(logging.makeLogRecord({"msg": line, "args": None}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the handler's own name
        """Raise what `emit` has caught: whoever called knows what to do."""
        raise  # noqa: PLE0704 - called within its `except`

    def _moved(self, number: int) -> bool:
        try:
            ours, there = os.fstat(number), os.stat(self.baseFilename)  # noqa: PTH116 - as it has it
        except FileNotFoundError:
            return True
        return (ours.st_dev, ours.st_ino) != (there.st_dev, there.st_ino)


class LogFile(LogPipe):
    """A text file whose `write` never waits and never fails; what can't be written is counted, and said later."""

    def __init__(self, path: Path, most: int, backups: int) -> None:
        """`most`: bytes after which it is rotated (0: never), to PATH.1, PATH.2, ... of which `backups` are kept."""
        super().__init__(-1)
        self.path = path
        self._file = _File(path, most, backups)
        self._lock = threading.Lock()
        self._failing = False

    def check(self) -> None:
        """Raises FixMeError if it can't be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab"):
                pass
        except OSError as error:
            raise FixMeError(
                f"logging.file: {self.path}: can't be written: {error.strerror}; make it writable or name another file"
            ) from error

    def resize(self, most: int, backups: int) -> None:
        """Rotate by these bounds from now on."""
        with self._lock:
            self._file.maxBytes, self._file.backupCount = most, backups

    def isatty(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Write what waits, as far as that takes no time, and let go of the file."""
        self.drain(0.2)
        with self._lock:
            self._file.close()
        super().close()

    def _write(self, data: bytes) -> None:
        lines = list(io.StringIO(data.decode(), newline="\n"))
        for number, line in enumerate(lines):
            try:
                with self._lock:
                    self._file.put(line)
            except (OSError, ValueError) as error:
                with self._has_work:
                    self._dropped += len(lines) - number
                self._say(error)
                threading.Event().wait(RETRY_SECONDS)
                return
            self._failing = False
            self._progress += 1

    def _say(self, error: OSError | ValueError) -> None:
        """Once, until a line was written again. (It comes to this file as well, and waits in it.)"""
        if not self._failing:
            self._failing = True
            why = getattr(error, "strerror", None) or type(error).__name__
            log.warning("the log file can't be written", path=str(self.path), why=why, next="tried again each second")
