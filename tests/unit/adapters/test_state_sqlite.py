"""Discoveries and texts beyond the contract."""

from __future__ import annotations

from pathlib import Path

from adce_async.adapters.state_sqlite import SqliteDiscoveries, SqliteState
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Discovery, Item, ItemState


async def test_all_share_one_database(tmp_path: Path) -> None:
    every = Discovery(tuple(Item({"id": state.value}, state) for state in ItemState))
    async with SqliteWriter(tmp_path / "adce.db") as writer:
        await SqliteDiscoveries(writer).save({"a/1": ("e", every)})
        await SqliteState(writer).set_text("a/1", "text")
        assert await SqliteDiscoveries(writer).load("a/") == {"a/1": ("e", every)}
        assert await SqliteState(writer).get_text("a/1") == "text"
