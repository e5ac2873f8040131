"""Which gaps are listed one by one when there are too many: the most urgent ones. All of them are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adce_async.model.coverage import Findings, Priority
from adce_async.planning.comparison import Comparison
from adce_async.planning.live import is_urgent
from adce_async.planning.plan import PlanRules, prioritise, priority_at

Rows = Sequence[int]


def most_urgent(
    compared: Sequence[Comparison], rules: PlanRules, now: float, most: int
) -> tuple[list[Rows], Counter[Priority]]:
    """For each of `compared` the rows to list, `most` in all; and how many are left out, by priority.

    Within a priority they come in the order of the data types, seasons and keys.
    """
    by_priority = [_rows_by_priority(one, rules, now) for one in compared]
    chosen: list[list[int]] = [[] for _ in compared]
    left_out: Counter[Priority] = Counter()
    for priority in Priority:
        for place, rows in enumerate(by_priority):
            mine = rows.get(priority, ())
            taken = mine[:most]
            most -= len(taken)
            chosen[place] += taken
            if len(mine) > len(taken):
                left_out[priority] += len(mine) - len(taken)
    return [sorted(rows) for rows in chosen], left_out


def _rows_by_priority(one: Comparison, rules: PlanRules, now: float) -> dict[Priority, Rows]:
    rows = one.gap_rows
    if not len(rows):
        return {}
    findings = Findings(one.data_type, one.coverage)
    watched = one.data_type.watched
    if not watched and (not one.data_type.required or one.expected.same_times):
        due = one.deadlines(rows[:1])[0]
        return {priority_at(due, one.season, findings, rules, now): rows}
    found: dict[Priority, list[int]] = {}
    known: dict[float, Priority] = {}
    for row, due in zip(rows, one.deadlines(rows), strict=True):
        if watched and is_urgent(due, now):  # of a game of last night, perhaps
            urgency = prioritise(one.gaps((row,))[0], findings, rules, now)
        else:
            urgency = known[due] = known[due] if due in known else priority_at(due, one.season, findings, rules, now)
        found.setdefault(urgency, []).append(row)
    return dict(found)
