"""The history is bounded, in rows and in age."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adce_async.adapters.history_rows import MAX_AGE_SECONDS, TRIM_EVERY
from adce_async.adapters.history_sqlite import SqliteHistory
from adce_async.adapters.writer import SqliteWriter
from adce_async.testing.state_contract import NOON, made


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        yield writer


async def test_the_newest_come_first(writer: SqliteWriter) -> None:
    history = SqliteHistory(writer)
    await history.record([made("stored", at=NOON + number, key=f"ant/{number}") for number in range(5)])
    assert await history.recent(2) == [
        made("stored", at=NOON + 4, key="ant/4"),
        made("stored", at=NOON + 3, key="ant/3"),
    ]


async def test_it_keeps_the_last_rows(writer: SqliteWriter) -> None:
    history = SqliteHistory(writer, max_rows=100)
    for number in range(2 * TRIM_EVERY):
        await history.record([made("stored", key=str(number))])
    kept = await history.recent(10 * TRIM_EVERY)
    assert len(kept) <= 100 + TRIM_EVERY
    assert [attempt.key for attempt in kept[:100]] == [str(2 * TRIM_EVERY - 1 - number) for number in range(100)]


async def test_it_forgets_what_is_older_than_a_month_also_of_an_earlier_process(writer: SqliteWriter) -> None:
    await SqliteHistory(writer).record([made("retry", at=NOON), made("retry", at=NOON + 10)])
    await SqliteHistory(writer).record([made("stored", at=NOON + MAX_AGE_SECONDS + 5)])
    assert [attempt.at for attempt in await SqliteHistory(writer).recent()] == [NOON + MAX_AGE_SECONDS + 5, NOON + 10]


async def test_a_damaged_row_is_left_out(writer: SqliteWriter) -> None:
    history = SqliteHistory(writer)
    await history.record([made("stored", key="ant/1"), made("stored", key="ant/2")])
    await writer.submit(lambda connection: connection.execute("UPDATE attempt SET at = 'noon' WHERE key = 'ant/1'"))
    assert [attempt.key for attempt in await history.recent()] == ["ant/2"]
