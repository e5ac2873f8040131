from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from adce_async.adapters.s3.object_rows import ObjectRows, Row
from adce_async.errors import StoreError
from adce_async.testing.clock import FakeClock
from adce_async.testing.store_contract import NOON, came

CLOCK = FakeClock()


def row(key: str, tag: str = "t1") -> Row:
    return Row.of(key, tag, 3, "ab" * 32, came())


async def test_rows_are_found_together_and_the_last_one_holds(tmp_path: Path) -> None:
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        await rows.record(row("a"), row("b"))
        await rows.record(row("a", "t2"))
        await rows.flush()
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        assert await rows.find_all(["a", "b", "c"]) == {"a": row("a", "t2"), "b": row("b")}
        assert await rows.find("c") is None


async def test_rows_are_gone_through_in_order(tmp_path: Path) -> None:
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        await rows.record(row("b"), row("c"), row("a"))
        assert await rows.after("", 2) == [("a", 3, "t1", NOON), ("b", 3, "t1", NOON)]
        assert await rows.after("b", 2) == [("c", 3, "t1", NOON)]
        assert await rows.after("c", 2) == []


def test_a_row_vouches_for_its_etag_and_size_only() -> None:
    assert row("a").vouches_for("t1", 3)
    assert not row("a").vouches_for("t2", 3)
    assert not row("a").vouches_for("t1", 4)
    assert row("a").provenance()["fetched_at"] == NOON
    assert row("a").provenance().keys().isdisjoint({"key", "size", "tag"})


async def test_uploads_stand_there_until_they_have_ended(tmp_path: Path) -> None:
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        await rows.begun("nba/a", "u1")
        await rows.begun("nba/b", "u2")
        await rows.ended("u1")
        assert list(await rows.uploads()) == [("nba/b", "u2")]


async def test_who_only_looks_makes_nothing(tmp_path: Path) -> None:
    async with ObjectRows(tmp_path / "objects.db", CLOCK, look=True) as rows:
        assert await rows.find("a") is None
    assert not (tmp_path / "objects.db").exists()


async def test_trouble_with_the_database_is_trouble_with_the_lake(tmp_path: Path) -> None:
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        with sqlite3.connect(tmp_path / "objects.db") as other:
            other.execute("DROP TABLE object")
        other.close()
        with pytest.raises(StoreError, match=r"objects\.db"):
            await rows.find("a")
        with pytest.raises(StoreError, match=r"objects\.db"):
            await rows.record(row("a"))


async def test_a_damaged_one_is_set_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "objects.db").write_bytes(b"no database" * 100)
    async with ObjectRows(tmp_path / "objects.db", CLOCK) as rows:
        assert rows.recovered is not None
        assert "set aside" in rows.recovered
        assert await rows.find("a") is None
