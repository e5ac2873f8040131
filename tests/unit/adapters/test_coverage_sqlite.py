"""The history of the coverage holds a row where something has changed, and is bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adce_async.adapters.coverage_sqlite import SqliteCoverageHistory
from adce_async.adapters.writer import SqliteWriter
from adce_async.testing.coverage_history_contract import DAY, HOUR, MONTH, NOON, row

START = NOON - NOON % DAY


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        yield writer


async def times(writer: SqliteWriter) -> list[float]:
    sql = "SELECT at FROM coverage_history ORDER BY at"
    return [at - START for (at,) in await writer.read(lambda connection: connection.execute(sql).fetchall())]


async def test_what_stays_the_same_takes_no_room(writer: SqliteWriter) -> None:
    history = SqliteCoverageHistory(writer)
    for minutes in range(0, 600, 15):
        await history.record((row(1), row(2, "others", None)), START + 60 * minutes, START - MONTH)
    assert await times(writer) == [0, 0]


async def test_what_is_older_is_thinned_to_a_row_an_hour_and_a_row_a_day(writer: SqliteWriter) -> None:
    history = SqliteCoverageHistory(writer)
    quarter = HOUR / 4
    for number in range(4 * 24 * 4):
        at = START + number * quarter
        await history.record((row(number % 10),), at, at - MONTH)
    last = 4 * DAY - quarter
    kept = await times(writer)
    assert [at for at in kept if at <= last - 3 * DAY] == [DAY - quarter]
    assert all(at % HOUR == HOUR - quarter for at in kept if at < last - 3 * HOUR)
    assert kept[-4:] == [last - 3 * quarter, last - 2 * quarter, last - quarter, last]
    assert len(kept) < 2 + 3 * 24 + 12


async def test_only_so_many_rows_are_kept_and_they_are_the_newest(writer: SqliteWriter) -> None:
    history = SqliteCoverageHistory(writer, max_rows=5)
    for days in range(20):
        await history.record((row(days % 10),), START + days * DAY, START - MONTH)
    assert await times(writer) == [days * DAY for days in range(15, 20)]


async def test_a_later_process_goes_on_where_the_last_one_was(writer: SqliteWriter) -> None:
    await SqliteCoverageHistory(writer).record((row(1),), START, START - MONTH)
    later = SqliteCoverageHistory(writer)
    await later.record((row(1),), START + HOUR, START - MONTH)
    await later.record((row(2),), START + 2 * HOUR, START - MONTH)
    assert await times(writer) == [0, 2 * HOUR]
