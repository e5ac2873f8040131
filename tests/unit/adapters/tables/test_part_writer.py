"""Rows into files: kept, added, discarded; in row groups."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
from tests.unit.adapters.tables.rows import AT

from adce_async.adapters.tables import part_writer as module
from adce_async.adapters.tables.part_writer import FilePartWriter


def rows(key: str, count: int = 3) -> list[dict[str, object]]:
    return [
        {"key": key, "number": number, "fetched_at": dt.datetime.fromtimestamp(AT, dt.UTC)} for number in range(count)
    ]


def written(path: Path) -> list[tuple[str, int]]:
    return [(row["key"], row["number"]) for row in pq.read_table(path).to_pylist()]


def test_kept_rows_get_their_new_time_and_stand_before_what_is_added(tmp_path: Path) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    first = FilePartWriter({"plays": old})
    first.add("plays", rows("a") + rows("b"))
    assert first.close() == {"plays": 6}
    second = FilePartWriter({"plays": new})
    second.keep("plays", old, {"b": AT + 0.25})
    second.add("plays", rows("c", 1))
    assert second.close() == {"plays": 4}
    assert written(new) == [("b", 0), ("b", 1), ("b", 2), ("c", 0)]
    assert pq.read_table(new)["fetched_at"][0].as_py().timestamp() == AT + 0.25


def test_what_is_discarded_is_left_out_even_if_it_was_written_already(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "ROW_GROUP", 2)
    path = tmp_path / "x.parquet"
    writer = FilePartWriter({"plays": path, "schedules": tmp_path / "y.parquet"})
    writer.add("plays", rows("a") + rows("b"))
    writer.add("schedules", [{"key": "a"}])
    writer.discard("a")
    assert writer.close() == {"plays": 3}
    assert written(path) == [("b", 0), ("b", 1), ("b", 2)]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.parquet"]


def test_what_is_abandoned_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "ROW_GROUP", 1)
    writer = FilePartWriter({"plays": tmp_path / "x.parquet"})
    writer.add("plays", rows("a"))
    writer.abandon()
    assert not list(tmp_path.iterdir())


def test_no_rows_are_no_file(tmp_path: Path) -> None:
    writer = FilePartWriter({"plays": tmp_path / "x.parquet"})
    writer.add("plays", [])
    writer.keep("plays", tmp_path / "not-there.parquet", {"a": AT})
    assert writer.close() == {}
    assert not list(tmp_path.iterdir())
