"""One pass: what it says that it found, what it leaves in queue and files, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from tests.scenario.world import World, item, items_of, per

from adce_async.engine.events import Event, GapsFound, PassDone
from adce_async.engine.reconciling.reconciler import Asked, Files, PassReport, coverage_document
from adce_async.errors import FixMeError, Problem, QueueError, StoreError
from adce_async.model.coverage import Coverage, GapKind, Priority
from adce_async.model.days import iso
from adce_async.model.dimensions import ListDimension
from adce_async.model.task import Origin, Outcome, Verdict
from adce_async.testing.example_tasks import queued
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.memory_store import MemoryStore

SEASON = {"source": "ant", "data_type": "items", "priority": "CRITICAL"}


class Slow(MemoryStore):
    """A lake whose listing takes ten seconds, and tells what was there when it began."""

    async def list(self, prefix=""):
        batches = [batch async for batch in super().list(prefix)]
        await asyncio.sleep(10.0)
        for batch in batches:
            yield batch


def world(folder: Path, count: int = 4, **more: object) -> World:
    return World(folder, [items_of("ant", count, freshness_seconds=86400.0)], {"ant": per(100, 1.0)}, **more)  # type: ignore[arg-type]


def fetched(ant: World, *numbers: int, at: float | None = None) -> None:
    """Somebody has stored these, fresh as of `at`."""
    for number in numbers:
        ant.store.seed(f"ant/{number}.json", item(number), modified=ant.clock.now() if at is None else at)


def drop(path: Path, *entries: object) -> Path:
    path.write_text(json.dumps({"tasks": list(entries)}))
    return path


async def park(ant: World, key: str) -> None:
    (claim,) = await ant.queue.claim([key], now=ant.clock.now(), until=ant.clock.now() + 60)
    await ant.queue.settle([Outcome(key, Verdict.PARKED, "HTTP 404", at=ant.clock.now(), token=claim.token)])


# -- what is told ------------------------------------------------------------------------------------------------------


async def told(ant: World) -> tuple[GapsFound, PassDone]:
    with ant.parts.events.subscribe("test", GapsFound, PassDone) as heard:
        await ant.reconciler.run()
        events: tuple[Event, ...] = tuple(heard.take())
    found, done = events
    assert isinstance(found, GapsFound)
    assert isinstance(done, PassDone)
    return found, done


async def test_what_was_found_is_told_with_how_much_of_it_is_new(tmp_path) -> None:
    ant = world(tmp_path)
    fetched(ant, 0)
    fetched(ant, 1, at=ant.clock.now() - 90_000.0)
    found, _ = await told(ant)
    assert found == GapsFound(3, 3, {"missing": 2, "stale": 1})
    found, _ = await told(ant)
    assert found == GapsFound(3, 0, {"missing": 2, "stale": 1})
    fetched(ant, 2)
    ant.store.delete("ant/0.json")
    found, _ = await told(ant)
    assert found == GapsFound(3, 1, {"missing": 2, "stale": 1})
    fetched(ant, 0)
    await told(ant)
    ant.store.delete("ant/0.json")
    found, _ = await told(ant)
    assert found.new == 1  # it was filled meanwhile: it is news again


async def test_a_pass_is_told_with_its_figures(tmp_path) -> None:
    ant = world(tmp_path, 5, store=Slow())
    fetched(ant, 0, 4)
    began = ant.clock.now()
    await ant.reconciler.run()
    await park(ant, "ant/1.json")
    drop(ant.files.gaps, SEASON)
    _, done = await told(ant)
    assert (done.gaps, done.tasks, done.parked, done.listed) == (3, 2, 1, 2)
    assert done.seconds == pytest.approx(10.0, abs=0.1)
    assert done.metrics == {
        "last_reconciliation": iso(began + 10.0),
        "reconciliation_duration_seconds": round(done.seconds, 3),
        "reconciliation_total_gaps": 3,
        "reconciliation_critical_gaps": 2,
        "reconciliation_task_queue_size": 2,
    }


async def test_a_pass_is_told_with_what_it_took_and_with_its_coverage(tmp_path) -> None:
    ant = world(tmp_path, 5, store=Slow(batch=1))
    ant.parts.apply(replace(ant.rules, list_price=0.25), ant.catalog)
    fetched(ant, 0, 4)
    began = ant.clock.now()
    _, done = await told(ant)
    assert (done.cycle.list_operations, done.cycle.list_cost_usd, done.cycle.drift) == (2, 0.5, 0)
    assert done.cycle.list_seconds == pytest.approx(10.0, abs=0.1)
    assert done.cycle.expand_seconds + done.cycle.diff_seconds + done.cycle.plan_seconds < 0.1
    assert (done.by_kind, done.at) == ({"missing": 3}, began)
    assert [(row.expected, row.stored) for row in done.coverage] == [(5, 2)]


async def test_the_kinds_of_all_gaps_are_counted_whatever_the_queue_has_room_for(tmp_path) -> None:
    ant = world(tmp_path, 5)
    ant.parts.apply(replace(ant.rules, plan=replace(ant.rules.plan, max_tasks=2)), ant.catalog)
    report = await ant.reconciler.run()
    assert (report.gaps, report.tasks, report.by_kind) == (5, 2, {"missing": 5})


async def test_a_pass_is_told_when_its_queue_is_there_and_only_then(tmp_path) -> None:
    class Full(MemoryQueue):
        async def replace(self, tasks):
            raise QueueError("disk full")

    for ant, error in ((world(tmp_path, queue=Full()), QueueError), (world(tmp_path), StoreError)):
        if error is StoreError:
            ant.store.broken = "no such disk"
        with ant.parts.events.subscribe("test", GapsFound, PassDone) as heard:
            with pytest.raises(error):
                await ant.reconciler.run()
            assert heard.take() == ()
        assert ant.reconciler.last is None


async def test_a_dry_pass_tells_what_it_found_and_replaces_nothing(tmp_path) -> None:
    ant = world(tmp_path)
    mine = drop(ant.files.gaps, SEASON)
    with ant.parts.events.subscribe("test", GapsFound, PassDone) as heard:
        report = await ant.reconciler.run(dry_run=True)
        assert heard.take() == (GapsFound(4, 4, {"missing": 4}),)  # no pass is done: no figures of it go out
    assert (report.tasks, report.dry_run, ant.reconciler.last) == (4, True, report)
    assert await ant.queue.tasks() == []
    assert not ant.files.coverage.exists()
    assert mine.read_text() == json.dumps({"tasks": [SEASON]})
    assert ant.state.texts == {}


# -- what a pass leaves ------------------------------------------------------------------------------------------------


async def test_queue_gap_file_and_coverage_are_what_was_found(tmp_path) -> None:
    ant = world(tmp_path)
    fetched(ant, 0)
    report = await ant.reconciler.run()
    left = {f"ant/{number}.json" for number in (1, 2, 3)}
    assert set(await queued(ant.queue)) == left
    assert {key for entry in json.loads(ant.files.gaps.read_text())["tasks"] for key in entry["keys"]} == left
    coverage = json.loads(ant.files.coverage.read_text())
    assert coverage["generated_at"] == iso(ant.clock.now())
    assert coverage["totals"]["stored"] == 1
    assert (report.gaps, report.tasks, report.complete) == (3, 3, False)
    assert ant.reconciler.last is report
    fetched(ant, 1, 2, 3)
    assert (await ant.reconciler.run()).complete
    assert await ant.queue.tasks() == []
    assert json.loads(ant.files.gaps.read_text())["tasks"] == []


async def test_a_gap_is_as_old_as_when_it_was_first_detected(tmp_path) -> None:
    ant = world(tmp_path, 1)
    began = ant.clock.now()
    for _ in range(3):
        await ant.reconciler.run()
        await asyncio.sleep(3600)
    assert (await queued(ant.queue))["ant/0.json"].detected_at == began


async def test_what_is_stored_during_a_pass_is_not_planned_once_more(tmp_path) -> None:
    ant = world(tmp_path, store=Slow())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(ant.reconciler.run(), name="pass")
        await asyncio.sleep(5.0)
        fetched(ant, 0)
        stored = await ant.store.head("ant/0.json")
        assert stored is not None
        ant.parts.services.recent.note(stored)
    assert running.result().gaps == 3
    assert "ant/0.json" not in await queued(ant.queue)


async def test_what_was_stored_before_a_pass_counts_no_more_once_it_is_gone(tmp_path) -> None:
    ant = world(tmp_path, 1)
    fetched(ant, 0)
    stored = await ant.store.head("ant/0.json")
    assert stored is not None
    ant.parts.services.recent.note(stored)
    ant.store.delete("ant/0.json")
    assert (await ant.reconciler.run()).gaps == 1


async def test_a_single_item_that_is_refused_is_in_the_report_and_said_once(tmp_path) -> None:
    bad = items_of("ant", 2)
    bad = replace(bad, dimensions=(ListDimension("id", ("../1", "1")),))
    ant = World(tmp_path, [bad], {"ant": per(100, 1.0)})
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            (problem,) = (await ant.reconciler.run()).refused
    assert [line["problem"] for line in lines if line["event"] == "an item is refused"] == [str(problem)]
    assert set(await queued(ant.queue)) == {"ant/1.json"}


async def test_passes_run_one_after_the_other(tmp_path) -> None:
    ant = world(tmp_path, store=Slow())
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        for name in ("one", "other"):
            group.create_task(ant.reconciler.run(), name=name)
    assert loop.time() == pytest.approx(20.0, abs=0.2)


async def test_a_file_that_comes_during_a_pass_is_not_written_over_unread(tmp_path) -> None:
    ant = world(tmp_path, store=Slow())
    fetched(ant, 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(ant.reconciler.run(), name="pass")
        await asyncio.sleep(5.0)
        drop(ant.files.gaps, {**SEASON, "keys": ["ant/1.json"], "force": True})
    asked = (await queued(ant.queue))["ant/1.json"]
    assert (asked.origin, asked.force) == (Origin.FILE, True)
    written = json.loads(ant.files.gaps.read_text())
    assert "ant/1.json" in {key for entry in written["tasks"] for key in entry["keys"]}


async def test_what_is_in_the_way_of_gaps_json_is_told_in_the_report_and_left(tmp_path) -> None:
    ant = world(tmp_path)
    ant.files.gaps.mkdir()
    report = await ant.reconciler.run()
    assert len(report.problems) == 1
    assert ant.files.gaps.is_dir()
    assert ant.parts.health.troubles("gaps report") == []  # it was not even tried: somebody has to move it away
    assert ant.files.coverage.exists()
    assert len(await ant.queue.tasks()) == 4


async def test_a_report_that_cannot_be_written_is_trouble_and_stops_nothing(tmp_path) -> None:
    ant = world(tmp_path)
    ant.files.coverage.mkdir()
    report = await ant.reconciler.run()
    assert report.tasks == len(await ant.queue.tasks()) == 4
    (trouble,) = ant.parts.health.troubles("coverage report", "gaps report")
    assert trouble.startswith("coverage report: ")
    assert "everything else goes on" in trouble
    assert ant.files.gaps.exists()
    ant.files.coverage.rmdir()
    await ant.reconciler.run()
    assert ant.parts.health.troubles("coverage report") == []


# -- apply -------------------------------------------------------------------------------------------------------------


async def test_what_is_applied_holds_from_the_next_pass_on(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.reconciler.run()
    files = Files(tmp_path / "other-gaps.json", tmp_path / "other-coverage.json", most_bytes=300)
    declared = [items_of("ant", 4, minutes_per_file=90.0), items_of("ant", 1, name="others")]
    ant.reconciler.apply(replace(ant.rules.plan, max_tasks=2), declared, files, list_price=0.25)
    before = ant.files.gaps.read_bytes()
    mine = drop(files.gaps, {**SEASON, "data_type": "others"})
    report = await ant.reconciler.run()
    assert report.problems == ()  # the reader knows what was declared later
    assert report.tasks == len(await ant.queue.tasks()) == 2
    assert ant.files.gaps.read_bytes() == before
    assert files.coverage.exists()
    (entry,) = json.loads(mine.read_text())["tasks"]
    assert entry["estimated_time_minutes"] == 180.0
    mine.write_bytes(b" " * 301)
    assert "at most 300" in str((await ant.reconciler.run()).problems[0])


# -- task files --------------------------------------------------------------------------------------------------------


async def test_a_task_file_says_which_keys_it_asks_for(tmp_path) -> None:
    ant = world(tmp_path)
    fetched(ant, 0, 1)
    mine = drop(tmp_path / "mine.json", {**SEASON, "keys": ["ant/1.json", "ant/2.json"]}, 5)
    asked = await ant.reconciler.take_file(mine)
    assert asked.keys == {"ant/1.json", "ant/2.json"}
    assert len(asked.problems) == 1
    assert set(await queued(ant.queue)) == {"ant/2.json"}
    whole = await ant.reconciler.take_file(drop(mine, SEASON))
    assert whole == Asked({"ant/2.json", "ant/3.json"})
    assert {task.priority for task in await ant.queue.tasks()} == {Priority.CRITICAL}
    with pytest.raises(FixMeError, match="there is no such file"):
        await ant.reconciler.take_file(tmp_path / "none.json")


async def test_gaps_json_asks_for_no_more_than_what_is_queued_and_takes_a_pass_for_seasons(tmp_path) -> None:
    ant = world(tmp_path)
    drop(ant.files.gaps, {**SEASON, "keys": ["ant/1.json"]})
    assert await ant.reconciler.take_file(None) == Asked(None)
    assert set(await queued(ant.queue)) == {"ant/1.json"}
    assert ant.reconciler.last is None
    drop(ant.files.gaps, SEASON)
    assert await ant.reconciler.take_file(None) == Asked(None)
    assert len(await ant.queue.tasks()) == 4
    assert not ant.reconciler.wants_pass


async def test_a_gap_file_says_whether_it_brought_something(tmp_path) -> None:
    ant = world(tmp_path)
    assert not await ant.reconciler.read_gap_file()
    drop(ant.files.gaps, SEASON)
    assert await ant.reconciler.read_gap_file()
    assert ant.reconciler.wants_pass
    await ant.reconciler.run()
    assert not ant.reconciler.wants_pass
    assert not await ant.reconciler.read_gap_file()


async def test_a_preview_is_what_would_be_run_without_what_is_parked(tmp_path) -> None:
    ant = world(tmp_path)
    await ant.reconciler.run()
    await park(ant, "ant/1.json")
    mine = drop(tmp_path / "mine.json", {**SEASON, "keys": ["ant/1.json", "ant/2.json"]})
    tasks, problems = await ant.reconciler.preview(mine)
    assert ([task.key for task in tasks], problems) == (["ant/2.json"], ())
    drop(mine, {**SEASON, "keys": ["ant/1.json"], "force": True})
    tasks, _ = await ant.reconciler.preview(mine)
    assert [task.key for task in tasks] == ["ant/1.json"]
    tasks, _ = await ant.reconciler.preview(None)
    assert {task.key for task in tasks} == {"ant/0.json", "ant/2.json", "ant/3.json"}
    assert len(await ant.queue.parked()) == 1


# -- documents ---------------------------------------------------------------------------------------------------------


def test_the_report_is_a_document() -> None:
    rows = [Coverage("ant", "items", None, expected=5, stored=3, missing=2), Coverage("bee", "items", None, stored=1)]
    report = PassReport(
        0.0, 1.23456, 4, rows, gaps=2, tasks=1, parked=1, by_priority={"HIGH": 1}, by_kind={str(GapKind.MISSING): 2},
        problems=(Problem("gaps.json", 3, "", "no"),), refused=(Problem("ant.items", None, "", "never"),),
    )  # fmt: skip
    assert report.as_dict() == {
        "started_at": "1970-01-01T00:00:00Z", "duration_seconds": 1.235, "objects_listed": 4, "expected": 5,
        "stored": 4, "gaps": 2, "tasks": 1, "parked": 1, "by_priority": {"HIGH": 1}, "by_kind": {"missing": 2},
        "durations": {"list": 0.0, "expand": 0.0, "diff": 0.0, "plan": 0.0}, "list_operations": 0,
        "list_cost_usd": 0.0, "drift": 0, "complete": False, "dry_run": False, "problems": [str(report.problems[0]), str(report.refused[0])],
        "never_final": [],
    }  # fmt: skip
    assert PassReport(0.0).complete


def test_the_coverage_has_rows_totals_and_findings_where_there_are_any() -> None:
    rows = [Coverage("ant", "items", None, expected=4, stored=3, missing=1)] * 2
    document = coverage_document(rows)
    assert document["rows"] == [row.as_dict() for row in rows]
    totals = document["totals"]
    assert isinstance(totals, dict)
    assert (totals["expected"], totals["stored"], totals["completeness_pct"]) == (8, 6, 75.0)
    assert not totals.keys() & {"source", "data_type", "season", "required"}
    assert "never_final" not in document
    assert coverage_document(rows, ["a game"])["never_final"] == ["a game"]
