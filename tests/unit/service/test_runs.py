"""Runs that end: when, with which figures, and with whatever is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from tests.scenario.world import World, derived, echo, item, items_of, per

from adce_async.engine.reconciling.reconciler import PassReport
from adce_async.errors import BlockedError, StoreError, TransientError
from adce_async.model.dimensions import DerivedDimension
from adce_async.service.rate_limits import rate_limits
from adce_async.service.runs import RunResult, execute, run_once
from adce_async.supervisor import Stop


def world(folder: Path, count: int = 3, **more: object) -> World:
    return World(folder, [items_of("ant", count)], {"ant": per(100, 1.0)}, **more)  # type: ignore[arg-type]


def figures(of: RunResult) -> tuple[int, int, int, int]:
    """Total, completed, failed, skipped."""
    return of.summary.total, of.summary.completed, of.summary.failed, of.summary.skipped


def schedules(folder: Path) -> World:
    """Item 0 names two games, whose bodies are another data type."""
    games = DerivedDimension("game_id", "ant.items", "game_id", "final")

    def script(ask):
        number = ask.url.rsplit("/", 1)[1]
        return item(number, games={"7": "final", "8": "final"}) if number == "0" else echo(ask)

    return World(folder, [items_of("ant", 1), derived("ant", "box", games)], {"ant": per(100, 1.0)}, script)


# -- run_once ----------------------------------------------------------------------------------------------------------


async def test_it_ends_when_nothing_is_missing(tmp_path) -> None:
    ant = world(tmp_path)
    seen: list[PassReport] = []
    result = await run_once(ant.parts, Stop(), max_wait=60.0, on_pass=seen.append)
    assert result.report is not None
    assert (result.report.complete, result.stopped) == (True, False)
    assert figures(result) == (3, 3, 0, 0)
    assert result.summary.limits == rate_limits(ant.parts)
    assert [report.gaps for report in seen] == [3, 0]
    assert result.report is seen[-1]


async def test_what_is_stored_brings_to_light_what_comes_next(tmp_path) -> None:
    ant = schedules(tmp_path)
    result = await run_once(ant.parts, Stop(), max_wait=60.0)
    assert await ant.keys() == {"ant/0.json", "ant-box/7.json", "ant-box/8.json"}
    assert figures(result) == (3, 3, 0, 0)


async def test_it_waits_for_what_becomes_ready_in_time_and_for_nothing_longer(tmp_path) -> None:
    def script(ask):
        if ask.nth == 0 and ask.url.endswith("/1"):
            return TransientError("not yet", retry_after=50.0)
        return TransientError("tomorrow", retry_after=86400.0) if ask.url.endswith("/2") else echo(ask)

    loop = asyncio.get_running_loop()
    began = loop.time()
    ant = world(tmp_path, script=script)
    result = await run_once(ant.parts, Stop(), max_wait=60.0)
    assert await ant.keys() == {"ant/0.json", "ant/1.json"}
    assert figures(result) == (3, 2, 0, 1)
    assert 50.0 <= loop.time() - began < 61.0
    assert result.summary.seconds == pytest.approx(loop.time() - began)
    assert result.report is not None
    assert result.report.gaps == 1


async def test_a_source_that_refuses_everything_does_not_keep_it_for_ever(tmp_path) -> None:
    ant = world(tmp_path, script=lambda _ask: BlockedError("HTTP 429", status=429, retry_after=2.0))
    loop = asyncio.get_running_loop()
    began = loop.time()
    with structlog.testing.capture_logs() as lines:
        result = await run_once(ant.parts, Stop(), max_wait=60.0)
    assert (result.summary.completed, result.summary.skipped) == (0, 3)
    assert loop.time() - began < 200.0
    assert [line["seconds"] for line in lines if line["event"] == "nothing but refusals"] == [60.0]


async def test_a_stop_ends_it_and_what_is_left_is_counted(tmp_path) -> None:
    ant = world(tmp_path, 100)
    stop, seen = Stop(), []
    async with asyncio.TaskGroup() as group:
        run = group.create_task(run_once(ant.parts, stop, max_wait=60.0, on_pass=seen.append), name="run")
        await asyncio.sleep(0.35)
        stop.ask("test")
    result = run.result()
    assert result.stopped
    assert len(seen) == 1  # no further pass: whoever asked for a stop waits
    assert result.report is not None
    (row,) = result.report.coverage  # and is told what is there, as it is by now
    there = len(await ant.keys())
    assert (row.stored, row.missing, result.report.gaps) == (there, row.expected - there, row.expected - there)
    assert there > 0
    assert 0 < result.summary.completed < 100
    assert result.summary.completed + result.summary.skipped == 100


async def test_a_lake_that_cannot_be_listed_is_an_error(tmp_path) -> None:
    ant = world(tmp_path)
    ant.store.broken = "no such disk"
    with pytest.raises(StoreError, match="no such disk"):
        await run_once(ant.parts, Stop(), max_wait=60.0)


# -- execute -----------------------------------------------------------------------------------------------------------


async def test_it_works_off_the_queue_as_it_is(tmp_path) -> None:
    ant = world(tmp_path)
    assert figures(await execute(ant.parts, Stop(), max_wait=60.0, reconcile=False)) == (0, 0, 0, 0)
    await ant.reconciler.run()
    result = await execute(ant.parts, Stop(), max_wait=60.0, reconcile=False)
    assert figures(result) == (3, 3, 0, 0)
    assert (result.report, result.stopped) == (None, False)


async def test_after_its_time_it_takes_no_further_tasks(tmp_path) -> None:
    ant = World(tmp_path, [items_of("ant", 300)], {"ant": per(1, 1.0, burst=1)})
    rules = replace(ant.rules, service=replace(ant.rules.service, execute_seconds=60.0))
    ant.parts.apply(rules, ant.catalog)
    await ant.reconciler.run()
    loop = asyncio.get_running_loop()
    began = loop.time()
    with structlog.testing.capture_logs() as lines:
        result = await execute(ant.parts, Stop(), max_wait=60.0, reconcile=False)
    assert 60.0 <= loop.time() - began < 62.0
    _, completed, failed, skipped = figures(result)
    assert 55 < completed < 65
    assert (failed, skipped, result.stopped) == (0, 300 - completed, False)
    assert "time is up" in [line["event"] for line in lines]


async def test_a_pass_afterwards_says_what_is_still_missing_and_runs_none_of_it(tmp_path) -> None:
    ant = schedules(tmp_path)
    await ant.reconciler.run()
    result = await execute(ant.parts, Stop(), max_wait=60.0, reconcile=True)
    assert result.report is not None
    assert result.report.gaps == 2
    assert figures(result) == (3, 1, 0, 2)
    assert await ant.keys() == {"ant/0.json"}


async def test_a_pass_that_fails_takes_nothing_from_what_was_done(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.reconciler.run()

    async def fails(**_options: object) -> PassReport:
        raise StoreError("no such disk")

    ant.reconciler.run = fails  # type: ignore[method-assign]
    result = await execute(ant.parts, Stop(), max_wait=60.0, reconcile=True)
    assert (result.report, figures(result)) == (None, (3, 3, 0, 0))


async def test_a_stop_spares_the_pass(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.reconciler.run()
    stop = Stop()
    stop.ask("test")
    before = ant.reconciler.last
    result = await execute(ant.parts, stop, max_wait=60.0, reconcile=True)
    assert (result.report, result.stopped) == (None, True)
    assert ant.reconciler.last is before
