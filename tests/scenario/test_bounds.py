"""The largest and the smallest that each amount may be: a service works by them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.unit.service.test_reload import Files

from adce_async.config.files.fields import YEAR_MINUTES
from adce_async.config.saying.schema import schema

FILES = ("autonomous_config", "reconciliation_config")
APART = {"requests", "per", "task_size", "disk_space_minimum_gb", "max_memory_mb", "memory_warning_mb"}
"""What means something with others only, or lets nothing start."""


def amounts(node: Mapping[str, Any], defs: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The keys of all numbers, with their schemas."""
    if "$ref" in node:
        node = defs[node["$ref"].rpartition("/")[2]]
    if node.get("type") in ("number", "integer") and path:
        yield path, node
    for each in node.get("anyOf", ()):
        yield from amounts(each, defs, path)
    for key, each in node.get("properties", {}).items():
        if not each.get("deprecated") and key not in APART:
            yield from amounts(each, defs, (*path, key))


def documents(which: str) -> dict[str, dict[str, Any]]:
    """Both files with all amounts at their `maximum` or `minimum`."""
    made: dict[str, dict[str, Any]] = {}
    for name in FILES:
        described = schema()[f"{name}.yaml"]
        made[name] = {}
        for path, node in amounts(described, described["$defs"]):
            value = node.get(which, node.get("exclusiveMinimum", 0) + (1 if node["type"] == "integer" else 1e-3))
            section = made[name]
            for part in path[:-1]:
                section = section.setdefault(part, {})
            section.setdefault(path[-1], float(value) if node["type"] == "number" else value)
    return made


@pytest.mark.parametrize("which", ["maximum", "minimum"])
async def test_a_service_works_by_the_amounts_at_their_bounds(tmp_path: Path, which: str) -> None:
    files = Files(tmp_path)
    made = documents(which)
    made["autonomous_config"]["health_check"]["enabled"] = False
    made["autonomous_config"]["rate_limiting"].pop("global_limits")
    made["autonomous_config"]["resource_limits"]["disk_space_minimum_gb"] = (
        0  # at most the threshold; else nothing starts
    )
    assert len(made["autonomous_config"]) > 15
    files.write(**made)
    with structlog.testing.capture_logs() as lines:
        async with files.service() as (service, _, _):
            running = asyncio.get_running_loop().create_task(service.run())
            await asyncio.sleep(5)
            assert service._parts.reconciler.last is not None
            service._stop.ask("test")
            await running
    assert not [line for line in lines if "died" in str(line.get("what")) or line["log_level"] == "error"]


def test_threads_wait_as_long_as_may_be_said() -> None:
    assert YEAR_MINUTES * 60 < threading.TIMEOUT_MAX
