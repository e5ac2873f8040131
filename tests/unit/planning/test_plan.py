from __future__ import annotations

from collections import Counter

import pytest

from adce_async.model.coverage import DataType, Expectation, Priority
from adce_async.model.days import DAY
from adce_async.model.keys import PathPattern
from adce_async.planning.diff import diff
from adce_async.planning.plan import PlanRules, plan, with_group_sizes, within_caps

NOW = 1_732_000_000.0  # 2024-11-19
RULES = PlanRules("2024-25")


def gaps(count: int, season: str | None = "2024-25", due: float = 0.0, stored: int = 0, **changes: object):
    data_type = DataType("espn", "box_score", "espn_summary", PathPattern("b/{id}"), **changes)  # type: ignore[arg-type]
    expectations = [Expectation(f"b/{season}/{i}", {"id": str(i)}, season, due, None) for i in range(count)]
    return diff(data_type, season, expectations, {}, now=NOW)


@pytest.mark.parametrize(
    ("season", "due", "required", "priority"),
    [
        ("2024-25", NOW - 6 * DAY, True, Priority.CRITICAL),
        ("2024-25", NOW - 8 * DAY, True, Priority.HIGH),
        ("2024-25", NOW - 6 * DAY, False, Priority.HIGH),
        ("2023-24", NOW - 300 * DAY, True, Priority.MEDIUM),
        ("2017-18", NOW - 3000 * DAY, True, Priority.LOW),
        (None, 0.0, False, Priority.HIGH),
    ],
)
def test_priorities(season, due, required, priority) -> None:
    (task,) = plan([gaps(1, season, due, required=required)], RULES, now=NOW, first_detected={})
    assert task.priority is priority


def test_a_named_priority_is_the_least() -> None:
    (task,) = plan([gaps(1, "2017-18", priority=Priority.HIGH)], RULES, now=NOW, first_detected={})
    assert task.priority is Priority.HIGH


def test_ages_survive_and_groups_are_counted() -> None:
    tasks = plan([gaps(3)], RULES, now=NOW, first_detected={"b/2024-25/1": NOW - 7200})
    assert {task.detected_at for task in tasks} == {NOW, NOW - 7200}
    assert {task.files for task in tasks} == {3}
    assert {task.files for task in with_group_sizes(tasks)} == {3}
    assert {task.files for task in with_group_sizes(tasks[:2])} == {2}


def test_caps_keep_the_best_and_leave_the_rest_gaps() -> None:
    tasks = plan([gaps(5), gaps(4, "2017-18")], RULES, now=NOW, first_detected={"b/2024-25/3": NOW - DAY})
    capped = within_caps(tasks, PlanRules("2024-25", caps={Priority.HIGH: 1, Priority.LOW: 2}), NOW)
    assert Counter(task.priority for task in capped) == {Priority.HIGH: 1, Priority.LOW: 2}
    assert next(task.key for task in capped if task.priority is Priority.HIGH) == "b/2024-25/3"
    assert len(within_caps(tasks, PlanRules("2024-25", max_tasks=4), NOW)) == 4
    assert within_caps(tasks, RULES, NOW) == tasks
