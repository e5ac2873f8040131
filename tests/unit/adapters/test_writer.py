"""One writing thread with group commit."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adce_async.adapters.schema import MIGRATIONS
from adce_async.adapters.writer import MAX_BACKLOG, SqliteWriter
from adce_async.errors import FixMeError, QueueError
from adce_async.testing.clock import FakeClock


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    async with SqliteWriter(tmp_path / "adce.db", clock=FakeClock()) as writer:
        yield writer


def put(name: str, text: str = "x") -> Callable[[sqlite3.Connection], str]:
    def do(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO state VALUES (?, ?)", (name, text))
        return name

    return do


def names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM state ORDER BY name")]


async def test_what_was_submitted_is_committed_on_return(writer: SqliteWriter) -> None:
    assert await writer.submit(put("a")) == "a"
    assert await writer.read(names) == ["a"]


async def test_all_that_wait_share_a_transaction(writer: SqliteWriter) -> None:
    statements: list[str] = []
    writer._connection.set_trace_callback(statements.append)
    await asyncio.gather(*(writer.submit(put(str(number))) for number in range(200)))
    assert statements.count("COMMIT") == 1
    assert len(await writer.read(names)) == 200


async def test_a_failure_undoes_its_own_work_and_nobody_elses(writer: SqliteWriter) -> None:
    def half(connection: sqlite3.Connection) -> None:
        put("half")(connection)
        raise ValueError("halfway")

    results = await asyncio.gather(
        writer.submit(put("a")),
        writer.submit(half),
        writer.submit(put("a")),
        writer.submit(put("b")),
        return_exceptions=True,
    )
    assert results[0] == "a"
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], QueueError)
    assert "UNIQUE constraint failed" in str(results[2])
    assert results[3] == "b"
    assert await writer.read(names) == ["a", "b"]


async def test_a_full_disk_fails_loudly_loses_nothing_and_passes(writer: SqliteWriter) -> None:
    await writer.submit(put("before"))
    pages = await writer.submit(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    writer._connection.execute(f"PRAGMA max_page_count = {pages + 2}")  # what SQLite has of a full disk
    results = await asyncio.gather(
        writer.submit(put("small")), writer.submit(put("large", "x" * 100_000)), return_exceptions=True
    )
    assert isinstance(results[1], QueueError)
    assert "adce.db: the disk (or its quota) is full: free some space" in str(results[1])
    told = {"before"} | {name for name in results if isinstance(name, str)}
    assert set(await writer.read(names)) == told, "what was said to be stored is, and nothing else"
    writer._connection.execute("PRAGMA max_page_count = 1000000")
    await writer.submit(put("large", "x" * 100_000))
    assert set(await writer.read(names)) == told | {"large"}


async def test_a_commit_that_fails_fails_all_in_it_and_nothing_after_it(writer: SqliteWriter) -> None:
    await writer.submit(put("before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{writer.path}-wal").stat().st_size  # noqa: ASYNC240
    resource.setrlimit(resource.RLIMIT_FSIZE, (log + 10_000, hard))
    try:
        results = await asyncio.gather(
            writer.submit(put("a", "x" * 50_000)), writer.submit(put("b")), return_exceptions=True
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [str(result).startswith(f"{writer.path}: the disk could not be read or written") for result in results] == [
        True,
        True,
    ]
    assert await writer.read(names) == ["before"]
    await writer.submit(put("after"))
    assert await writer.read(names) == ["after", "before"]


async def test_a_commit_that_is_refused_is_undone(writer: SqliteWriter) -> None:
    writer._connection.executescript(
        "PRAGMA foreign_keys = ON;CREATE TABLE child (name TEXT REFERENCES state (name) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(QueueError, match="FOREIGN KEY constraint failed"):
        await writer.submit(lambda connection: connection.execute("INSERT INTO child VALUES ('nobody')"))
    await writer.submit(put("after"))
    assert await writer.read(names) == ["after"]


async def test_a_transaction_that_sqlite_rolls_back_fails_all_in_it(writer: SqliteWriter) -> None:
    results = await asyncio.gather(
        writer.submit(put("a")),
        writer.submit(lambda connection: connection.execute("INSERT OR ROLLBACK INTO state VALUES ('b', NULL)")),
        writer.submit(put("c")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [QueueError] * 3
    assert await writer.read(names) == []
    await writer.submit(put("d"))
    assert await writer.read(names) == ["d"]


async def test_more_than_fits_waits_its_turn(writer: SqliteWriter) -> None:
    sizes: list[int] = []
    async with asyncio.TaskGroup() as group:
        for number in range(3 * MAX_BACKLOG):
            group.create_task(writer.submit(put(f"{number:05}")))
        for _ in range(20):
            await asyncio.sleep(0)
            sizes.append(len(writer._pending))
    assert max(sizes) == MAX_BACKLOG
    assert len(await writer.read(names)) == 3 * MAX_BACKLOG


async def test_closing_finishes_what_was_submitted(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group, SqliteWriter(tmp_path / "adce.db") as writer:
        for number in range(2 * MAX_BACKLOG):
            group.create_task(writer.submit(put(f"{number:05}")))
        await asyncio.sleep(0)
    for call in (writer.submit(put("late")), writer.read(names), writer.flush()):
        with pytest.raises(QueueError, match="is closed"):
            await call
    async with SqliteWriter(tmp_path / "adce.db") as again:
        assert len(await again.read(names)) == 2 * MAX_BACKLOG


async def test_cancelled_before_its_turn_it_is_not_run(writer: SqliteWriter) -> None:
    running, go = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        running.set()
        assert go.wait(10)
        put("slow")(connection)

    async with asyncio.TaskGroup() as group:
        begun = group.create_task(writer.submit(slow))
        await asyncio.to_thread(running.wait, 10)
        waiting = group.create_task(writer.submit(put("waiting")))
        await asyncio.sleep(0)
        begun.cancel()
        waiting.cancel()
        go.set()
    await writer.submit(put("after"))
    assert await writer.read(names) == ["after", "slow"]


async def test_virtual_time_waits_for_the_database(writer: SqliteWriter) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with asyncio.timeout(3600):
        await writer.submit(lambda _: threading.Event().wait(0.02))
        await writer.read(lambda _: threading.Event().wait(0.02))
    assert loop.time() - before < 60


async def test_a_read_is_one_snapshot(writer: SqliteWriter) -> None:
    looked, go = threading.Event(), threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        first = names(connection)
        looked.set()
        assert go.wait(10)
        return first, names(connection)

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(writer.read(twice))
        await asyncio.to_thread(looked.wait, 10)
        await writer.submit(put("a"))
        go.set()
    assert reading.result() == ([], [])
    assert await writer.read(names) == ["a"]


async def test_a_read_cannot_write(writer: SqliteWriter) -> None:
    with pytest.raises(QueueError, match="readonly"):
        await writer.read(put("a"))


async def test_flush_syncs_with_one_full_commit_and_goes_back(writer: SqliteWriter) -> None:
    statements: list[str] = []
    await writer.submit(put("a"))
    writer._connection.set_trace_callback(statements.append)
    await writer.flush()
    assert statements[0] == "PRAGMA synchronous = FULL"
    assert statements[-1] == "PRAGMA synchronous = NORMAL"
    assert f"PRAGMA user_version = {len(MIGRATIONS)}" in statements


async def test_a_damaged_database_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "adce.db").write_bytes(b"garbage " * 1000)
    async with SqliteWriter(tmp_path / "adce.db", clock=FakeClock()) as writer:
        assert writer.recovered is not None
        assert "adce.db.broken-2025-01-15T12:00:0" in writer.recovered
        await writer.submit(put("a"))
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        assert writer.recovered is None
        assert await writer.read(names) == ["a"]


async def test_who_only_looks_leaves_a_damaged_database_alone(tmp_path: Path) -> None:
    (tmp_path / "adce.db").write_bytes(b"garbage " * 1000)
    with pytest.raises(FixMeError, match=r"adce\.db: is no SQLite database any more"):
        async with SqliteWriter(tmp_path / "adce.db", exclusive=False):
            pass
    assert (tmp_path / "adce.db").read_bytes() == b"garbage " * 1000


async def test_a_database_that_cannot_be_made_is_a_persons_business(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("a file")
    with pytest.raises(FixMeError, match="inventory: can't be made"):
        async with SqliteWriter(tmp_path / "inventory" / "adce.db"):
            pass


def left_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_looking_makes_no_file_and_forgets_what_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "inventory" / "adce.db"
    async with SqliteWriter(path, exclusive=False, look=True) as writer:
        assert await writer.read(names) == []
        await writer.submit(put("a"))
        assert await writer.read(names) == ["a"]
    assert left_in(tmp_path) == []


async def test_looking_at_what_is_there_sees_it_and_leaves_no_log(tmp_path: Path) -> None:
    path = tmp_path / "adce.db"
    async with SqliteWriter(path) as writer:
        await writer.submit(put("a"))
    async with SqliteWriter(path, exclusive=False, look=True) as writer:
        assert await writer.read(names) == ["a"]
    assert left_in(tmp_path) == ["adce.db"]


async def test_no_cursor_leaves_its_thread(writer: SqliteWriter) -> None:
    """Freed by another thread, it resets a statement that this one may be about to use: "API misuse"."""
    many = await writer.submit(lambda connection: connection.executemany("INSERT INTO state VALUES (?, 'x')", [("a",)]))
    one = await writer.submit(lambda connection: connection.execute("INSERT INTO state VALUES ('b', 'x')"))
    assert (many, one) == (None, None)
    assert await writer.read(names) == ["a", "b"]
