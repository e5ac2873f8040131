"""Which gaps are listed one by one when there are too many: the most urgent ones. All of them are counted.

They are counted over columns, some rows at a time: of a new lake all are gaps, and none of them is an object here.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from adce_async.model.coverage import Findings, Priority
from adce_async.planning.comparison import Comparison
from adce_async.planning.live import is_urgent
from adce_async.planning.plan import PlanRules, prioritise, priority_at

if TYPE_CHECKING:
    import pyarrow as pa

Rows: TypeAlias = "array[int]"

_SLICE = 1_000_000
"""Rows whose priorities are looked up together."""


def most_urgent(
    compared: Sequence[Comparison], rules: PlanRules, now: float, most: int
) -> tuple[list[Rows], Counter[Priority]]:
    """For each of `compared` the rows to list, `most` in all; and how many are left out, by priority.

    Within a priority they come in the order of the data types, seasons and keys.
    """
    counts = [_counts(one, rules, now) for one in compared]
    quotas: list[Counter[Priority]] = [Counter() for _ in compared]
    left_out: Counter[Priority] = Counter()
    for priority in Priority:
        for place, of in enumerate(counts):
            quotas[place][priority] = min(most, of[priority])
            most -= quotas[place][priority]
            if of[priority] > quotas[place][priority]:
                left_out[priority] += of[priority] - quotas[place][priority]
    return [_first(one, rules, now, quota) for one, quota in zip(compared, quotas, strict=True)], left_out


def _counts(one: Comparison, rules: PlanRules, now: float) -> Counter[Priority]:
    """All gaps by priority."""
    if not one.gap_count:
        return Counter()
    only = _only(one, rules, now)
    if only is not None:
        return Counter({only: one.gap_count})
    counts: Counter[Priority] = Counter()
    for first in range(0, len(one.expected), _SLICE):
        for priority, rows in _by_priority(one, first, rules, now).items():
            counts[priority] += len(rows)
    return counts


def _first(one: Comparison, rules: PlanRules, now: float, quota: Mapping[Priority, int]) -> Rows:
    """As many rows of each priority as `quota` says, the first ones."""
    left = {priority: count for priority, count in quota.items() if count}
    only = _only(one, rules, now) if left else None
    chosen: list[int] = []
    for first in range(0, len(one.expected), _SLICE):
        if not left:
            break
        if only is not None:
            found = {only: one.gap_rows(first, first + _SLICE)}
        else:
            found = _by_priority(one, first, rules, now)
        for priority in list(left):
            rows = found[priority][: left[priority]].to_pylist() if priority in found else []
            chosen += rows
            left[priority] -= len(rows)
            if not left[priority]:
                del left[priority]
    return array("q", sorted(chosen))


def _only(one: Comparison, rules: PlanRules, now: float) -> Priority | None:
    """The priority of all gaps, where it does not depend on when each was due."""
    if one.data_type.watched or (one.data_type.required and not one.expected.same_times):
        return None
    first = one.expected[0]
    return priority_at(first.closes or first.due, one.season, Findings(one.data_type, one.coverage), rules, now)


def _by_priority(one: Comparison, first: int, rules: PlanRules, now: float) -> dict[Priority, pa.Int64Array]:
    """The gaps among `_SLICE` rows from `first` on, in their order."""
    import pyarrow as pa  # noqa: PLC0415 - only who compares in columns has it in memory
    import pyarrow.compute as pc  # noqa: PLC0415

    rows = one.gap_rows(first, first + _SLICE)
    if not len(rows):
        return {}
    findings = Findings(one.data_type, one.coverage)
    deadlines = one.deadlines(rows)
    times = deadlines.dictionary_encode()
    known = [priority_at(due, one.season, findings, rules, now) for due in times.dictionary.to_pylist()]
    codes = pa.array(known, pa.int8()).take(times.indices)
    if one.data_type.watched:  # of a game of last night, perhaps
        urgent = pa.array([is_urgent(due, now) for due in times.dictionary.to_pylist()], pa.bool_()).take(times.indices)
        of_night = [prioritise(gap, findings, rules, now) for gap in one.gaps(rows.filter(urgent).to_pylist())]
        codes = pc.replace_with_mask(codes, urgent, pa.array(of_night, pa.int8()))
    return {Priority(code): rows.filter(pc.equal(codes, code)) for code in pc.unique(codes).to_pylist()}
