"""What CloudWatch is told of running parts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.scenario.world import World, items_of, per
from tests.unit.engine.test_publishing import Sink

from adce_async.model.cloudwatch import METRICS, CloudWatchRules
from adce_async.planning.cloudwatch import Batch
from adce_async.service.published import publishing, read


def world(folder) -> World:
    return World(folder, [items_of("ant", 30)], {"ant": per(60, 60.0)})


def told(made: World) -> dict[tuple[str, ...], float]:
    batch = Batch()
    read(made.parts, batch)
    return {(datum.name, *datum.dimensions.values()): datum.values[0] for datum in batch.data(0.0)}


async def test_what_is_so_now_is_read(tmp_path) -> None:
    made = world(tmp_path)
    assert ("Coverage",) not in told(made)  # nothing is known of the lake before the first pass
    await made.reconciler.run()
    await made.pool.refresh()
    made.parts.health.trouble("lake", "full")
    found = told(made)
    assert found["QueueDepth",] == 30
    assert sum(found["QueueDepth", name] for name in ("CRITICAL", "HIGH", "MEDIUM", "LOW")) == 30
    assert found["Coverage",] == found["Coverage", "ant"] == 0
    assert found["ReconciliationGaps", "missing"] == found["ReconciliationTasks",] == 30
    assert (found["ServiceHealthy",], found["UnhealthyComponents",]) == (0.5, 1)
    assert found["RateLimitUtilization", "ant"] == 0


async def test_a_run_is_told_whole_and_under_names_that_are_published(tmp_path) -> None:
    made = world(tmp_path)
    rules = made.parts.rules
    made.parts.rules = replace(rules, service=replace(rules.service, cloudwatch=CloudWatchRules(enabled=True)))
    sink = Sink()
    async with publishing(made.parts, lambda _rules: sink), made.pool.running():
        await made.reconciler.run()
        await made.pool.refresh()
        await made.pool.drained(1000)
        await asyncio.sleep(130)
    assert sink.total("TasksCompleted") == 30
    assert sink.total("ReconciliationCycles") == 1
    names = {datum.name for _, data in sink.sent for datum in data}
    assert names == METRICS.keys() - {"ReconciliationDrift"} or names == METRICS.keys()
    durations = [d for _, data in sink.sent for d in data if d.name == "OrchestratorDuration"]
    assert len(durations) == 1
    assert 20 < durations[0].values[0] < 60


async def test_nothing_is_opened_where_it_is_off(tmp_path) -> None:
    made = world(tmp_path)

    def none(_rules: CloudWatchRules) -> Sink:
        raise AssertionError("nobody asked for it")

    async with publishing(made.parts, none):
        await made.reconciler.run()
        await asyncio.sleep(130)
    assert not made.parts.health.troubles("cloudwatch")
