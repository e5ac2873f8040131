"""Judgements in SQLite beyond the contract."""

from __future__ import annotations

from pathlib import Path

from adce_async.adapters import verifications_sqlite
from adce_async.adapters.verifications_sqlite import SqliteVerifications
from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import Judgement


async def test_a_few_invalid_ones_are_found_without_reading_all_the_others(tmp_path: Path) -> None:
    async with SqliteWriter(tmp_path / "adce.db") as writer:

        def plan(sql: str) -> str:
            return " ".join(row[3] for row in writer._connection.execute(f"EXPLAIN QUERY PLAN {sql}", ("a", "b")))

        assert "verification_refused" in plan(verifications_sqlite._REFUSED)
        assert "SEARCH verification USING PRIMARY KEY" in plan(verifications_sqlite._ACCEPTED)


async def test_a_lake_of_170_000_is_loaded_whole(tmp_path: Path) -> None:
    many = {f"espn_box_scores/2024-25/{n}.json": Judgement(f"{n:x}-1388#espn_summary/1") for n in range(172_905)}
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        kept = SqliteVerifications(writer)
        await kept.save(many)
        assert len(await kept.accepted("espn_box_scores/")) == len(many)
        assert await kept.refused("") == {}


async def test_a_database_of_the_last_version_is_brought_up_to_date(tmp_path: Path, monkeypatch) -> None:
    from adce_async.adapters import schema, writer

    monkeypatch.setattr(writer, "MIGRATIONS", schema.MIGRATIONS[:1])
    async with SqliteWriter(tmp_path / "adce.db") as before:
        await before.submit(lambda connection: connection.execute("INSERT INTO state VALUES ('a', 'kept')"))
    monkeypatch.undo()
    async with SqliteWriter(tmp_path / "adce.db") as after:
        await SqliteVerifications(after).save({"a": Judgement("e")})
        assert await after.read(lambda connection: connection.execute("SELECT text FROM state").fetchone()) == ("kept",)
