"""What somebody (or a broken disk) has written into the database costs its own row, nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.state_sqlite import SqliteDiscoveries
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Discovery, Item
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import NOON, attempt, task


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        yield writer


async def spoil(writer: SqliteWriter, sql: str, *values: object) -> None:
    def do(connection: sqlite3.Connection) -> None:
        assert connection.execute(sql, values).rowcount == 1

    await writer.submit(do)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "odd"),
        ("priority", 99),
        ("priority", "x"),
        ("origin", ""),
        ("fields", "{"),
        ("fields", "[1]"),
        ("fields", '{"game_id": 5}'),
        ("fields", b"\xff"),
        ("detected_at", "yesterday"),
        ("detected_at", 9e999),
        ("due", b"x"),
        ("attempts", "many"),
    ],
)
async def test_a_task_that_cannot_be_read_is_named_and_planned_anew(
    writer: SqliteWriter, column: str, value: object
) -> None:
    async with SqliteQueue(writer) as queue:
        await queue.replace([task("bad"), task("good")])
        await spoil(writer, f"UPDATE task SET {column} = ? WHERE key = 'bad'", value)
        with structlog.testing.capture_logs() as logs:
            assert [each.key for each in await queue.tasks()] == ["good"]
            (claim,) = await queue.claim(["bad", "good"], now=NOON, until=NOON + 60)
        assert claim.task.key == "good"
        assert {each["key"] for each in logs} == {"'bad'"}
        await queue.settle([Outcome("good", Verdict.RELEASED, token=claim.token)])
        if column not in ("detected_at", "attempts"):  # these are remembered, not planned
            await queue.replace([task("bad"), task("good")])
            assert {each.key for each in await queue.tasks()} == {"bad", "good"}


@pytest.mark.parametrize(("column", "value"), [("kind", "odd"), ("parked_at", "x"), ("parked_at", 9e999)])
async def test_a_parked_one_that_cannot_be_read_is_left_out(writer: SqliteWriter, column: str, value: object) -> None:
    async with SqliteQueue(writer) as queue:
        await queue.replace([task("bad"), task("good")])
        for key in ("bad", "good"):
            await attempt(queue, key, Verdict.PARKED, at=NOON)
        await spoil(writer, f"UPDATE parked SET {column} = ? WHERE key = 'bad'", value)
        assert [each.key for each in await queue.parked()] == ["good"]


@pytest.mark.parametrize("age", ["yesterday", -5.0, 9e999, b"x"])
async def test_an_age_that_is_none_begins_anew(writer: SqliteWriter, age: object) -> None:
    async with SqliteQueue(writer) as queue:
        await queue.remember(["bad", "good"], NOON)
        await spoil(writer, "UPDATE gap_age SET first_detected = ? WHERE key = 'bad'", age)
        assert await queue.remember(["bad", "good"], NOON + 60) == {"bad": NOON + 60, "good": NOON}
        assert await queue.remember(["bad", "good"], NOON + 90) == {"bad": NOON + 60, "good": NOON}


@pytest.mark.parametrize(
    "items",
    [
        b"{",
        b"\xff",
        b"5",
        b"[5]",
        b"[[1, 2, 3]]",
        b'{"made": 5}',
        b'{"made": "x", "items": []}',
        b'[["odd", {}]]',
        b'[["final", 5]]',
        b'[["final", null]]',
    ],
)
async def test_a_discovery_that_cannot_be_read_is_read_again(writer: SqliteWriter, items: bytes) -> None:
    known = SqliteDiscoveries(writer)
    good = Discovery((Item({"game_id": "1"}),), refused=("ant/2: what is refused",))
    await known.save({"ant/1": ("e", good), "ant/2": ("e", good)})
    await spoil(writer, "UPDATE discovery SET items = ? WHERE key = 'ant/1'", items)
    assert await known.load("ant/") == {"ant/2": ("e", good)}
