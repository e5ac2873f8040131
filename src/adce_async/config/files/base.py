"""What all configuration models share: strictness, words for what is expected, and old spellings.

Every model is frozen, knows its keys (`extra="forbid"`) and is strict: `"5"` is no number and `true` is no
count. Three forms are forgiven everywhere: a key with no value counts as not set, a model with a `shorthand`
may be written as that field's bare value, and keys listed in `renamed` are read under their old names.
"""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, Union

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic import ValidatorFunctionWrapHandler as Handler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from adce_async.model.coverage import Priority

Parts = tuple[str, ...]
"""A dotted key, split: `("health_check", "port")`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Replaces whatever a field's checks say by one phrase: `expected a number of seconds, greater than 0`."""

    phrase: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, handler: Handler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("expected", "expected {phrase}", {"phrase": self.phrase}) from None


@dataclass(frozen=True, slots=True)
class ForPeople:
    """Marks a field that is kept for people, and that nothing reads."""


def misfits(problems: list[tuple[Parts, str]]) -> PydanticCustomError:
    """The error of a validator that looks at several fields: (key below the model, message) for each problem."""
    text = "; ".join(f"{'.'.join(parts)}: {message}" if parts else message for parts, message in problems)
    return PydanticCustomError("misfits", "{text}", {"text": text, "problems": problems})


@dataclass(frozen=True, slots=True)
class Renamed:
    """A key that is still read under its old dotted name; numbers are multiplied by `factor`."""

    old: str
    new: str
    factor: float = 1

    def value(self, written: Any) -> Any:
        """What `written` under the old name means under the new one."""
        is_number = isinstance(written, int | float) and not isinstance(written, bool)
        return written * self.factor if self.factor != 1 and is_number and written > 0 else written


class Model(BaseModel):
    """Base of all configuration models."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    renamed: ClassVar[tuple[Renamed, ...]] = ()
    shorthand: ClassVar[str | None] = None
    """The field that a bare value stands for."""
    entries: ClassVar[type[Model] | None] = None
    """For models that take further, freely named sections: what these are."""

    @model_validator(mode="before")
    @classmethod
    def _forgive(cls, data: Any) -> Any:
        if cls.shorthand and data is not None and not isinstance(data, Mapping | Model):
            return {cls.shorthand: data}
        if not isinstance(data, Mapping):
            return data
        data = dict(data)
        if any(lookup(data, tuple(r.old.split("."))) is not _ABSENT for r in cls.renamed):
            data = copy.deepcopy(data)
            _, problems = rename(data, cls.renamed)
            if problems:
                raise misfits(problems)
        return {k: v for k, v in data.items() if v is not None or k not in cls.key_types()}

    @classmethod
    def key_types(cls) -> dict[str, Any]:
        """Key as written -> type, of every field."""
        return {field.alias or name: field.annotation for name, field in cls.model_fields.items()}


_ABSENT = object()


def lookup(data: Any, parts: Parts) -> Any:
    """The value at `parts`, or a marker that is equal to nothing."""
    for part in parts:
        if not isinstance(data, Mapping) or part not in data:
            return _ABSENT
        data = data[part]
    return data


def rename(data: dict[str, Any], rules: tuple[Renamed, ...]) -> tuple[list[Renamed], list[tuple[Parts, str]]]:
    """Give old keys of `data` their new names, in place; (the rules applied, problems)."""
    applied: list[Renamed] = []
    problems: list[tuple[Parts, str]] = []
    for rule in rules:
        old, new = tuple(rule.old.split(".")), tuple(rule.new.split("."))
        written = lookup(data, old)
        if written is _ABSENT:
            continue
        _take(data, old)
        value, present = rule.value(written), lookup(data, new)
        if written is None:
            continue
        if present is _ABSENT or present is None:
            if _put(data, new, value):
                applied.append(rule)
        elif present != value or isinstance(value, dict):
            both = f"given twice, as '{rule.new}'{_shown(present)} and as '{rule.old}'{_shown(written)}"
            problems.append((old, f"{both}; expected one of them ('{rule.new}' is the newer name)"))
    return applied, problems


def _take(data: dict[str, Any], parts: Parts) -> None:
    """Remove what is at `parts`, and the sections that are empty without it: the new name may be somewhere else."""
    if len(parts) > 1:
        _take(data[parts[0]], parts[1:])
    if len(parts) == 1 or not data[parts[0]]:
        del data[parts[0]]


def _shown(value: Any) -> str:
    return f" ({value})" if isinstance(value, str | int | float) else ""


def _put(data: dict[str, Any], parts: Parts, value: Any) -> bool:
    for part in parts[:-1]:
        if data.get(part) is None:
            data[part] = {}
        data = data[part]
        if not isinstance(data, dict):  # an error of its own, reported when it is validated
            return False
    data[parts[-1]] = value
    return True


def step(annotation: Any, key: str) -> Any:
    """The type of what stands under `key` in a value of type `annotation`; None if it knows no such key."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return step(args[0], key)
    if origin in (Union, types.UnionType):
        return next((found for member in args if (found := step(member, key)) is not None), None)
    if origin is dict:
        return args[1]
    if origin is tuple:
        return args[0]
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation.key_types().get(key, annotation.entries)
    return None


