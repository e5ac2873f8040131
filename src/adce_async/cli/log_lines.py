"""Where log lines go, and which of them: what structlog's loggers and those of libraries write to."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import structlog

from adce_async.cli.log_file import LogFile
from adce_async.cli.log_repeats import Repeats
from adce_async.clock import SystemClock
from adce_async.model.days import iso
from adce_async.redaction import redact


class NeverFails:
    """stderr without its errors: whoever read the logs may be gone, and the service (its stop, above all) goes on."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            self._file.write(text)
        except (OSError, ValueError):  # (ValueError: it was closed)
            self._forget()
        return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except (OSError, ValueError):
            self._forget()

    def _forget(self) -> None:
        """From now on nobody reads it. What is in its buffer would otherwise make the process end with an error."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)


def dropped_text(count: int) -> str:
    """The line that tells of lines that were not written, for people."""
    return f"{_now()} [warning  ] log lines were dropped: nobody read them, or their disk was full count={count}\n"


def dropped_json(count: int) -> str:
    """The line that tells of lines that were not written, for collectors."""
    event = "log lines were dropped: nobody read them, or their disk was full"
    return json.dumps({"count": count, "event": event, "level": "warning", "timestamp": _now()}) + "\n"


def _now() -> str:
    return iso(SystemClock().now())


class Sinks:
    """Where lines go, and which of them: what can be changed while they are written. One for the process."""

    def __init__(self) -> None:
        self.stderr: NeverFails | None = None
        self.file: LogFile | None = None
        self.repeats: Repeats[Line] = Repeats(0)
        self.lock = threading.Lock()
        """Of `repeats`: threads log as well."""
        self.least = logging.INFO
        self.least_of: Mapping[str, int] = {}
        """By component."""
        self.form = "console"
        self.default_file: Path | None = None
        """Where lines go if the settings name no file; None: to none."""
        self._draw: tuple[structlog.typing.Processor, structlog.typing.Processor] | None = None

    def draw_for(self, form: str) -> None:
        """Draw lines in this form, for stderr and for the file."""
        self.form = form
        colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._draw = _drawing(form, colours=colours), _drawing(form, colours=False)

    def wants(self, component: str, number: int) -> bool:
        """True if somebody wants lines of this level from this component."""
        return number >= self.least_of.get(component, self.least)

    def write(self, logger: object, name: str, event: structlog.typing.EventDict) -> None:
        """Draw the line and write it, wherever lines go."""
        if self._draw is None:
            return
        for sink, draw in zip((self.stderr, self.file), self._draw, strict=True):
            if sink is not None:
                sink.write(redact(str(draw(logger, name, dict(event)))) + "\n")

    def say_repeated(self, ended: Iterable[tuple[Line, int]]) -> None:
        """What was held back of floods that are over."""
        for line, count in ended:
            told = f"{line.event['event']} (the same {count} times more within a minute)"
            self.write(line.logger, line.name, {**line.event, "event": told, "repeated": count})


@dataclass(frozen=True, slots=True)
class Line:
    """One line before it is drawn."""

    logger: object
    name: str
    event: structlog.typing.EventDict


SINKS = Sinks()


class Component:
    """What a logger of structlog's writes to: it has a name, which levels can be given to."""

    def __init__(self, name: str = "") -> None:
        self.name = name.removeprefix("adce.")

    def msg(self, line: Line) -> None:
        """Write it, unless it is one of a flood."""
        now = time.monotonic()
        same = (self.name, line.name, repr({k: v for k, v in line.event.items() if k != "timestamp"}))
        with SINKS.lock:
            ended = list(SINKS.repeats.over(now))
            admitted = SINKS.repeats.admit(same, line, now)
        SINKS.say_repeated(ended)
        if admitted:
            SINKS.write(line.logger, line.name, line.event)

    log = debug = info = warning = warn = error = err = exception = critical = fatal = failure = msg


class Libraries(logging.Handler):
    """What libraries log by Python's own means comes out as our own lines do."""

    def __init__(self, shared: Sequence[structlog.typing.Processor]) -> None:
        super().__init__()
        self._to = Component("libraries")
        self.setFormatter(structlog.stdlib.ProcessorFormatter(processor=self._take, foreign_pre_chain=shared))

    def emit(self, record: logging.LogRecord) -> None:
        if SINKS.wants("libraries", record.levelno):
            self.format(record)

    def _take(self, logger: Any, name: str, event: structlog.typing.EventDict) -> str:
        self._to.msg(Line(logger, name, {k: v for k, v in event.items() if not k.startswith("_")}))
        return ""


def _drawing(form: str, *, colours: bool) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, sort_keys=False)
