"""What the service says of itself, document by document."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scenario.world import World, echo, items_of, per

from adce_async import __version__
from adce_async.app import assemble
from adce_async.errors import RefusedError
from adce_async.model.days import iso
from adce_async.planning.maintenance import Window
from adce_async.service.documents import Documents
from adce_async.service.rate_limits import rate_limits


def world(folder: Path, **more: object) -> World:
    return World(folder, [items_of("ant", 3)], {"ant": per(100, 1.0)}, **more)  # type: ignore[arg-type]


def documents(of: World) -> Documents:
    return Documents(of.parts, lambda: 7, lambda: 12.5)


async def test_health_is_the_parts_own(tmp_path) -> None:
    ant = world(tmp_path)
    await asyncio.sleep(90.04)
    ant.parts.health.beat("pool", 60.0, "idle")
    assert documents(ant).health() == {
        "status": "healthy",
        "version": __version__,
        "uptime_seconds": 90.0,
        "components": ant.parts.health.components(),
        "orchestrator": {"success_rate": None, "tasks_executed": 0, "outcomes": {}},
    }
    ant.parts.health.trouble("lake", "no such disk")
    assert documents(ant).health()["status"] == "degraded"
    ant.parts.health.beat("pool", -1.0, "idle")
    assert documents(ant).health()["status"] == "unhealthy"
    (broken,) = documents(ant).broken()
    assert broken.startswith("pool: silent")


async def test_the_success_rate_is_of_attempts_that_told_something(tmp_path) -> None:
    ant = world(tmp_path)
    verdicts = ("stored", "stored", "unchanged", "retry", "parked", "parked", "released")
    ant.parts.pool.tally.by_verdict.update({name: verdicts.count(name) for name in verdicts})
    assert documents(ant).health()["orchestrator"] == {
        "success_rate": 0.5,
        "tasks_executed": 6,
        "outcomes": {"stored": 2, "unchanged": 1, "retry": 1, "parked": 2, "released": 1},
    }


async def test_ready_once_the_first_pass_is_done_and_nothing_that_it_needs_is_in_trouble(tmp_path) -> None:
    ant = world(tmp_path)
    assert documents(ant).ready() == ["reconciler: the first pass is not done yet"]
    await ant.look()
    assert documents(ant).ready() == []
    for name in ("storage", "lake", "queue", "source ant"):
        ant.parts.health.trouble(name, "down")
    assert documents(ant).ready() == ["storage: down", "lake: down", "queue: down"]


async def test_who_runs_no_passes_does_not_wait_for_one(tmp_path) -> None:
    ant = world(tmp_path)
    rules = replace(ant.rules, service=replace(ant.rules.service, reconciles=False))
    ant.parts = assemble(rules, ant.catalog, ant.ports)
    assert documents(ant).ready() == []


async def test_the_status_says_what_runs_and_what_waits(tmp_path) -> None:
    ant = world(tmp_path, size=1, script=lambda _ask: 20.0)  # it hangs
    assert documents(ant).status()["last_reconciliation"] is None
    report = await ant.reconciler.run()
    async with ant.pool.running():
        await ant.pool.refresh()
        await asyncio.sleep(1.0)
        told, health = documents(ant).status(), documents(ant).health()
        ant.pool.hold("test", "why not")
        assert documents(ant).status()["paused"] is True
    assert told.items() >= health.items()
    assert {key: value for key, value in told.items() if key not in health} == {
        "reconciliation_cycles": 7,
        "last_reconciliation": report.as_dict(),
        "next_reconciliation_in_seconds": 12.5,
        "queue": {"waiting": 2, "running": 1},
        "running": [{"request": "ant_items?id=0", "keys": ["ant/0.json"], "source": "ant"}],
        "paused": False,
        "paused_because": None,
        "safe_mode": None,
        "paused_sources": {},
        "at": iso(ant.clock.start + 1.0),
    }


async def test_the_coverage_is_that_of_the_last_pass_and_empty_before(tmp_path) -> None:
    ant = world(tmp_path)
    empty = documents(ant).coverage()
    assert empty["rows"] == []
    assert isinstance(empty["totals"], dict)
    report = await ant.look()
    assert documents(ant).coverage()["rows"] == [row.as_dict() for row in report.coverage]
    report.never_final.append("a game")
    assert documents(ant).coverage()["never_final"] == ["a game"]


async def test_the_rate_limits_are_those_of_the_parts(tmp_path) -> None:
    ant = world(tmp_path)
    assert documents(ant).rate_limits() == rate_limits(ant.parts)


@pytest.mark.parametrize(("script", "rate"), [(echo, 1.0), (lambda _ask: RefusedError("no"), 0.0)])
async def test_what_the_pool_has_done_is_in_it(tmp_path, script, rate) -> None:
    ant = world(tmp_path, script=script)
    await ant.fill(max_wait=1.0, rounds=1)
    orchestrator = documents(ant).health()["orchestrator"]
    assert isinstance(orchestrator, dict)
    assert orchestrator["success_rate"] == rate
    assert orchestrator["tasks_executed"] >= 3


async def test_a_source_that_a_window_closes_is_held_in_the_status(tmp_path) -> None:
    ant = world(tmp_path)
    noon = ant.clock.now()
    ant.parts.pool.closures.apply([Window(dt.time(11), dt.time(13), "UTC")])
    assert documents(ant).status()["paused_sources"] == {"ant": f"maintenance until {iso(noon + 3600.0)}"}
    ant.parts.pool.closures.apply([])
    assert documents(ant).status()["paused_sources"] == {}
