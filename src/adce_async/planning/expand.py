"""What SHOULD be: from a declared data type to the keys of one season, lazily.

Days and months come up to now; derived values come from the items that stored objects of another data
type name. A missing schedule is therefore a gap of its own, and its games become expectations once it is there.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from adce_async.model.coverage import Expectation, Item
from adce_async.model.days import LATE_HOURS, end_of_eastern_day, start_of_eastern_day
from adce_async.model.dimensions import (
    Calendar,
    CalendarDimension,
    Declared,
    DerivedDimension,
    ListDimension,
)
from adce_async.model.keys import PathPattern, shown
from adce_async.model.seasons import given_by, season_days, season_months, season_of_day, season_range, url_fields
from adce_async.planning.expectations import Expectations
from adce_async.planning.products import FEWEST, Bound, Listed, product_keys
from adce_async.planning.refusals import Refusals
from adce_async.planning.row_times import RowTimes

ItemsOf = Callable[[str, str | None], Iterable[Item]]
"""(qualified data type, season) -> the items that its stored objects name."""

_MARK = "0value0"
"""Stands for the value while the rest of a key is made."""
_LONGEST_PLAIN = 100
_LEAGUE = "league"
_SHORT = 5000


def no_items(_data_type: str, _season: str | None) -> Iterable[Item]:
    """For data types that derive from none."""
    return ()


def expand(declared: Declared, season: str | None, *, now: float, items_of: ItemsOf = no_items) -> Expectations:
    """The expectations of one season (None for a data type without seasons) that are due at `now`.

    A value that can't stand in a key is `refused`, by name; the others are expected as if it were not there.

    >>> from adce_async.model.coverage import DataType
    >>> from adce_async.model.keys import PathPattern
    >>> rules = DataType("ant", "items", "ant_items", PathPattern("ant/{id}.json"))
    >>> declared = Declared(rules, (), (ListDimension("id", ("1", "2")),))
    >>> [e.key for e in expand(declared, None, now=0.0)]
    ['ant/1.json', 'ant/2.json']
    """
    pattern = declared.data_type.pattern
    base = {"season": season} if season is not None else {}
    season_due, season_closes = _season_times(season)
    if season_due > now:
        return Expectations([], [].__getitem__, next_due=season_due)
    wanted = {*pattern.fields, *map(given_by, pattern.fields)} | {d.field for d in declared.dimensions}
    refused = Refusals()
    axes = _axes(declared, season, items_of, wanted, refused)
    if math.prod(map(len, axes)) >= FEWEST and not declared.parents:
        found = _of_product(declared, base, season, axes, now)
        if found is not None:
            return found
    rows: Sequence[tuple[Bound, ...]] = list(itertools.product(*axes)) if len(axes) != 1 else [(b,) for b in axes[0]]
    next_due = math.inf
    if timed := any(not isinstance(d, ListDimension) or d.field == "date" for d in declared.dimensions):
        dues = [_due(row, season_due) for row in rows]
        next_due = min((due for due in dues if due > now), default=math.inf)
        rows = [row for row, due in zip(rows, dues, strict=True) if due <= now]
    if any(given_by(field) == "date" != field for field in pattern.fields):
        rows = [row for row in rows if _names_a_day(row, refused)]
    names, rows = _keys(pattern, base, rows, refused)
    unique = rows
    if len(set(names)) < len(names):  # a game can be listed on two days: the first one counts
        firsts = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
        places = sorted(firsts.values())
        names, unique = [names[n] for n in places], [rows[n] for n in places]

    def make(index: int) -> Expectation:
        fields = dict(base)
        due, closes = season_due, season_closes
        for bound, bound_due, bound_closes in unique[index]:
            fields.update(bound)
            if bound_due:
                due, closes = bound_due, bound_closes
        return Expectation(names[index], fields, season, due, closes)

    return Expectations(names, make, refused, next_due=next_due, same_times=not timed)


def _of_product(
    declared: Declared, base: Mapping[str, str], season: str | None, axes: Sequence[Sequence[Bound]], now: float
) -> Expectations | None:
    """The same where all keys are those of a product, and one axis at most says when they are due."""
    season_due, season_closes = _season_times(season)
    timed = [n for n, axis in enumerate(axes) if not isinstance(axis, Listed) and any(due for _, due, _ in axis)]
    if len(timed) > 1:
        return None
    next_due, bounds = math.inf, list(axes)
    for n in timed:
        next_due = min((due for _, due, _ in axes[n] if due > now), default=math.inf)
        bounds[n] = [bound for bound in axes[n] if bound[1] <= now]
    keys = product_keys(declared.data_type.pattern, base, bounds) if all(bounds) else None
    if keys is None:
        return None

    def make(index: int) -> Expectation:
        fields, due, closes = dict(base), season_due, season_closes
        places = keys.at(index)
        for axis, place in zip(bounds, places, strict=True):
            bound, bound_due, bound_closes = axis[place]
            fields.update(bound)
            if bound_due:
                due, closes = bound_due, bound_closes
        return Expectation(keys.key(places), fields, season, due, closes)

    times = None
    if timed:
        (axis,) = (bounds[n] for n in timed)
        right = math.prod(map(len, bounds[timed[0] + 1 :]))
        pairs = [(due, closes) if due else (season_due, season_closes) for _, due, closes in axis]
        times = RowTimes((due for due, _ in pairs), (closes for _, closes in pairs), right)
    return Expectations(keys, make, next_due=next_due, same_times=not timed, times=times)


def _due(row: tuple[Bound, ...], season_due: float) -> float:
    for _, due, _ in reversed(row):
        if due:
            return due
    return season_due


def _names_a_day(row: tuple[Bound, ...], refused: Refusals) -> bool:
    """False if its date is none, as far as it has one: it can't be spelled otherwise."""
    for bound, _, _ in row:
        if "date" in bound and _day(bound["date"]) is None:
            if bound["date"]:  # else nobody knows it yet
                refused.add(f"field date={shown(bound['date'])}: is no day; expected YYYY-MM-DD")
            return False
    return True


