"""Tasks to test queues with, and what is done with them again and again. Times are seconds since the epoch (UTC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adce_async.model.coverage import GapKind, Priority
from adce_async.model.days import from_iso
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.ports import TaskQueue

NOON = from_iso("2025-01-15T12:00:00Z")


def task(key: str, **changes: Any) -> Task:
    """A task of the source `ant` with every field away from its default; `changes` win."""
    usual = Task(
        key=key,
        source="ant",
        scraper="ant_items",
        data_type="ant.items",
        season="2024-25",
        fields={"season": "2024-25", "id": key},
        kind=GapKind.STALE,
        priority=Priority.HIGH,
        detected_at=NOON,
        due=NOON - 3600,
        reason="older than a day: „Größe“",
        files=7,
        tier=2,
        freshness_seconds=86400.0,
        fingerprint="f1",
    )
    return replace(usual, **changes)


async def queued(queue: TaskQueue) -> Mapping[str, Task]:
    """The queued tasks by key; fails if a key is there twice."""
    tasks = await queue.tasks()
    assert len({t.key for t in tasks}) == len(tasks)
    return {t.key: t for t in tasks}


async def attempt(queue: TaskQueue, key: str, verdict: Verdict, **more: Any) -> None:
    """Claim `key` and settle it."""
    (claim,) = await queue.claim([key], now=NOON, until=NOON + 60)
    assert claim.task.key == key
    assert list(await queue.settle([Outcome(key, verdict, token=claim.token, **more)])) == []


async def claimed(queue: TaskQueue, *keys: str, at: float = NOON, until: float = NOON + 60) -> dict[str, int]:
    """Claim `keys`; the token of each that was got, by key in the order of the answer."""
    return {claim.task.key: claim.token for claim in await queue.claim(keys, now=at, until=until)}
