"""Where the `{field}`s of a pattern get their values."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adce_async.model.coverage import DataType
from adce_async.model.seasons import given_by


class Calendar(enum.StrEnum):
    """The calendars that a dimension can follow, season by season."""

    SEASON_DAYS = "season_days"
    SEASON_MONTHS = "season_months"


@dataclass(frozen=True, slots=True)
class ListDimension:
    """Values written down, in their order."""

    field: str
    values: Sequence[str]
    """A tuple, or `CountedValues`."""


@dataclass(frozen=True, slots=True)
class CalendarDimension:
    """Days (`YYYY-MM-DD`) or months (`october`) of the season, up to today."""

    field: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class DerivedDimension:
    """Values of `item_field` of the items that stored objects of `parent` name; `where`: only in that state."""

    field: str
    parent: str
    item_field: str
    where: str | None = None


Dimension = ListDimension | CalendarDimension | DerivedDimension


@dataclass(frozen=True, slots=True)
class Declared:
    """A data type as the inventory declares it: its rules, its seasons, its dimensions."""

    data_type: DataType
    seasons: tuple[str, ...]
    dimensions: tuple[Dimension, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """Qualified names of the data types whose items it needs."""
        names = (d.parent for d in self.dimensions if isinstance(d, DerivedDimension))
        return tuple(dict.fromkeys(names))

    @property
    def settled(self) -> dict[str, str]:
        """Fields with one value only: a key need not say them, and its URL may need them."""
        lists = (each for each in self.dimensions if isinstance(each, ListDimension))
        return {each.field: each.values[0] for each in lists if len(each.values) == 1}

    @property
    def by_season(self) -> bool:
        """True if its keys differ by season: through the pattern, a calendar or another data type's items."""
        return "season" in map(given_by, self.data_type.pattern.fields) or any(
            not isinstance(dimension, ListDimension) for dimension in self.dimensions
        )

    @property
    def seasons_to_expand(self) -> tuple[str | None, ...]:
        """The seasons, or a single None for a data type whose keys do not differ by season.

        Where a key can come of several seasons (a player's page), the latest has it: so they come latest first.
        """
        if not (self.by_season and self.seasons):
            return (None,)
        return self.seasons if "season" in map(given_by, self.data_type.pattern.fields) else self.seasons[::-1]


def without_strange_seasons(declared: Sequence[Declared]) -> tuple[Declared, ...]:
    """`declared`, parents first, where what derives from types without seasons alone has none either: each of the
    source's seasons would name all of the items.
    """
    found: dict[str, Declared] = {}
    for each in declared:
        parents = [found[name] for name in each.parents if name in found]
        if (
            parents
            and "season" not in map(given_by, each.data_type.pattern.fields)
            and not any(isinstance(dimension, CalendarDimension) for dimension in each.dimensions)
            and all(parent.seasons_to_expand == (None,) for parent in parents)
        ):
            each = replace(each, seasons=())  # noqa: PLW2901 - the same one, as it is meant
        found[each.data_type.qualified] = each
    return tuple(found.values())


def parents_first(declared: tuple[Declared, ...]) -> tuple[Declared, ...]:
    """In an order in which each data type comes after those it derives from. Raises ValueError on a cycle."""
    by_name = {d.data_type.qualified: d for d in declared}
    done: dict[str, Declared] = {}
    under_way: set[str] = set()

    def visit(name: str) -> None:
        if name in done or name not in by_name:
            return
        if name in under_way:
            raise ValueError(f"data type {name} derives from itself")
        under_way.add(name)
        for parent in by_name[name].parents:
            visit(parent)
        done[name] = by_name[name]

    for name in by_name:
        visit(name)
    return tuple(done.values())
