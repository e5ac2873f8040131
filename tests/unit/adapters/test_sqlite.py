"""Opening databases: versions, damage, errors in plain words."""

from __future__ import annotations

import shutil
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adce_async.adapters.sqlite import connect_reader, explain, open_database
from adce_async.errors import FixMeError
from adce_async.testing.clock import FakeClock

ONE = "CREATE TABLE one (x TEXT); CREATE INDEX by_x ON one (x)"
TWO = "CREATE TABLE two (y TEXT)"
CLOCK = FakeClock("2025-01-15T12:00:00Z")


def opened(path: Path, *migrations: str) -> tuple[sqlite3.Connection, str | None]:
    return open_database(path, migrations, clock=CLOCK)


def fill(path: Path, rows: int = 2000) -> None:
    connection, _ = opened(path, ONE)
    connection.executemany("INSERT INTO one VALUES (?)", ((f"{row:0100d}",) for row in range(rows)))
    connection.close()


def test_a_new_database_has_the_newest_version(tmp_path: Path) -> None:
    connection, recovered = opened(tmp_path / "deep" / "a.db", ONE, TWO)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("SELECT * FROM two").fetchall() == []
    assert recovered is None
    connection.close()


def test_an_old_database_is_brought_forward_and_keeps_its_rows(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", rows=3)
    for _ in range(2):
        connection, recovered = opened(tmp_path / "a.db", ONE, TWO)
        assert connection.execute("SELECT count(*) FROM one").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM two").fetchone() == (0,)
        assert recovered is None
        connection.close()


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", rows=3)
    with pytest.raises(FixMeError, match=r"a\.db: .*syntax error"):
        opened(tmp_path / "a.db", ONE, "CREATE TABLE two (y TEXT); CREATE nonsense")
    connection, _ = opened(tmp_path / "a.db", ONE, TWO)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_who_opens_a_new_database_while_another_one_makes_it_finds_it_made(tmp_path: Path) -> None:
    others: list[sqlite3.Connection] = []

    class Slow(tuple[str, ...]):
        """Asked how many there are, after the version was looked at: meanwhile another one opens it."""

        __slots__ = ()

        def __len__(self) -> int:
            if not others:
                others.append(opened(tmp_path / "a.db", ONE, TWO)[0])
            return super().__len__()

    connection, _ = open_database(tmp_path / "a.db", Slow((ONE, TWO)), clock=CLOCK)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()
    others[0].close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path / "a.db", ONE, TWO)[0].close()
    with pytest.raises(FixMeError, match="newer version"):
        opened(tmp_path / "a.db", ONE)
    assert [file.name for file in tmp_path.iterdir()] == ["a.db"]


def test_what_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("cycles: 3\n" * 500)
    connection, recovered = opened(tmp_path / "a.db", ONE)
    assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
    assert recovered is not None
    assert "a.db was damaged (file is not a database): set aside as a.db.broken-2025-01-15T12:00:00Z" in recovered
    assert (tmp_path / "a.db.broken-2025-01-15T12:00:00Z").read_text().startswith("cycles: 3")
    connection.close()


@pytest.mark.parametrize(("first", "last"), [(0.3, 0.6), (0.95, 1.0)])
def test_damage_within_is_found_at_once(tmp_path: Path, first: float, last: float) -> None:
    path = tmp_path / "a.db"
    fill(path)
    body = bytearray(path.read_bytes())
    start, end = int(first * len(body)), int(last * len(body))
    body[start:end] = b"\xa5" * (end - start)
    path.write_bytes(body)
    connection, recovered = opened(path, ONE)
    assert recovered is not None
    assert "\n" not in recovered
    assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
    connection.close()


def test_a_file_cut_short_is_set_aside_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    fill(path)
    path.write_bytes(path.read_bytes()[:20_000])
    (tmp_path / "a.db-wal").write_bytes(b"not a log")
    connection, recovered = opened(path, ONE)
    assert recovered is not None
    connection.execute("INSERT INTO one VALUES ('new')")
    connection.close()
    connection, recovered = opened(path, ONE)
    assert recovered is None
    assert connection.execute("SELECT x FROM one").fetchall() == [("new",)]
    connection.close()


def test_the_log_of_a_damaged_database_goes_with_it(tmp_path: Path) -> None:
    path, killed = tmp_path / "a.db", tmp_path / "killed"
    fill(path)
    connection, _ = opened(path, ONE)
    connection.execute("UPDATE one SET x = x || '!' WHERE rowid > 1990")
    shutil.copytree(tmp_path, killed)
    connection.close()
    (killed / "a.db").write_bytes(b"garbage " * 1000)
    connection, recovered = opened(killed / "a.db", ONE)
    assert recovered is not None
    assert connection.execute("SELECT count(*) FROM one").fetchone() == (0,)
    assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert (killed / "a.db.broken-2025-01-15T12:00:00Z-wal").exists()
    connection.close()


def test_beside_another_instance_a_damaged_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"garbage " * 1000)
    with pytest.raises(FixMeError, match=r"a\.db: is no SQLite database any more: restart the service"):
        open_database(tmp_path / "a.db", (ONE,), clock=CLOCK, repair=False)
    assert (tmp_path / "a.db").read_bytes() == b"garbage " * 1000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("a file")
    with pytest.raises(FixMeError, match=r"inventory: can't be made"):
        opened(tmp_path / "inventory" / "a.db", ONE)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(FixMeError, match=r"a\.db: can't be opened: let the service's user write"):
        opened(tmp_path / "a.db", ONE)


def test_a_reader_sees_what_is_committed_and_writes_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", rows=3)
    reader = connect_reader(tmp_path / "a.db")
    assert reader.execute("SELECT count(*) FROM one").fetchone() == (3,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM one")
    reader.close()


def test_errors_without_advice_keep_their_text() -> None:
    assert explain(Path("a.db"), sqlite3.OperationalError("no such table: x")) == "a.db: no such table: x"


class Unmapped(sqlite3.Connection):
    """As on file systems whose files can't be mapped."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if "WAL" in sql:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMMAP
            raise error
        return super().execute(sql, *parameters)


def test_where_files_cannot_be_mapped_a_rollback_journal_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "adce.db"
    before, _ = open_database(path, ("CREATE TABLE t (x); INSERT INTO t VALUES (1)",), clock=FakeClock())
    before.close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(connect, factory=Unmapped))
    database, recovered = open_database(path, ("CREATE TABLE t (x)",), clock=FakeClock())
    reader = connect_reader(path)
    database.execute("INSERT INTO t VALUES (2)")
    assert database.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert reader.execute("SELECT x FROM t").fetchall() == [(1,), (2,)]
    assert recovered is None
    reader.close()
    database.close()
