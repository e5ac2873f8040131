"""Discoveries, small texts and judgements, in the database of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from adce_async.adapters.cluster.claims import storable
from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.discovery_rows import decode_discovery, encode_discovery
from adce_async.model.coverage import Discovery
from adce_async.ports import Judgement, StateStore

_UNDER = "key >= %s AND key < %s"
_ACCEPTED = f"SELECT key, tag FROM verification WHERE {_UNDER} AND reason = ''"  # noqa: S608
_REFUSED = f"SELECT key, tag, reason FROM verification WHERE {_UNDER} AND reason <> ''"  # noqa: S608
_FACTS = f"SELECT key, tag, facts FROM verification WHERE {_UNDER} AND reason = '' AND facts <> ''"  # noqa: S608


def _range(prefix: str) -> tuple[str, str]:
    """From, and below (sorts after all that a key can go on with)."""
    return prefix, prefix + "\U0010ffff"


class ClusterDiscoveries:
    """`ports.DiscoveryCache` in a `ClusterDatabase`."""

    def __init__(self, database: ClusterDatabase) -> None:
        self._database = database

    async def load(self, prefix: str) -> Mapping[str, tuple[str, Discovery]]:
        """Key -> (etag, discovery) for all cached keys under `prefix`."""
        rows = await self._database.rows(
            f"SELECT key, etag, items FROM discovery WHERE {_UNDER}", _range(prefix)  # noqa: S608
        )  # fmt: skip
        return {key: (etag, found) for key, etag, items in rows if (found := decode_discovery(key, items)) is not None}

    async def save(self, found: Mapping[str, tuple[str, Discovery]]) -> None:
        """Remember (key -> (etag, discovery))."""
        rows = sorted((key, etag, encode_discovery(discovery)) for key, (etag, discovery) in found.items())
        async with self._database.transaction() as cursor:
            await cursor.executemany(
                "INSERT INTO discovery VALUES (%s, %s, %s)"
                " ON CONFLICT (key) DO UPDATE SET etag = excluded.etag, items = excluded.items",
                rows,
            )


class ClusterState:
    """`ports.StateStore` in a `ClusterDatabase`: bytes, since PostgreSQL takes no text with a zero in it."""

    def __init__(self, database: ClusterDatabase) -> None:
        self._database = database

    async def get_text(self, name: str) -> str | None:
        """The text saved under `name`."""
        rows = await self._database.rows("SELECT text FROM state WHERE name = %s", (name,))
        return bytes(rows[0][0]).decode() if rows else None

    async def set_text(self, name: str, text: str) -> None:
        """Save `text` under `name`."""
        await self._database.execute(
            "INSERT INTO state VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            (name, text.encode()),
        )


class NodeTexts:
    """The `ports.StateStore` of one node: what is `own` to it is kept under its name, all else is everybody's."""

    def __init__(self, texts: StateStore, node: str, own: Collection[str]) -> None:
        self._texts = texts
        self._node = node
        self._own = frozenset(own)

    async def get_text(self, name: str) -> str | None:
        """The text saved under `name`."""
        return await self._texts.get_text(self._name(name))

    async def set_text(self, name: str, text: str) -> None:
        """Save `text` under `name`."""
        await self._texts.set_text(self._name(name), text)

    def _name(self, name: str) -> str:
        return f"{name} @{self._node}" if name in self._own else name


class ClusterVerifications:
    """`ports.Verifications` in a `ClusterDatabase`."""

    def __init__(self, database: ClusterDatabase) -> None:
        self._database = database

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
        rows = sorted((key, one.tag, storable(one.reason), one.facts) for key, one in judged.items())
        async with self._database.transaction() as cursor:
            await cursor.executemany(
                "INSERT INTO verification VALUES (%s, %s, %s, %s) ON CONFLICT (key) DO UPDATE"
                " SET tag = excluded.tag, reason = excluded.reason, facts = excluded.facts",
                rows,
            )

    async def forget(self, keys: Collection[str]) -> None:
        """Their objects are gone."""
        await self._database.execute("DELETE FROM verification WHERE key = ANY(%s)", (list(keys),))

    async def _rows(self, statement: str, prefix: str) -> list[Any]:
        return await self._database.rows(statement, _range(prefix))
