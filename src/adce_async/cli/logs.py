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
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _NeverFails(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
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
