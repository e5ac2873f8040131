"""Combinations of values that make one key: one object would count for another, and that would never be asked for."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Container, Iterator, Mapping, Sequence

from adce_async.config.files.data_type import DataTypeConfig
from adce_async.model.counted_values import CountedValues
from adce_async.model.seasons import given_by, url_fields

MOST_KEYS = 500
"""Of a data type that are tried: as many as tell nearly always, and cost a few milliseconds."""
_MOST_VALUES = 1_000
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SEASON = "2024-25"
_OF_CALENDAR = {"date": "2024-11-03", "month": "november"}


def collisions(active: Mapping[str, tuple[str, DataTypeConfig]]) -> Iterator[tuple[str, str]]:
    """(qualified data type, what is wrong) of `active`: qualified name -> (source, data type).

    Values that only stored objects name are not known here, and make no collision.
    """
    by_prefix = sorted(
        ((each.pattern.prefix, name, each) for name, (_, each) in active.items()), key=lambda row: row[:2]
    )
    for place, (prefix, name, data_type) in enumerate(by_prefix):
        if message := _within(data_type):
            yield name, message
        for other_prefix, other, other_type in by_prefix[place + 1 :]:
            if not other_prefix.startswith(prefix):
                break
            if data_type.pattern != other_type.pattern and (key := _shared(data_type, other_type)) is not None:
                yield other, f"makes {key}, as '{name}' does; expected each key to belong to one data type"


def _within(data_type: DataTypeConfig) -> str:
    """What two combinations of one data type share; '' if they don't."""
    fields, text = data_type.pattern.fields, data_type.pattern.text
    if len(fields) < 2 or not any(_runs_together(data_type, gap) for gap in re.findall(r"\}([^{]*)\{", text)):
        return ""
    made: dict[str, dict[str, str]] = {}
    for key, values in _keys(data_type):
        other = made.setdefault(key, values)
        if other != values:
            both = " and ".join(" ".join(f"{name}={value}" for name, value in each.items()) for each in (other, values))
            return f"{both} both make {key}; expected something between the fields that none of their values holds"
    return ""


def _runs_together(data_type: DataTypeConfig, gap: str) -> bool:
    """True if it can't be told where a value ends that is followed by `gap`."""
    values = (value for each in data_type.dimensions.values() for value in each.values[:_MOST_VALUES])
    return not gap or any(gap in value for value in values)


def _shared(one: DataTypeConfig, other: DataTypeConfig) -> str | None:
    if one.pattern.text.count("/") != other.pattern.text.count("/"):
        return None
    for keys_of, taken_by in ((one, other), (other, one)):
        taken = _Taken(taken_by)
        for key, _ in _keys(keys_of):
            if taken(key):
                return key
    return None


def _keys(data_type: DataTypeConfig) -> Iterator[tuple[str, dict[str, str]]]:
    """Keys with the values that make them; none if only stored objects could tell."""
    names = [name for name in dict.fromkeys(map(given_by, data_type.pattern.fields)) if name != "season"]
    axes = [_values(data_type, name) for name in names]
    for row in itertools.islice(itertools.product(*axes), MOST_KEYS):
        values = dict(zip(names, row, strict=True))
        try:
            yield data_type.pattern.format(url_fields({"season": _SEASON, **values})), values
        except (KeyError, ValueError):  # said elsewhere
            return


def _values(data_type: DataTypeConfig, name: str) -> Sequence[str]:
    config = data_type.dimensions.get(name)
    if config is None or config.derived_from is not None:
        return ()
    return (_OF_CALENDAR.get(name, ""),) if config.calendar is not None else config.values


class _Taken:
    """Whether a key is one of a data type's, however it is cut: by the places that each piece can end at, in turn.

    (A regular expression would try all ways one after another: of five fields side by side there are millions.)
    """

    def __init__(self, data_type: DataTypeConfig) -> None:
        self._data_type = data_type
        pieces = _FIELD.split(data_type.pattern.text)
        self._pieces = [piece if n % 2 == 0 else self._known(piece) for n, piece in enumerate(pieces)]
        self._repeats = len(pieces) // 2 > len(data_type.pattern.fields)
        """A field that stands twice has the same value in both places: only whole keys tell."""

    def __call__(self, key: str) -> bool:
        places = {0}
        for piece in self._pieces:
            if isinstance(piece, str):
                places = {at + len(piece) for at in places if key.startswith(piece, at)}
            else:
                places = {end for at in places for end in range(at + 1, len(key) + 1) if key[at:end] in piece}
            if not places:
                return False
        return len(key) in places and (not self._repeats or key in self._whole)

    @functools.cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(key for key, _ in _keys(self._data_type))

    def _known(self, field: str) -> Container[str]:
        """The values that it can have; none where only stored objects name them."""
        if given_by(field) == "season":
            return (url_fields({"season": _SEASON})[field],)
        values = _values(self._data_type, field)
        return values if isinstance(values, CountedValues) else frozenset(values)
