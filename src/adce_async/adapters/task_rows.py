"""Rows of the queue's tables as tasks, and the reverse. A row that says nothing sensible is named and left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from math import inf
from typing import Any, TypeVar

import orjson
import structlog

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.keys import shown
from adce_async.model.task import Origin, Parked, Task

log = structlog.get_logger("adce.queue")

T = TypeVar("T")
Row = tuple[Any, ...]

COLUMNS = (
    "key, source, scraper, data_type, season, fields, kind, priority, detected_at, due, reason, files, tier, "
    "freshness_seconds, fingerprint, origin, force, attempts, lost_leases, not_before"
)
"""Of a row that is a task, in the order of the fields of `Task`."""

KEYS = "(SELECT value FROM json_each(?))"
"""What stands after IN for any number of keys; its parameter is made by `as_json`."""


def as_json(keys: Iterable[str]) -> str:
    """The parameter of `KEYS`."""
    return orjson.dumps(list(keys)).decode()


def encode(task: Task) -> tuple[object, ...]:
    """A row, in the order of the fields of `Task`."""
    fields = orjson.dumps(dict(task.fields)).decode()
    return (
        task.key, task.source, task.scraper, task.data_type, task.season, fields, task.kind.value,
        task.priority.value, task.detected_at, task.due, task.reason, task.files, task.tier, task.freshness_seconds,
        task.fingerprint, task.origin.value, task.force, task.attempts, task.lost_leases, task.not_before,
    )  # fmt: skip


def readable_rows(rows: Iterable[Row], decode_one: Callable[[Row], T]) -> list[T]:
    """Those that can be read; a pass plans anew what is missing because of one that can't."""
    found = []
    for row in rows:
        try:
            found.append(decode_one(row))
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            why = f"{type(error).__name__}: {error}"
            log.warning("a row of the database is left out", key=shown(row[0]), why=why, next="a pass plans it anew")
    return found


def decode(rows: sqlite3.Cursor) -> list[Task]:
    """Tasks of what a statement finds."""
    return decode_rows(rows)


def decode_rows(rows: Iterable[Row]) -> list[Task]:
    """Tasks of rows; equal texts, times and fields are one object in memory."""
    return readable_rows(rows, _Decoder().task)


def decode_parked(row: Row) -> Parked:
    """An entry of the dead-letter list, of a row in the order of the fields of `Parked`."""
    key, source, scraper, reason, attempts, parked_at, last_status, head, fingerprint, kind = row
    if not 0 <= parked_at < inf:
        raise ValueError("expected a time")
    return Parked(key, source, scraper, reason, attempts, parked_at, last_status, head, fingerprint, GapKind(kind))


class _Decoder:
    """What several rows have in common is made once."""

    def __init__(self) -> None:
        self._kinds = {kind.value: kind for kind in GapKind}
        self._origins = {origin.value: origin for origin in Origin}
        self._priorities = {priority.value: priority for priority in Priority}
        self._once: dict[Any, Any] = {}
        self._parsed: dict[str, dict[str, str]] = {}

    def task(self, row: Row) -> Task:
        (
            key, source, scraper, data_type, season, text, kind, priority, detected_at, due, reason, files, tier,
            freshness, fingerprint, origin, force, attempts, lost_leases, not_before,
        ) = row  # fmt: skip
        one: Callable[[Any, Any], Any] = self._once.setdefault
        fields = self._parsed.get(text)
        if fields is None:
            fields = self._parsed[text] = {
                one(name, name): one(value, value) for name, value in _texts(orjson.loads(text)).items()
            }
        if not abs(detected_at + due + not_before + files + tier + attempts + lost_leases) < inf:
            raise ValueError("expected finite numbers")
        return Task(
            key, one(source, source), one(scraper, scraper), one(data_type, data_type), one(season, season), fields,
            self._kinds[kind], self._priorities[priority], one(detected_at, detected_at), one(due, due),
            one(reason, reason), files, tier, one(freshness, freshness), one(fingerprint, fingerprint),
            self._origins[origin], bool(force), attempts, lost_leases, one(not_before, not_before),
        )  # fmt: skip


def _texts(fields: object) -> dict[str, str]:
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise TypeError(f"fields: got {shown(fields)}; expected texts by name")
    return fields
