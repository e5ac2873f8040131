from __future__ import annotations

from dataclasses import replace

import pytest

from adce_async.service.task_filters import fitting_tasks
from adce_async.testing.example_tasks import task

TASKS = [
    replace(task(f"a/{n}", source="ant" if n % 2 else "bee"), season="2024-25" if n < 4 else None) for n in range(8)
]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 8),
        ({"source": "ant"}, 4),
        ({"source": "ANT"}, 4),
        ({"season": "2024-25", "source": "Bee"}, 2),
        ({"season": "none"}, 4),
        ({"key": "a/3"}, 1),
        ({"source": "cat"}, 0),
    ],
)
def test_all_filters_have_to_fit_whatever_the_case(filters: dict[str, str], count: int) -> None:
    assert len(fitting_tasks(TASKS, filters)) == count


def test_another_filter_is_a_bug() -> None:
    with pytest.raises(KeyError, match="weight"):
        fitting_tasks(TASKS, {"weight": "7"})
