"""A data type of data_inventory.yaml: which keys there are, who fetches them, and what a good object is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from adce_async.config.files.base import Expected, KeyPath, Model, Renamed, misfits
from adce_async.config.files.fields import (
    NAME,
    Bytes,
    Count,
    Days,
    DaysOrZero,
    Flag,
    Minutes,
    Note,
    PriorityName,
    Share,
    Template,
    Text,
    one_of,
)
from adce_async.config.files.seasons import Seasons
from adce_async.config.files.value_ranges import expand_values
from adce_async.errors import InvalidKeyError
from adce_async.model.counted_values import CountedValues
from adce_async.model.keys import PathPattern, validate_field
from adce_async.model.seasons import given_by

_WHERE = ("final", "scheduled", "live", "postponed", "cancelled", "any")


def _is_value(value: str) -> str:
    return validate_field("value", value)


def _is_date(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _one_pattern(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


Value = Annotated[
    Template,
    AfterValidator(_is_value),
    Expected("text (in quotes where it looks like a fraction or true), not empty, without '/', '\\' and braces"),
]


def _values(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Those of a long range are what they are by how they were made: nobody looks at a million of them one by one."""
    values = expand_values(value)
    return values if isinstance(values, CountedValues) else handler(values)


FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), Expected("the name of a field, in lower case")]


DataTypeName = Annotated[str, Field(pattern=NAME), Expected("a name of letters, digits, '_' and '-'")]


Reference = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_-]+\.)?[A-Za-z0-9_-]+$"),
    Expected("the name of a data type: 'schedule', or 'espn.schedule' of another source"),
]


def _qualified(reference: str, source: str) -> str:
    other, _, name = reference.rpartition(".")
    return f"{other.lower() or source}.{name}"


