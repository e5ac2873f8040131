"""Judgements of stored objects, in the database of the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from adce_async.adapters.writer import SqliteWriter
from adce_async.ports import Judgement

_ACCEPTED = "SELECT key, tag FROM verification WHERE key >= ? AND key < ? AND reason = ''"
_REFUSED = "SELECT key, tag, reason FROM verification WHERE key >= ? AND key < ? AND reason <> ''"
_FACTS = "SELECT key, tag, facts FROM verification WHERE key >= ? AND key < ? AND reason = '' AND facts <> ''"


class SqliteVerifications:
    """`ports.Verifications` in the database of a `SqliteWriter`."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    async def accepted(self, prefix: str) -> Mapping[str, str]:
        """Key -> tag of all objects under `prefix` that were found good."""
        return dict(await self._rows(_ACCEPTED, prefix))

    async def refused(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, reason) of all objects under `prefix` that were found invalid, by an index of these alone."""
        return {key: (tag, reason) for key, tag, reason in await self._rows(_REFUSED, prefix)}

    async def facts(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """Key -> (tag, facts) of all objects under `prefix` that were found good and state facts."""
        return {key: (tag, facts) for key, tag, facts in await self._rows(_FACTS, prefix)}

    async def save(self, judged: Mapping[str, Judgement]) -> None:
        """Remember the judgements, each in place of the one that its key has had."""
        rows = [(key, one.tag, one.reason, one.facts) for key, one in judged.items()]
        sql = "INSERT OR REPLACE INTO verification VALUES (?, ?, ?, ?)"
        await self._writer.submit(lambda connection: connection.executemany(sql, rows))

    async def forget(self, keys: Collection[str]) -> None:
        """Their objects are gone."""
        rows = [(key,) for key in keys]
        await self._writer.submit(
            lambda connection: connection.executemany("DELETE FROM verification WHERE key = ?", rows)
        )

    async def _rows(self, sql: str, prefix: str) -> list[Any]:
        above = prefix + "\U0010ffff"  # sorts after all that a key can go on with

        def do(connection: sqlite3.Connection) -> list[Any]:
            return connection.execute(sql, (prefix, above)).fetchall()

        return await self._writer.read(do)