def _keys(
    pattern: PathPattern, base: Mapping[str, str], rows: Sequence[tuple[Bound, ...]], refused: Refusals
) -> tuple[list[str], Sequence[tuple[Bound, ...]]]:
    """The rows that have a key, with their keys; the quick way where only one value differs from key to key."""
    own = [field for field in pattern.fields if field not in base]
    if len(own) == 1 and given_by(own[0]) == own[0] and rows and len(rows[0]) == 1:
        (name,) = own
        values = [row[0][0][name] for row in rows]
        if all(map(str.isascii, values)) and all(map(str.isalnum, values)) and max(map(len, values)) < _LONGEST_PLAIN:
            before, _, after = pattern.format({**base, name: _MARK}).partition(_MARK)
            if _MARK not in after:
                return [f"{before}{value}{after}" for value in values], rows
    spelled = any(given_by(field) != field for field in pattern.fields)
    names, kept = [], []
    for row in rows:
        try:
            names.append(_key(pattern, base, row, spelled=spelled))
            kept.append(row)
        except KeyError as missing:
            refused.add(f"{_described(row)}: its key needs a field {missing.args[0]}, which it does not name")
        except ValueError as error:
            refused.add(str(error))
    return names, kept


def _key(pattern: PathPattern, base: Mapping[str, str], row: tuple[Bound, ...], *, spelled: bool) -> str:
    fields = dict(base)
    for bound, _, _ in row:
        fields.update(bound)
    return pattern.format(url_fields(fields) if spelled else fields)


def _described(row: tuple[Bound, ...]) -> str:
    fields = {name: value for bound, _, _ in row for name, value in bound.items()}
    return " ".join(f"{name}={shown(value)}" for name, value in fields.items())


def _axes(
    declared: Declared, season: str | None, items_of: ItemsOf, wanted: set[str], refused: Refusals
) -> list[Sequence[Bound]]:
    axes: list[Sequence[Bound]] = []
    leagues = _leagues_with_calendar(declared)
    derived: dict[tuple[str, str | None], list[DerivedDimension]] = {}
    for dimension in declared.dimensions:
        match dimension:
            case ListDimension():
                if dimension.field == _LEAGUE and leagues:
                    continue  # it comes with the calendar, whose days are those of the league
                if dimension.field == "date":
                    only_season = season is not None and len(declared.seasons) > 1
                    axes.append(list(_listed_days(dimension, season, only_season=only_season)))
                else:
                    axes.append(_listed(dimension))
            case CalendarDimension():
                axes.append(_calendar_once(dimension, season, leagues))
            case DerivedDimension():
                derived.setdefault((dimension.parent, dimension.where), []).append(dimension)
    for (parent, where), dimensions in derived.items():
        axes.append(list(_derived(dimensions, where, items_of(parent, season), wanted, refused)))
    return axes