class Dimension(Model):
    """Where a `{field}` gets its values: written down, from a calendar, or from another data type's objects.

    A list, one value or a range such as `"2002-2025"` may be written bare.
    """

    shorthand: ClassVar[str | None] = "values"

    values: Annotated[
        tuple[Value, ...], WrapValidator(_values, json_schema_input_type=str | int | list[str | int])
    ] = ()
    """The values, in order; default none."""
    calendar: (
        Annotated[
            Literal["season_days", "season_months"],
            BeforeValidator(one_of("season_days", "season_months")),
            Expected("season_days or season_months"),
        ]
        | None
    ) = None
    """The days (`2024-12-15`) or months (`december`) of each season, up to today; no default."""
    derived_from: Reference | None = Field(default=None, alias="from")
    """The data type whose stored objects name the values; no default."""
    where: Annotated[
        Literal["final", "scheduled", "live", "postponed", "cancelled", "any"],
        BeforeValidator(one_of(*_WHERE)),
        Expected("final, scheduled, live, postponed, cancelled or any"),
    ] = "final"
    """Only of things in this state; default final: what is not over is not complete."""
    field: FieldName | None = None
    """Name of the value in these things; default the dimension's own name."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [k for k, v in (("values", self.values), ("calendar", self.calendar), ("from", self.derived_from)) if v]
        problems: list[tuple[KeyPath, str]] = []
        if len(given) != 1:
            got = " and ".join(f"'{name}'" for name in given) or "no values"
            problems.append(((), f"got {got}; expected one of: a list, a range, 'calendar', 'from'"))
        if self.derived_from is None:
            alone = [(k,) for k in ("where", "field") if k in self.model_fields_set]
            problems += [(parts, "has a meaning only beside 'from'") for parts in alone]
        if problems:
            raise misfits(problems)
        return self

    def parent(self, source: str) -> str | None:
        """Qualified name of the data type that it derives from, seen from `source`."""
        if self.derived_from is None:
            return None
        return _qualified(self.derived_from, source)


class DataTypeConfig(Model):
    """One kind of object of a source: which there should be, and what a good one is."""

    renamed: ClassVar[tuple[Renamed, ...]] = (Renamed("path_patterns", "path_pattern"),)

    enabled: Flag = True
    """Default true. False: nothing is expected of it."""
    scraper: Text | None = None
    """Name of the scraper that fetches it; required."""
    path_pattern: Annotated[
        str | None,
        Expected("one pattern such as espn_box_scores/{season}/{game_id}.json"),
        BeforeValidator(_one_pattern, json_schema_input_type=str | list[str]),
    ] = None
    """Keys in the lake, with `{fields}`; required. The old `path_patterns: [one]` is read too."""
    dimensions: dict[FieldName, Dimension] = Field(default_factory=dict)
    """Where each field gets its values; `season` comes from the source's seasons."""
    seasons: Seasons = ()
    """Only these of the source's seasons, in the same forms: `1997-current`; default all of them."""
    required: Flag = False
    """Default false. True: its gaps are CRITICAL while they are new."""
    min_bytes: Bytes = 0
    """Bytes; a smaller object is a gap; default 0."""
    freshness_days: Days | None = None
    """Days after which an object that can still change is asked for again; default never."""
    completeness_threshold: Share = 0.95
    """Share from 0 to 1; the current season below it is HIGH; default its source's, 0.95."""
    priority: PriorityName | None = None
    """The least urgent that its gaps may be: CRITICAL, HIGH, MEDIUM or LOW; default by age and season."""
    tier: Count = 0
    """Rank among equals, the smaller first; default 0."""
    live: Flag | None = None
    """Whether its listings are looked at while games of their day are on; default as its scraper says (see `live_games`
    of autonomous_config.yaml). Only listings by day that other data types come of."""
    live_for: Reference | None = None
    """The listing whose games these are, where that one is too large to be looked at each minute: objects of this type
    are watched while games are on, and nothing is expected of them. No default."""
    gap_days_critical: DaysOrZero | None = None
    """Days; overrides its source's, and `gap_detection.critical_threshold_days` of reconciliation_config.yaml; no
    default."""
    minutes_per_file: Minutes = 1
    """Minutes; for the estimates in gaps.json only; default 1."""
    description: Text = ""
    """For people."""
    estimated_records: Note = None
    """For people; nothing reads it."""
    expected_years: Note = None
    """For people; nothing reads it: what is expected follows from the dimensions."""
    expected_per_season: Note = None
    """For people; nothing reads it: what is expected follows from the dimensions."""
    expected_files: Note = None
    """For people; nothing reads it: what is expected follows from the dimensions."""

    def live_parent(self, source: str) -> str | None:
        """`live_for` as a qualified name, seen from `source`."""
        return None if self.live_for is None else _qualified(self.live_for, source)

    @property
    def pattern(self) -> PathPattern:
        """`path_pattern`, parsed. Raises InvalidKeyError if the data type is disabled and has none."""
        return PathPattern(self.path_pattern or "")

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        problems = list(self._problems()) if self.enabled else []
        if problems:
            raise misfits(problems)
        return self

    def _problems(self) -> Iterator[tuple[KeyPath, str]]:
        if not self.scraper:
            yield ("scraper",), "no scraper covers this data type; expected 'scraper: NAME' (or 'enabled: false')"
        if not self.path_pattern:
            yield ("path_pattern",), "missing; expected a pattern such as espn_box_scores/{season}/{game_id}.json"
            return
        try:
            fields = self.pattern.fields
        except InvalidKeyError as error:
            yield ("path_pattern",), f"{error}"
            return
        for name in fields:
            if name not in self.dimensions and given_by(name) not in {*self.dimensions, "season"}:
                known = ", ".join(sorted({*self.dimensions, "season"}))
                yield (
                    ("path_pattern",),
                    f"nothing gives {{{name}}} a value; expected it under 'dimensions' (known: {known})",
                )
        if any(given_by(name) == "date" != name for name in fields) and "date" in self.dimensions:
            values: Sequence[str] = self.dimensions["date"].values
            for value in values[:1] if isinstance(values, CountedValues) else values:
                if not _is_date(value):
                    yield ("dimensions", "date"), f"got '{value}'; expected days such as 2024-12-15"
        for name, dimension in self.dimensions.items():
            several = dimension.calendar or len(dimension.values) > 1
            if name not in {*fields, *map(given_by, fields)} and several:
                yield (
                    ("dimensions", name),
                    f"would give one key to several values; expected {{{name}}} in 'path_pattern'",
                )
            elif dimension.calendar == "season_months" and "season" not in map(given_by, fields):
                yield ("dimensions", name), "would give one key to several seasons; expected {season} in 'path_pattern'"

    @property
    def by_season(self) -> bool:
        """True if it cannot be expanded without a season."""
        return "season" in map(given_by, self.pattern.fields) or any(d.calendar for d in self.dimensions.values())
