"""What `/metrics` reads of running parts, and counts of what happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenario.world import World, items_of, per

from adce_async.engine.events import TaskSettled
from adce_async.model.coverage import Priority
from adce_async.model.figures import Reading
from adce_async.model.task import Outcome, Verdict
from adce_async.service.figures import ERRORS, FAMILIES, Readings, counting, error_of
from adce_async.testing.example_tasks import task


class Counted:
    content_type = "text/plain"

    def __init__(self) -> None:
        self.tasks: list[tuple[str, str, bool]] = []
        self.cycles = 0
        self.failures: list[tuple[str, str]] = []

    def failure(self, source: str, error: str) -> None:
        self.failures.append((source, error))

    def lag(self, seconds: float) -> None:
        raise AssertionError("of the loop watch, which is not running here")

    def render(self) -> bytes:
        return b""

    def task(self, scraper: str, outcome: str, seconds: float | None) -> None:
        self.tasks.append((scraper, outcome, seconds is not None))

    def cycle(self, seconds: float) -> None:
        self.cycles += 1


def world(folder: Path) -> World:
    return World(folder, [items_of("ant", 3)], {"ant": per(2, 10.0)})


def read(made: World) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for reading in Readings(made.parts, lambda: 5e7, lambda: 12)():
        assert isinstance(reading, Reading)
        at = (reading.name, *reading.labels.values())
        assert at not in found, "the same figure twice"
        found[at] = reading.value
    return found


async def test_what_is_read_has_the_labels_that_its_family_says(tmp_path) -> None:
    made = world(tmp_path)
    await made.reconciler.run()
    await made.pool.refresh()
    made.parts.health.beat("pool", 60.0, "idle")
    made.parts.health.trouble("robots.txt of ant.test", "gone")
    known = {family.name: set(family.labels) for family in FAMILIES}
    readings = list(Readings(made.parts, lambda: 5e7, lambda: 12)())
    for reading in readings:
        assert set(reading.labels) == known[reading.name], reading
    assert {reading.name for reading in readings} == known.keys()


async def test_the_figures_are_those_of_the_parts(tmp_path) -> None:
    made = world(tmp_path)
    counted = Counted()
    before = read(made)
    assert ("adce_gaps", "missing") not in before  # nothing is known of the lake before the first pass
    async with counting(made.parts, counted), made.pool.running():
        await made.reconciler.run()
        await made.pool.refresh()
        found = read(made)
        assert found["adce_gaps", "missing"] == 3
        assert found["adce_coverage_expected", "ant", "items"] == 3
        assert sum(found["adce_queue_depth", priority.name] for priority in Priority) == 3
        await made.pool.drained(1000)
        await made.reconciler.run()
    found = read(made)
    assert found["adce_coverage_stored", "ant", "items"] == 3
    assert sum(found["adce_queue_depth", priority.name] for priority in Priority) == 0
    assert found["adce_requests", "ant"] == 3
    assert found["adce_requests", "_global"] == 3
    assert found["adce_resident_memory_bytes",] == 5e7
    assert counted.tasks == [("ant_items", "stored", True)] * 3
    assert counted.cycles == 2


async def test_troubles_are_seen_and_name_no_component_without_bounds(tmp_path) -> None:
    made = world(tmp_path)
    made.parts.health.trouble("robots.txt of ant.test", "gone")
    made.parts.health.beat("pool", -1.0, "hangs")
    found = read(made)
    assert (found["adce_healthy",], found["adce_troubles",]) == (0, 2)
    assert found["adce_component_healthy", "pool"] == 0
    assert ("adce_component_healthy", "robots.txt of ant.test") not in found
    assert found["adce_safe_mode",] == 0
    made.pool.hold("test", "why not")
    made.parts.health.trouble("safe mode", "one task at a time")
    made.limiters["ant"].throttled(60.0, "HTTP 429")
    found = read(made)
    assert found["adce_safe_mode",] == 1
    assert (found["adce_paused",], found["adce_source_cooling", "ant"], found["adce_throttled", "ant"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("status", "error"),
    [(None, "no_answer"), (200, "content"), (206, "content"), (404, "404"), (418, "4xx"), (429, "429"), (503, "5xx"),
     (302, "other"), (999, "other")],
)  # fmt: skip
def test_failures_are_of_a_closed_set(status: int | None, error: str) -> None:
    assert error_of(Outcome("a", Verdict.RETRY, status=status)) == error
    assert error in ERRORS


async def test_failures_are_counted_by_source_and_what_it_answered(tmp_path) -> None:
    made = world(tmp_path)
    counted = Counted()
    async with counting(made.parts, counted):
        for verdict in (Verdict.RETRY, Verdict.PARKED, Verdict.RELEASED, Verdict.STORED):
            made.parts.events.publish(TaskSettled(task("a"), Outcome("a", verdict, status=503), 1.0, 0))
    assert counted.failures == [(task("a").source, "5xx")] * 2
