"""Claims in SQLite beyond the contract: databases of before, a transaction that fails."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from adce_async.adapters import claim_rows, schema, writer
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.errors import QueueError
from adce_async.testing.example_tasks import NOON, claimed, queued, task


async def test_a_database_from_before_the_tokens_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adce.db"
    monkeypatch.setattr(writer, "MIGRATIONS", schema.MIGRATIONS[:2])
    async with SqliteWriter(path) as before:
        await SqliteQueue(before).replace([task("a"), task("b", attempts=2)])
        await before.submit(lambda rows: rows.execute("UPDATE task SET lease_until = ? WHERE key = 'a'", (NOON,)))
    monkeypatch.undo()
    async with SqliteWriter(path) as after, SqliteQueue(after) as queue:
        assert await queued(queue) == {"a": task("a", lost_leases=1), "b": task("b", attempts=2)}
        assert await claimed(queue, "b", "a") == {"b": 1, "a": 2}


async def test_a_token_of_a_transaction_that_failed_was_given_to_nobody(tmp_path: Path) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        assert [claim.token for claim in claim_rows.claim(connection, ["a"], NOON, NOON + 60)] == [1]
        connection.execute("nonsense")

    async with SqliteWriter(tmp_path / "adce.db") as writer, SqliteQueue(writer) as queue:
        await queue.replace([task("a")])
        with pytest.raises(QueueError):
            await writer.submit(fails)
        assert await claimed(queue, "a") == {"a": 1}


async def test_what_is_held_is_found_by_its_key(tmp_path: Path) -> None:
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        sql = claim_rows.HELD

        def plan(connection: sqlite3.Connection) -> str:
            return " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", ("[]",)))

        assert "SEARCH task USING INDEX sqlite_autoindex_task_1 (key=?)" in await writer.read(plan)
