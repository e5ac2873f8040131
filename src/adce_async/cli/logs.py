"""Log lines, on stderr and in a file: for people, or one JSON object a line."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from adce_async.cli.log_file import LogFile
from adce_async.cli.log_lines import SINKS, Component, Libraries, Line, NeverFails, dropped_json, dropped_text
from adce_async.cli.logpipe import LogPipe
from adce_async.config.files.telemetry import Logging
from adce_async.config.settings import Settings
from adce_async.error_text import traceback_text


def set_level(level: str, levels: Mapping[str, str] | None = None) -> None:
    """Log from `level` (a logging name) on, from now on; `levels`: of components that have one of their own."""
    known = logging.getLevelNamesMapping()
    SINKS.least = known[level.upper()]
    SINKS.least_of = {name: known[each.upper()] for name, each in (levels or {}).items()}
    # libraries say little of use at INFO and much of none
    chatter = SINKS.least_of.setdefault("libraries", max(SINKS.least, logging.WARNING))
    logging.getLogger().setLevel(chatter)


def set_level_of(level: str, component: str) -> None:
    """Log from `level` on, of one component; '': of all, whatever single ones had."""
    if not component:
        set_level(level)
        return
    number = logging.getLevelNamesMapping()[level.upper()]
    SINKS.least_of = {**SINKS.least_of, component: number}
    if component == "libraries":
        logging.getLogger().setLevel(number)


def apply(settings: Settings) -> None:
    """What can be changed while lines are written: levels, repetition, the file. The form stays."""
    given = settings.service.logging
    set_level(given.level, given.levels)
    SINKS.repeats.most = given.repeats_per_minute
    before = SINKS.file
    if before is None and given.file is None:
        return
    path = Path(given.file) if given.file is not None else SINKS.default_file
    if before is not None and before.path == path:
        before.resize(given.max_bytes, given.backups)
        return
    SINKS.file = None if path is None else _opened(path, given)
    if before is not None:
        before.close()


def _opened(path: Path, given: Logging) -> LogFile:
    file = LogFile(path, given.max_bytes, given.backups)
    file.said = dropped_json if SINKS.form == "json" else dropped_text
    return file


@contextlib.contextmanager
def filed(settings: Settings, default: Path | None = None, *, alone: bool = False) -> Iterator[None]:
    """Within the block lines go to the log file as well, if there is to be one. Raises FixMeError.

    `default`: the file where the settings name none; `alone`: nothing goes to stderr.
    """
    given = settings.service.logging
    path = Path(given.file) if given.file is not None else default
    SINKS.default_file = default
    if path is not None:
        file = _opened(path, given)
        file.check()
        SINKS.file = file
    stderr = SINKS.stderr
    if alone:
        SINKS.stderr = None
    try:
        yield
    finally:
        finish()
        SINKS.stderr = stderr
        if SINKS.file is not None:
            SINKS.file.close()
            SINKS.file = None


def finish() -> None:
    """What was held back is told, and what waits for the file is written, as far as that takes no time."""
    with SINKS.lock:
        left = list(SINKS.repeats.all())
    SINKS.say_repeated(left)
    if SINKS.file is not None:
        SINKS.file.drain(0.2)


def _wanted(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """First of all: what nobody wants costs nothing more."""
    number = logging.ERROR if name == "exception" else logging.getLevelNamesMapping().get(name.upper(), logging.INFO)
    if not SINKS.wants(logger.name, number):
        raise structlog.DropEvent
    return event


def _line(logger: Any, name: str, event: structlog.typing.EventDict) -> tuple[tuple[Line], dict[str, Any]]:
    """Last of all: what the logger writes."""
    return (Line(logger, name, event),), {}


def configure(level: str, form: str, levels: Mapping[str, str] | None = None, repeats: int = 0) -> None:
    """Send all logs to stderr, from `level` (a logging name) on, as `console` or `json`; see `set_level`, `Repeats`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _own_traceback,
    ]
    if isinstance(sys.stderr, LogPipe):
        sys.stderr.said = dropped_json if form == "json" else dropped_text
    SINKS.stderr = NeverFails(sys.stderr)
    SINKS.draw_for(form)
    SINKS.repeats.most = repeats
    named = [_component] if form == "json" else []
    structlog.configure(
        processors=[_wanted, *shared, *named, _line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=Component,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[Libraries(shared)], force=True)
    set_level(level, levels)
    logging.captureWarnings(capture=True)
    logging.getLogger("aiohttp.client").setLevel(logging.ERROR)  # it quotes cookies that it can't read


def _component(logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """For collectors: who says it, by the name that a level can be given to."""
    return {**event, "logger": logger.name}


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
