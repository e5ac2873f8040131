"""Discoveries and small texts, in the database of the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Discovery, Item, ItemState

log = structlog.get_logger("adce.state")


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
            return {key: (etag, found) for key, etag, items in rows if (found := _decode(key, items)) is not None}

        return await self._writer.read(do)

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        """Remember (key -> (etag, discovery))."""

        def do(connection: sqlite3.Connection) -> None:
            rows = ((key, etag, _encode(discovery)) for key, (etag, discovery) in found.items())
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


def _encode(discovery: Discovery) -> bytes:
    items = [[item.state.value, dict(item.fields), *_more(item)] for item in discovery.items]
    if discovery.made is None and not discovery.refused:
        return orjson.dumps(items)
    return orjson.dumps({"made": discovery.made, "items": items, "refused": discovery.refused})


def _more(item: Item) -> list[bool | float]:
    """What few items have."""
    if item.starts is not None:
        return [item.scored, item.starts]
    return [True] if item.scored else []


def _item(row: list[Any]) -> Item:
    starts = float(row[3]) if len(row) > 3 else None
    return Item(_mapping(row[1]), ItemState(row[0]), scored=len(row) > 2 and bool(row[2]), starts=starts)


def _mapping(fields: object) -> dict[str, str]:
    if type(fields) is not dict:
        raise TypeError(f"expected fields, got {type(fields).__name__}")
    return fields


def _decode(key: str, text: bytes) -> Discovery | None:
    """None if it can't be read (any more): then nothing is remembered, and the object is read again."""
    try:
        found = orjson.loads(text)
        rows, made = (found["items"], found["made"]) if isinstance(found, dict) else (found, None)
        refused = found.get("refused", ()) if isinstance(found, dict) else ()
        items = tuple(map(_item, rows))
        return Discovery(items, None if made is None else float(made), tuple(map(str, refused)))
    except (TypeError, ValueError, LookupError) as error:
        log.warning("what an object names is remembered wrongly", key=key, error=str(error), next="it is read again")
        return None
