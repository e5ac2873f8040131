"""The metadata beside the objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adce_async.adapters.objects_db import ObjectsDb, Row
from adce_async.errors import StoreError
from adce_async.testing.clock import FakeClock

A1, A2, B1 = (
    Row(key, size, 5, "00ff", "https://ant.test", 1.5, "ant_items", "1", "application/json", 200)
    for key, size in (("a", 1), ("a", 2), ("b", 1))
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ObjectsDb]:
    database = ObjectsDb(tmp_path / "objects.db", FakeClock())
    yield database
    database.close()


def again(tmp_path: Path) -> dict[str, Row]:
    """What a process finds that starts now."""
    other = ObjectsDb(tmp_path / "objects.db", FakeClock())
    found = dict(other.find_all(["a", "b"]))
    other.close()
    return found


def test_rows_are_found_at_once_and_last_from_the_commit_on(database: ObjectsDb, tmp_path: Path) -> None:
    database.record(A1)
    assert database.find("a") == A1
    assert again(tmp_path) == {}
    assert list(database.take()) == ["a"]
    assert database.find("a") == A1
    database.commit()
    assert database.find("a") == A1
    assert again(tmp_path) == {"a": A1}
    assert list(database.take()) == []


def test_the_tag_of_what_waits_for_its_commit_is_known_by_heart(database: ObjectsDb) -> None:
    assert database.tag_of_waiting("a") == ""
    database.record(A1)
    assert database.tag_of_waiting("a") == A1.tag
    database.take()
    assert database.tag_of_waiting("a") == A1.tag
    database.record(A2)
    assert database.tag_of_waiting("a") == A2.tag
    database.commit()
    assert (database.tag_of_waiting("a"), database.tag_of_waiting("b")) == (A2.tag, "")
    database.take()
    database.commit()
    assert database.tag_of_waiting("a") == ""


def test_what_waits_for_a_commit_needs_no_query_and_what_does_not_is_found_beside_it(database: ObjectsDb) -> None:
    database.record(A1)
    database.take()
    database.commit()
    database.record(B1)
    queries: list[str] = []
    database._connection.set_trace_callback(queries.append)
    assert database.find_all(["b"]) == {"b": B1}
    assert queries == []
    assert database.find_all(["a", "b", "c"]) == {"a": A1, "b": B1}
    assert len(queries) == 1


def test_a_row_recorded_during_a_commit_waits_for_the_next(database: ObjectsDb, tmp_path: Path) -> None:
    database.record(A1)
    database.take()
    database.record(A2)
    database.commit()
    assert again(tmp_path) == {"a": A1}
    assert database.find("a") == A2
    assert database.waiting == 1


def test_rows_that_were_noted_go_into_the_journal_together(database: ObjectsDb, tmp_path: Path) -> None:
    database.note(A1)
    database.note(B1)
    assert (database.find("a"), list(tmp_path.glob("journal-*"))) == (A1, [])
    database.take()  # what a commit has taken already may stand in a later journal: it is checked when it is read
    database.write_journal()
    database.note(A2)
    database.write_journal()
    database.write_journal()
    killed = ObjectsDb(tmp_path / "objects.db", FakeClock())
    assert list(killed.adopt_journals()) == [A1, B1, A2]
    killed.close()


def test_a_commit_that_is_given_up_is_made_good(database: ObjectsDb, tmp_path: Path) -> None:
    database.record(A1)
    database.record(B1)
    database.take()
    database.record(A2)
    database.put_back()
    assert database.find_all(["a", "b", "c"]) == {"a": A2, "b": B1}
    assert sorted(database.take()) == ["a", "b"]
    database.commit()
    assert again(tmp_path) == {"a": A2, "b": B1}


def test_a_database_that_cannot_be_written_says_so(database: ObjectsDb) -> None:
    database._connection.execute("PRAGMA max_page_count = 1")
    for number in range(1000):
        database.record(A1._replace(key=f"{number:0200}"))
    database.take()
    with pytest.raises(StoreError, match=r"objects\.db: the disk \(or its quota\) is full"):
        database.commit()
    database._connection.execute("PRAGMA max_page_count = 100000")
    database.commit()
    assert database.find(f"{999:0200}") is not None
