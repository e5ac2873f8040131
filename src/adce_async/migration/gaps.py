"""gaps.json: its tasks under our names; those of data types that nobody offers are left out, with why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adce_async.errors import Problem
from adce_async.migration.inventory import Inventory
from adce_async.migration.report import Row

MAX_BYTES = 1 << 28
_AGAIN = "or leave it out: the first pass finds the gaps again"


def migrate_gaps(
    path: Path, inventory: Inventory, scraper_of: Mapping[tuple[str, str], str]
) -> tuple[str | None, list[Row], list[Problem]]:
    """(the new file, rows, what is wrong with the old one)."""
    name = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [], [Problem(name, None, "", f"larger than {MAX_BYTES >> 20} MiB; leave it out")]
        document = json.loads(path.read_bytes())
    except OSError as error:
        return None, [], [Problem(name, None, "", f"cannot be read: {error.strerror}; expected a readable file")]
    except json.JSONDecodeError as error:
        message = f"not JSON (column {error.colno}): {error.msg}; expected a whole file, {_AGAIN}"
        return None, [], [Problem(name, error.lineno, "", message)]
    except (UnicodeDecodeError, RecursionError) as error:
        return None, [], [Problem(name, 1, "", f"not JSON: {type(error).__name__}; expected a whole file, {_AGAIN}")]
    tasks = document.get("tasks") if isinstance(document, dict) else None
    if not isinstance(tasks, list):
        return None, [], [Problem(name, 1, "", f'expected an object with a list "tasks", {_AGAIN}')]
    kept: list[dict[str, Any]] = []
    rows = [_task(path.name, number, task, inventory, scraper_of, kept) for number, task in enumerate(tasks)]
    return _render(document, kept), rows, []


def _task(
    file: str,
    number: int,
    task: Any,
    inventory: Inventory,
    scraper_of: Mapping[tuple[str, str], str],
    kept: list[dict[str, Any]],
) -> Row:
    if not isinstance(task, dict):
        return Row(file, None, f"tasks[{number}]", "dropped", why="no object")
    source, data_type = str(task.get("source", "")).lower(), str(task.get("data_type", ""))
    what = f"task {task.get('id', number)} ({source}.{data_type})"
    new = inventory.names.get(f"{source}.{data_type}".lower()) or next(
        (name for name in scraper_of if name[0] == source and _plain(name[1]) == _plain(data_type)), None
    )
    if new is None:
        return Row(file, None, what, "dropped", why="no data type of the new inventory fits")
    kept.append({**task, "source": new[0], "data_type": new[1], "scraper": scraper_of.get(new, "")})
    if new == (source, data_type):
        return Row(file, None, what, "taken", ".".join(new))
    return Row(file, None, what, "renamed", ".".join(new))


def _plain(name: str) -> str:
    return name.lower().removesuffix("s")


def _render(old: Mapping[str, Any], tasks: list[dict[str, Any]]) -> str:
    """The file with its counts made right; what it said of old files is left out."""
    levels = Counter(str(task.get("priority", "MEDIUM")).lower() for task in tasks)
    document = {
        "generated_at": old.get("generated_at"),
        "total_tasks": len(tasks),
        "by_priority": {level: levels.get(level, 0) for level in ("critical", "high", "medium", "low")},
        "tasks": tasks,
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
