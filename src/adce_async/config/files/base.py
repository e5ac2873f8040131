"""What all configuration models share: strictness, words for what is expected, and old spellings.

Every model is frozen, knows its keys (`extra="forbid"`) and is strict: `"5"` is no number and `true` is no
count. Three forms are forgiven everywhere: a key with no value counts as not set, a model with a `shorthand`
may be written as that field's bare value, and keys listed in `renamed` are read under their old names.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic import ValidatorFunctionWrapHandler as Handler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

KeyPath = tuple[str, ...]
"""A dotted key, split: `("health_check", "port")`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Replaces whatever a field's checks say by one phrase: `expected a number of seconds, 0.01 or greater`."""

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


def misfits(problems: list[tuple[KeyPath, str]]) -> PydanticCustomError:
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


def lookup(data: Any, parts: KeyPath) -> Any:
    """The value at `parts`, or a marker that is equal to nothing."""
    for part in parts:
        if not isinstance(data, Mapping) or part not in data:
            return _ABSENT
        data = data[part]
    return data


def rename(data: dict[str, Any], rules: tuple[Renamed, ...]) -> tuple[list[Renamed], list[tuple[KeyPath, str]]]:
    """Give old keys of `data` their new names, in place; (the rules applied, problems)."""
    applied: list[Renamed] = []
    problems: list[tuple[KeyPath, str]] = []
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


def _take(data: dict[str, Any], parts: KeyPath) -> None:
    """Remove what is at `parts`, and the sections that are empty without it: the new name may be somewhere else."""
    if len(parts) > 1:
        _take(data[parts[0]], parts[1:])
    if len(parts) == 1 or not data[parts[0]]:
        del data[parts[0]]


def _shown(value: Any) -> str:
    return f" ({value})" if isinstance(value, str | int | float) else ""


def _put(data: dict[str, Any], parts: KeyPath, value: Any) -> bool:
    for part in parts[:-1]:
        if data.get(part) is None:
            data[part] = {}
        data = data[part]
        if not isinstance(data, dict):  # an error of its own, reported when it is validated
            return False
    data[parts[-1]] = value
    return True
