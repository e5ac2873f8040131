"""The SQLite queue beyond the contract: who owns the claims, size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import QueueCounts
from adce_async.testing.example_tasks import NOON, task

TRIES = 20
"""A loop that is held stands still each time; a busy machine may let one that is not stand still now and then."""


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        yield writer


async def test_who_only_looks_leaves_the_claims(writer: SqliteWriter) -> None:
    async with SqliteQueue(writer) as queue:
        await queue.replace([task("a")])
        await queue.claim(["a"], now=NOON, until=NOON + 60)
        async with SqliteQueue(writer, exclusive=False) as looking:
            assert await looking.counts() == QueueCounts(queued=0, leased=1, parked=0)
        async with SqliteQueue(writer):
            assert await queue.counts() == QueueCounts(queued=1, leased=0, parked=0)


async def test_equal_parts_of_tasks_are_held_once(writer: SqliteWriter) -> None:
    async with SqliteQueue(writer) as queue:
        same = {"game_id": "401705066"}
        await queue.replace([task("box_score", fields=same), task("play_by_play", fields=same)])
        one, other = await queue.tasks()
        assert one.fields is other.fields
        for name in ("source", "scraper", "data_type", "season", "reason", "fingerprint", "due", "detected_at"):
            assert getattr(one, name) is getattr(other, name), name


async def test_a_large_plan_does_not_hold_the_loop(writer: SqliteWriter) -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    async with SqliteQueue(writer) as queue, asyncio.TaskGroup() as group:
        heart = group.create_task(beat())
        plan = [task(f"ant/{number}.json") for number in range(5000)]
        for work in (
            lambda: queue.replace(plan), lambda: queue.remember([t.key for t in plan], NOON), queue.tasks,
        ):  # fmt: skip
            for _ in range(TRIES):
                before = beats
                await work()
                if beats > before:
                    break
            assert beats > before
        heart.cancel()
        assert (await queue.counts()).queued == 5000
