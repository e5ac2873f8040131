"""Settings that name one file for two purposes: each would be written over by the other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from adce_async.config.files.autonomous import AutonomousConfig
from adce_async.config.files.base import KeyPath
from adce_async.config.reading.crosscheck import Finding
from adce_async.config.settings import Paths

DATABASE, LOG = "the database of the state", "the log"


def shared_places(service: AutonomousConfig, paths: Paths, files: Mapping[str, Path]) -> Iterator[Finding]:
    """A finding for each setting whose file has another purpose, or is none; `files`: those of the configuration."""
    if not paths.state_db.name:
        yield "autonomous_config", ("state_db",), f"got '{paths.state_db}'; expected the path of a file"
        return
    health = service.health_check
    known: dict[str, str] = {}
    for what, path in _ours(paths, files):
        known.setdefault(_same(path), what)
    named: tuple[tuple[KeyPath, str, str | None], ...] = (
        (("state_db",), DATABASE, str(paths.state_db)),
        (("task_queue_file",), "gaps.json", str(paths.gaps_file)),
        (("logging", "file"), LOG, service.logging.file),
        (("health_check", "socket"), "the socket", health.socket),
        (("health_check", "token_file"), "the file of the token", health.token_file),
        (("health_check", "read_token_file"), "the file of the token to look", health.read_token_file),
    )
    for key, what, written in named:
        if written is not None and (other := known.setdefault(_same(Path(written)), what)) != what:
            yield "autonomous_config", key, f"got '{written}', which is {other}; expected a file of its own"


def _ours(paths: Paths, files: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """What no setting names: each file that is put beside the database or the inventory has its line here."""
    for name, path in files.items():
        yield f"{name}.yaml", path
    yield "the coverage report", paths.coverage_file
    yield "the metrics file", paths.metrics_file
    yield "the lock of the state", paths.state_lock
    yield "the pid file", paths.pid_file
    yield "the file of the URL", paths.url_file
    yield LOG, paths.log_file
    yield "the errors of `adce start`", paths.errors_file
    yield "the journal of requests", paths.journal
    yield "what was told of the lake and can't be read", paths.events_aside
    for suffix in ("-wal", "-shm", "-journal"):
        yield DATABASE, paths.state_db.with_name(f"{paths.state_db.name}{suffix}")


def _same(path: Path) -> str:
    """What all names of one file have in common."""
    return os.path.realpath(path)