def _listed(dimension: ListDimension) -> Sequence[Bound]:
    """The same in each season, so short ones are made once. Not to be changed."""
    return _made_once(dimension) if len(dimension.values) <= _SHORT else Listed(dimension.field, dimension.values)


@functools.lru_cache(maxsize=16)
def _made_once(dimension: ListDimension) -> Sequence[Bound]:
    return [({dimension.field: value}, 0.0, None) for value in dimension.values]


def _listed_days(dimension: ListDimension, season: str | None, *, only_season: bool) -> Iterator[Bound]:
    for value in dimension.values:
        day = _day(value)
        if day is None:
            yield {dimension.field: value}, 0.0, None
        elif not (only_season and season_of_day(day) != season):
            yield {dimension.field: value}, *_day_times(day)


def _leagues_with_calendar(declared: Declared) -> tuple[str, ...]:
    """The leagues that are listed beside a calendar: each has its own."""
    if not any(isinstance(one, CalendarDimension) for one in declared.dimensions):
        return ()
    listed = (one for one in declared.dimensions if isinstance(one, ListDimension) and one.field == _LEAGUE)
    return tuple(league for one in listed for league in one.values)


@functools.lru_cache(maxsize=32)  # those of the seasons under way are asked for in each pass
def _calendar_once(dimension: CalendarDimension, season: str | None, leagues: tuple[str, ...]) -> Sequence[Bound]:
    """(Not to be changed.)"""
    return list(_calendar(dimension, season, leagues))


def _calendar(dimension: CalendarDimension, season: str | None, leagues: tuple[str, ...]) -> Iterator[Bound]:
    if season is None:
        return
    for league in leagues or ("",):
        bound = {_LEAGUE: league} if league else {}
        if dimension.calendar is Calendar.SEASON_DAYS:
            for day in season_days(season, league):
                yield {**bound, dimension.field: day.isoformat()}, *_day_times(day)
        else:
            for name, last_day in season_months(season, league):
                due = start_of_eastern_day(last_day.replace(day=1))
                yield {**bound, dimension.field: name}, due, end_of_eastern_day(last_day) + LATE_HOURS


def _derived(
    dimensions: list[DerivedDimension], where: str | None, items: Iterable[Item], wanted: set[str], refused: Refusals
) -> Iterator[Bound]:
    days: dict[str, tuple[float, float | None]] = {}
    for item in items:
        if where is not None and item.state != where:
            continue
        fields = item.fields
        bound = {name: fields[name] for name in wanted if name in fields and name != "season"}
        for dimension in dimensions:
            if dimension.item_field not in fields:
                break  # an item without the field (a team listing without a slug) names nothing here
            bound[dimension.field] = fields[dimension.item_field]
        else:
            if not _are_texts(bound):
                refused.update(_not_text(name, value) for name, value in bound.items() if not _are_texts({name: value}))
                continue
            date = fields.get("date", "")
            if type(date) is not str:
                date = ""
            if date not in days:
                day = _day(date)
                days[date] = (start_of_eastern_day(day), end_of_eastern_day(day)) if day else (0.0, None)
            yield bound, *days[date]


def _are_texts(bound: Mapping[str, str]) -> bool:
    """True if all values are texts that can be shown. (All at once: it is asked of each item in each pass.)"""
    try:
        return "".join(bound.values()).isprintable()
    except TypeError:
        return False


def _not_text(name: str, value: object) -> str:
    what = "without control characters and halves of a character" if isinstance(value, str) else "as a text"
    return f"field {name}={shown(value)}: expected it {what}"


def _season_times(season: str | None) -> tuple[float, float | None]:
    if season is None:
        return 0.0, None
    first, last = season_range(season)
    return start_of_eastern_day(first), end_of_eastern_day(last)


def _day_times(day: dt.date) -> tuple[float, float]:
    return start_of_eastern_day(day), end_of_eastern_day(day) + LATE_HOURS


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
