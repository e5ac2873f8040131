"""Log lines on stderr: for people, or one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from typing import Any, TextIO, cast

import structlog

from adce_async.cli.logpipe import LogPipe
from adce_async.clock import SystemClock
from adce_async.config.settings import Settings
from adce_async.error_text import traceback_text
from adce_async.model.days import iso
from adce_async.redaction import redact


class _NeverFails:
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


def _dropped_text(count: int) -> str:
    return f"{_now()} [warning  ] log lines were dropped: nobody read them, or their disk was full count={count}\n"


def _dropped_json(count: int) -> str:
    event = "log lines were dropped: nobody read them, or their disk was full"
    return json.dumps({"count": count, "event": event, "level": "warning", "timestamp": _now()}) + "\n"


def _now() -> str:
    return iso(SystemClock().now())


_threshold = [logging.INFO]
"""In a list, since loggers that are made once keep what they were made with."""


def set_level(level: str) -> None:
    """Log from `level` (a logging name) on, from now on."""
    _threshold[0] = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger().setLevel(max(_threshold[0], logging.WARNING))


def apply(settings: Settings) -> None:
    """What can be changed while lines are written: the level."""
    set_level(settings.service.logging.level)


def _wanted(_logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """First of all: what nobody wants costs nothing more."""
    number = logging.ERROR if name == "exception" else logging.getLevelNamesMapping().get(name.upper(), logging.INFO)
    if number < _threshold[0]:
        raise structlog.DropEvent
    return event


def configure(level: str, form: str) -> None:
    """Send all logs to stderr, from `level` (a logging name) on, as `console` or `json`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _own_traceback,
    ]
    drawn: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"), pad_event_to=0, sort_keys=False
        )
    )

    def renderer(logger: Any, name: str, event: structlog.typing.EventDict) -> str:
        return redact(str(drawn(logger, name, event)))

    if isinstance(sys.stderr, LogPipe):
        sys.stderr.said = _dropped_json if form == "json" else _dropped_text
    structlog.configure(
        processors=[_wanted, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _NeverFails(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], force=True)
    set_level(level)
    logging.captureWarnings(capture=True)
    logging.getLogger("aiohttp.client").setLevel(logging.ERROR)  # it quotes cookies that it can't read


def _own_traceback(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """`exc_info` as a text of ours: what others' exceptions say by themselves may hold anything."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = traceback_text(error)
    return event
