"""Discoveries as they are kept in a database."""

from __future__ import annotations

from typing import Any

import orjson
import structlog

from adce_async.model.coverage import Discovery, Item, ItemState

log = structlog.get_logger("adce.state")


def encode_discovery(discovery: Discovery) -> bytes:
    """As it is kept."""
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


def decode_discovery(key: str, text: bytes) -> Discovery | None:
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
