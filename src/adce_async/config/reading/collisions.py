"""Combinations of values that make one key: one object would count for another, and that would never be asked for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from adce_async.config.files.data_type import DataTypeConfig
from adce_async.model.seasons import given_by, url_fields

MOST_KEYS = 2_000
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
        taken = _regex(taken_by)
        for key, _ in _keys(keys_of):
            if (found := taken.fullmatch(key)) is not None and _all_there(taken_by, found.groupdict()):
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


def _regex(data_type: DataTypeConfig) -> re.Pattern[str]:
    """What its keys look like. Of a few values each is one of the forms, so that all ways to cut a key are tried."""
    seen: set[str] = set()
    pieces = []
    for number, piece in enumerate(_FIELD.split(data_type.pattern.text)):
        if number % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in seen:
            pieces.append(f"(?P={piece})")
        else:
            seen.add(piece)
            values = _values(data_type, piece)
            few = 0 < len(values) <= _MOST_VALUES and data_type.dimensions[piece].calendar is None
            pieces.append(f"(?P<{piece}>{'|'.join(map(re.escape, values)) if few else '[^/]+'})")
    return re.compile("".join(pieces))


def _all_there(data_type: DataTypeConfig, found: Mapping[str, str]) -> bool:
    """True if each of the values is one that is declared. Of what only objects name, none is known."""
    for name, value in found.items():
        config = data_type.dimensions.get(given_by(name))
        if config is None:
            if given_by(name) != "season":
                return False
        elif config.derived_from is not None or (config.calendar is None and value not in config.values):
            return False
    return True
