"""The types of fields: numbers with their units, names, flags, and what is written as something else."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
)

from adce_async.config.files.base import Expected, ForPeople, misfits
from adce_async.model.coverage import Priority

V = TypeVar("V")


def _to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _to_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def fold_keys(value: Any, fold: Callable[[str], str] = str.lower) -> Any:
    """`value` with its keys in one case, where it is a mapping. Raises ValueError if two are the same then."""
    if not isinstance(value, Mapping):
        return value
    folded: dict[Any, Any] = {}
    for key, item in value.items():
        name = fold(key) if isinstance(key, str) else key
        if name in folded:
            other = next(k for k in value if isinstance(k, str) and fold(k) == name)
            raise misfits([((key,), f"'{other}' and '{key}' are the same name; expected one of them")])
        folded[name] = item
    return folded


def _priority(value: Any) -> Any:
    if isinstance(value, str) and value.upper() in Priority.__members__:
        return Priority[value.upper()]
    return value


def _flag(value: Any) -> Any:
    return _FLAGS.get(value.lower(), value) if isinstance(value, str) else value


def _switch(value: Any) -> Any:
    return _flag(value["enabled"] if isinstance(value, Mapping) and value.keys() == {"enabled"} else value)


def fold_priorities(value: Any) -> Any:
    """`value` with its keys in upper case, where it is a mapping by priority."""
    return fold_keys(value, str.upper)


def one_of(*words: str) -> Callable[[Any], Any]:
    """A validator that lets one of `words` through, in any case, as it stands in the list."""
    known = {word.lower(): word for word in words}

    def check(value: Any) -> Any:
        return known.get(value.lower(), value) if isinstance(value, str) else value

    return check


NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$"


_FLAGS = {"yes": True, "on": True, "no": False, "off": False}
"""Words that older YAML reads as flags."""


Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool), Expected("true or false")]


Switch = Annotated[
    bool,
    BeforeValidator(_switch, json_schema_input_type=bool | dict[typing.Literal["enabled"], bool]),
    Expected("true or false"),
]
"""A flag that may be written as `{enabled: true}` too."""


Text = Annotated[str, Expected("text")]


OneLine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$"), Expected("one line of text, not empty")]


LARGEST = 1e12
"""Of plain numbers: products of several stay finite."""


MOST = 10**12
"""Of counts: nothing is allocated by one, and databases and JSON hold it exactly."""


MOST_BYTES = 2**50


YEAR_MINUTES = 525_600
"""Nothing is timed further ahead than a year: any clock and timer holds that, and more is a slip of the unit. So is
what is shorter than a look at the clock takes."""


MOST_DAYS = 36_500
"""A century. Days are ages as well: those of what is stored since the first season on."""


Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST), Expected("a number, -1e12 to 1e12")]


NotNegative = Annotated[float, Field(ge=0, le=LARGEST), Expected("a number, 0 or greater, at most 1e12")]


Positive = Annotated[float, Field(gt=0, le=LARGEST), Expected("a number, greater than 0, at most 1e12")]


Share = Annotated[float, Field(ge=0, le=1), Expected("a number from 0 to 1")]


Percent = Annotated[float, Field(gt=0, le=100), Expected("a number of per cent, greater than 0, at most 100")]


Count = Annotated[int, Field(ge=0, le=MOST), Expected("a whole number, 0 or greater, at most 1e12")]


PositiveCount = Annotated[int, Field(gt=0, le=MOST), Expected("a whole number, greater than 0, at most 1e12")]


Bytes = Annotated[
    int, Field(ge=0, le=MOST_BYTES), Expected(f"a whole number of bytes, 0 or greater, at most {MOST_BYTES} (1 PiB)")
]


HeaderBytes = Annotated[int, Field(ge=1024, le=16_777_216), Expected("a number of bytes, 1024 to 16777216")]


Milliseconds = Annotated[
    float, Field(ge=0, le=86_400_000), Expected("a number of milliseconds, 0 or greater, at most 86400000 (a day)")
]


Seconds = Annotated[
    float,
    Field(ge=0.01, le=YEAR_MINUTES * 60),
    Expected("a number of seconds, 0.01 or greater, at most 31536000 (a year)"),
]


Endpoint = Annotated[
    str,
    Field(pattern=r"^https?://[^\s/?#@\x00-\x1f]+/?$"),
    Expected("http://HOST[:PORT] or https://HOST[:PORT]"),
]


SecondsOrZero = Annotated[
    float, Field(ge=0, le=YEAR_MINUTES * 60), Expected("a number of seconds, 0 or greater, at most 31536000 (a year)")
]


DaySeconds = Annotated[
    float, Field(ge=0, le=86_400), Expected("a number of seconds, 0 or greater, at most 86400 (a day)")
]


Minutes = Annotated[
    float, Field(ge=0.001, le=YEAR_MINUTES), Expected("a number of minutes, 0.001 or greater, at most 525600 (a year)")
]


MinutesOrZero = Annotated[
    float, Field(ge=0, le=YEAR_MINUTES), Expected("a number of minutes, 0 or greater, at most 525600 (a year)")
]


Hours = Annotated[
    float,
    Field(ge=0.0001, le=YEAR_MINUTES / 60),
    Expected("a number of hours, 0.0001 or greater, at most 8760 (a year)"),
]


HoursOrZero = Annotated[
    float, Field(ge=0, le=YEAR_MINUTES / 60), Expected("a number of hours, 0 or greater, at most 8760 (a year)")
]


Days = Annotated[
    float, Field(ge=0.00001, le=MOST_DAYS), Expected("a number of days, 0.00001 or greater, at most 36500 (a century)")
]


DaysOrZero = Annotated[
    float, Field(ge=0, le=MOST_DAYS), Expected("a number of days, 0 or greater, at most 36500 (a century)")
]


Port = Annotated[int, Field(ge=0, le=65535), Expected("a port number, 0 to 65535 (0: any free port)")]


PriorityName = Annotated[
    Priority,
    BeforeValidator(_priority, json_schema_input_type=typing.Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]),
    Expected("CRITICAL, HIGH, MEDIUM or LOW"),
]


SourceName = Annotated[
    str,
    Field(pattern=NAME),
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    Expected("the name of a source: letters, digits, '_' and '-'"),
]


Template = Annotated[str, BeforeValidator(_to_text, json_schema_input_type=str | int), Expected("text")]
"""Text with `{fields}`; a whole number is read as text, so that `limit: 1000` needs no quotes."""


Many = Annotated[tuple[V, ...], BeforeValidator(_to_tuple)]


BySource = Annotated[dict[SourceName, V], BeforeValidator(fold_keys)]
"""A mapping by source; names in any case, read in lower case."""


Note = Annotated[Any, ForPeople()]


NoteText = Annotated[str, Expected("text"), ForPeople()]


NoSpace = Annotated[str, Field(pattern=r"^[^\s]*$"), Expected("text without spaces")]
