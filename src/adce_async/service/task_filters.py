"""Those of very many tasks that fit what is asked for: a comparison each, no document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from adce_async.model.task import Task

_OF: Mapping[str, Callable[[Task], str]] = {
    "source": lambda task: task.source,
    "scraper": lambda task: task.scraper,
    "data_type": lambda task: task.data_type,
    "season": lambda task: str(task.season),
    "kind": lambda task: task.kind.value,
    "priority": lambda task: task.priority.name,
    "key": lambda task: task.key,
}


def fitting_tasks(tasks: Sequence[Task], filters: Mapping[str, str]) -> Sequence[Task]:
    """Of `tasks` those with all these values, whatever their case; `tasks` itself without filters. Raises KeyError."""
    found = tasks
    for name, value in filters.items():
        of, wanted = _OF[name], value.casefold()
        exact = {wanted, value}  # most are written as they are: folding a million of them is what takes time
        found = [task for task in found if (text := of(task)) in exact or text.casefold() == wanted]
    return found