def model_in(annotation: Any) -> type[Model] | None:
    """The model that a value of type `annotation` is, if it is one."""
    if typing.get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((found for member in typing.get_args(annotation) if (found := model_in(member))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, Model) else None


def leaves(value: Any, path: Parts = ()) -> Iterator[tuple[Parts, Any]]:
    """(key, value) of everything in a model that is no section itself; keys as they are written."""
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            yield from leaves(getattr(value, name), (*path, field.alias or name))
        for name, extra in (value.model_extra or {}).items():
            yield from leaves(extra, (*path, name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key.name if isinstance(key, Priority) else str(key)))
    elif isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, str(index)))
    else:
        yield path, value


_NO_DEFAULT: Any = object()


def changes(value: Any, default: Any = _NO_DEFAULT, path: Parts = ()) -> Iterator[tuple[Parts, Any, Any]]:
    """(key, value, default) of each of `leaves` that is not what it would be if nobody had said anything.

    What has no default has None for it.
    """
    if isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            known = _NO_DEFAULT if field.is_required() else field.get_default(call_default_factory=True)
            before = getattr(default, name) if type(default) is type(value) else known
            yield from changes(getattr(value, name), before, (*path, field.alias or name))
        for name, extra in (value.model_extra or {}).items():
            yield from changes(extra, _NO_DEFAULT, (*path, name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            before = default.get(key, _NO_DEFAULT) if isinstance(default, dict) else _NO_DEFAULT
            yield from changes(item, before, (*path, key.name if isinstance(key, Priority) else str(key)))
    elif isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        for index, item in enumerate(value):
            yield from changes(item, _NO_DEFAULT, (*path, str(index)))
    elif value != default and not (default is _NO_DEFAULT and value is None):
        yield path, value, None if default is _NO_DEFAULT else default


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
Number = Annotated[float, Expected("a number")]
NotNegative = Annotated[float, Field(ge=0), Expected("a number, 0 or greater")]
Positive = Annotated[float, Field(gt=0), Expected("a number, greater than 0")]
Share = Annotated[float, Field(ge=0, le=1), Expected("a number from 0 to 1")]
Percent = Annotated[float, Field(gt=0, le=100), Expected("a number of per cent, greater than 0, at most 100")]
Count = Annotated[int, Field(ge=0), Expected("a whole number, 0 or greater")]
PositiveCount = Annotated[int, Field(gt=0), Expected("a whole number, greater than 0")]
Bytes = Annotated[int, Field(ge=0), Expected("a whole number of bytes, 0 or greater")]
HeaderBytes = Annotated[int, Field(ge=1024, le=16_777_216), Expected("a number of bytes, 1024 to 16777216")]
Milliseconds = Annotated[float, Field(ge=0), Expected("a number of milliseconds, 0 or greater")]
Seconds = Annotated[float, Field(gt=0), Expected("a number of seconds, greater than 0")]
SecondsOrZero = Annotated[float, Field(ge=0), Expected("a number of seconds, 0 or greater")]
Minutes = Annotated[float, Field(gt=0), Expected("a number of minutes, greater than 0")]
Hours = Annotated[float, Field(gt=0), Expected("a number of hours, greater than 0")]
Days = Annotated[float, Field(gt=0), Expected("a number of days, greater than 0")]
DaysOrZero = Annotated[float, Field(ge=0), Expected("a number of days, 0 or greater")]
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
Word = Annotated[str, Field(pattern=r"^\S+$"), BeforeValidator(_to_text), Expected("one word of text, without spaces")]
Template = Annotated[str, BeforeValidator(_to_text, json_schema_input_type=str | int), Expected("text")]
"""Text with `{fields}`; a whole number is read as text, so that `limit: 1000` needs no quotes."""
Many = Annotated[tuple[V, ...], BeforeValidator(_to_tuple)]
BySource = Annotated[dict[SourceName, V], BeforeValidator(fold_keys)]
"""A mapping by source; names in any case, read in lower case."""
Note = Annotated[Any, ForPeople()]
NoteText = Annotated[str, Expected("text"), ForPeople()]
