"""stdout and stderr as this program writes them: open, and with nothing secret in what goes out."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TextIO

from adce_async.redaction import redact


class _Redacting:
    """A text stream that hides what is secret; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redact(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def open_standard_streams() -> None:
    """What the caller has closed (`>&-`) leads nowhere, instead of into the next file or socket that is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no failure


@contextlib.contextmanager
def without_secrets() -> Iterator[None]:
    """What is written to stdout and stderr meanwhile, by whomever, holds nothing secret."""
    before = sys.stdout, sys.stderr, sys.excepthook, threading.excepthook
    sys.stdout, sys.stderr = _Redacting(sys.stdout), _Redacting(sys.stderr)
    sys.excepthook = _say_died
    threading.excepthook = lambda died: _say_died(died.exc_type, died.exc_value, died.exc_traceback)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.excepthook, threading.excepthook = before


def _say_died(_kind: type[BaseException], error: BaseException | None, _: TracebackType | None) -> None:
    """A traceback of ours instead of Python's."""
    if error is not None:
        from adce_async.error_text import traceback_text

        sys.stderr.write(f"{traceback_text(error)}\n")
