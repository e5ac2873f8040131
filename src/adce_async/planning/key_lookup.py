"""The way back from a key to the data type that makes it, for objects that nothing expects (yet)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from adce_async.model.dimensions import Declared
from adce_async.model.seasons import original_fields, season_of_day


def key_fields(declared: Declared, key: str) -> dict[str, str] | None:
    """The fields of `key`, with its season where that can be told; None if the data type does not make such a key.

    >>> from adce_async.model.coverage import DataType
    >>> from adce_async.model.keys import PathPattern
    >>> days = Declared(DataType("espn", "schedule", "espn_scoreboard", PathPattern("espn/{date}.json")), ("2024-25",))
    >>> key_fields(days, "espn/2023-12-15.json")
    {'date': '2023-12-15', 'season': '2023-24'}
    >>> key_fields(days, "espn/readme.txt") is None
    True
    """
    pattern = declared.data_type.pattern
    parsed = pattern.parse(key) if key.startswith(pattern.prefix) else None
    if parsed is None:
        return None
    try:
        fields = {**declared.settled, **original_fields(parsed)}
        if "season" not in fields and "date" in fields:
            fields["season"] = season_of_day(dt.date.fromisoformat(fields["date"]))
    except ValueError:
        return None
    if "season" not in fields and len(declared.seasons) == 1:
        fields["season"] = declared.seasons[0]
    return fields


def data_type_of_key(declared: Sequence[Declared], key: str) -> tuple[Declared, dict[str, str]] | None:
    """The one data type that makes `key` in one of its seasons, with the fields; None if none does, or several do."""
    found = list(_makers(declared, key))
    return found[0] if len(found) == 1 else None


def _makers(declared: Iterable[Declared], key: str) -> Iterable[tuple[Declared, dict[str, str]]]:
    for each in declared:
        fields = key_fields(each, key)
        if fields is not None and (not each.seasons or fields.get("season", each.seasons[0]) in each.seasons):
            yield each, fields
