"""Discoveries and small texts, in the database of the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from adce_async.adapters.discovery_rows import decode_discovery, encode_discovery
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Discovery


class SqliteDiscoveries:
    """`ports.DiscoveryCache` in the database of a `SqliteWriter`."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        """Key -> (etag, discovery) for all cached keys under `prefix`."""
        above = prefix + "\U0010ffff"  # sorts after all that a key can go on with

        def do(connection: sqlite3.Connection) -> dict[str, tuple[str, Discovery]]:
            rows = connection.execute(
                "SELECT key, etag, items FROM discovery WHERE key >= ? AND key < ?", (prefix, above)
            )
            return {
                key: (etag, found) for key, etag, items in rows if (found := decode_discovery(key, items)) is not None
            }

        return await self._writer.read(do)

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        """Remember (key -> (etag, discovery))."""

        def do(connection: sqlite3.Connection) -> None:
            rows = ((key, etag, encode_discovery(discovery)) for key, (etag, discovery) in found.items())
            connection.executemany("INSERT OR REPLACE INTO discovery VALUES (?, ?, ?)", rows)

        await self._writer.submit(do)


class SqliteState:
    """`ports.StateStore` in the database of a `SqliteWriter`."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    async def get_text(self, name: str) -> str | None:
        """The text saved under `name`."""
        row = await self._writer.read(
            lambda connection: connection.execute("SELECT text FROM state WHERE name = ?", (name,)).fetchone()
        )
        return None if row is None else str(row[0])

    async def set_text(self, name: str, text: str) -> None:
        """Save `text` under `name`."""
        await self._writer.submit(
            lambda connection: connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, text))
        )
