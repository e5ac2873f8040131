"""The parts list: one wiring, who is told what happens, and what other settings reach."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scenario.world import Items, World, item, items_of, per

from adce_async.app import Parts, assemble, assemble_to_look, builtins
from adce_async.cli.common import today
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.engine.events import OutcomeRefused, PassDone, SettingsChanged, TaskSettled
from adce_async.engine.fetching.client import HttpClient
from adce_async.errors import QueueError, UnreachableError
from adce_async.model.days import eastern_day, iso
from adce_async.model.task import Outcome, Verdict
from adce_async.policies import BreakerRules, engine_rules
from adce_async.ports import FeedRules, ReportRules
from adce_async.resources import GLOBAL, State
from adce_async.scraping.registry import build
from adce_async.testing.clock import FakeClock
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryDiscoveries, MemoryHistory, MemoryQueue, MemoryState, RecordingAlerts
from adce_async.testing.memory_store import MemoryStore
from adce_async.testing.memory_verifications import MemoryVerifications


class Figures:
    """`ports.MetricsSink` that keeps what it was given, or fails."""

    def __init__(self) -> None:
        self.published: list[Mapping[str, float | int | str]] = []
        self.broken = False

    async def publish(self, metrics: Mapping[str, float | int | str]) -> None:
        if self.broken:
            raise QueueError("disk full")
        self.published.append(metrics)


class Journal:
    """`ports.GrantJournal` with what earlier processes have sent."""

    def __init__(self, past: Mapping[str, Sequence[float]]) -> None:
        self.past = past
        self.recorded: list[str] = []

    def record(self, source: str, at_wall: float, *also: str) -> None:
        self.recorded += [source, *also]

    def load(self, source: str) -> Sequence[float]:
        return self.past.get(source, ())


def world(folder: Path, *, ports: Mapping[str, object] | None = None) -> World:
    """Two sources; `ports` instead of those that are there."""
    made = World(folder, [items_of("ant", 3), items_of("bee", 2)], {name: per(100, 1.0) for name in ("ant", "bee")})
    made.ports = replace(made.ports, **(ports or {}))  # type: ignore[arg-type]
    made.parts = assemble(made.rules, made.catalog, made.ports)
    return made


async def fill(parts: Parts) -> None:
    await parts.reconciler.run()
    async with parts.pool.running():
        await parts.pool.refresh()
        await parts.pool.drained(60.0)


# -- assemble ----------------------------------------------------------------------------------------------------------


async def test_the_parts_fill_a_lake_together(tmp_path) -> None:
    made = world(tmp_path)
    await fill(made.parts)
    assert await made.keys() == {"ant/0.json", "ant/1.json", "ant/2.json", "bee/0.json", "bee/1.json"}
    assert made.parts.reconciler.last is not None
    assert (await made.parts.reconciler.run()).complete


async def test_assembling_sends_nothing_and_says_nothing(tmp_path) -> None:
    journal, alerts = Journal({}), RecordingAlerts()
    made = world(tmp_path, ports={"journal": journal, "alerts": [alerts]})
    assert (journal.recorded, alerts.log, made.state.texts, await made.keys()) == ([], [], {}, set())
    assert made.parts.health.status == "healthy"


async def test_what_earlier_processes_sent_is_in_the_windows(tmp_path) -> None:
    clock = FakeClock()
    journal = Journal({"ant": [clock.now() - 0.5] * 100, GLOBAL: [clock.now() - 0.5] * 7})
    parts = world(tmp_path, ports={"clock": clock, "journal": journal}).parts
    assert parts.limiters["ant"].delay() > 0.4
    assert parts.limiters["bee"].delay() == 0.0
    await fill(parts)
    assert sorted(set(journal.recorded)) == [GLOBAL, "ant", "bee"]


async def test_each_source_has_its_lane_and_all_share_the_global_limiter(tmp_path) -> None:
    made = world(tmp_path)
    parts = made.parts
    assert [lane.source for lane in parts.lanes] == ["ant", "bee"]
    assert all(lane.limiter is parts.limiters[lane.source] for lane in parts.lanes)
    parts.overall.set_limits(per(1, 60.0))
    assert parts.limiters["ant"].try_acquire()
    assert parts.limiters["bee"].delay() > 50.0


async def test_without_a_fetcher_of_its_own_it_speaks_http(tmp_path) -> None:
    assert isinstance(world(tmp_path, ports={"fetcher": None}).parts.fetcher, HttpClient)


async def test_what_was_learnt_of_sources_is_restored(tmp_path) -> None:
    made = world(tmp_path)
    made.parts.limiters["ant"].throttled(600.0, "HTTP 429")
    for memory in made.parts.memories:
        await memory.keep()
    again = assemble(made.rules, made.catalog, made.ports)
    assert again.limiters["ant"].cooling() == ""
    await again.restore()
    assert "HTTP 429" in again.limiters["ant"].cooling()


# -- telling -----------------------------------------------------------------------------------------------------------


async def test_history_alerts_and_metrics_get_what_happens(tmp_path) -> None:
    figures, one, other = Figures(), RecordingAlerts(), RecordingAlerts()
    made = world(tmp_path, ports={"metrics": figures, "alerts": [one, other]})
    parts = made.parts
    async with parts.telling():
        await fill(parts)
        parts.health.trouble("lake", "no such disk")
        parts.health.trouble("lake", "")
    assert {(each.key, each.verdict) for each in made.history.attempts} == {
        (key, "stored") for key in await made.keys()
    }
    assert len(made.history.attempts) == 5
    (published,) = figures.published
    assert published["reconciliation_total_gaps"] == 5
    assert one.log == other.log == [("raised", "lake", "no such disk"), ("recovered", "lake", "no such disk")]


async def test_what_is_left_at_the_end_is_told_on_leaving(tmp_path) -> None:
    """What is published in the last moment, when nobody takes turns any more."""
    figures, alerts = Figures(), RecordingAlerts()
    made = world(tmp_path, ports={"metrics": figures, "alerts": [alerts]})
    late = task("ant/1.json")
    async with made.parts.telling():
        made.parts.events.publish(TaskSettled(late, Outcome(late.key, Verdict.STORED, at=5.0), 0.5, 10))
        made.parts.events.publish(OutcomeRefused(late, Outcome(late.key, Verdict.RETRY, "too late", at=6.0)))
        made.parts.events.publish(PassDone(1, 1, 0, 0, 0.1, {"figure": 7}))
        made.parts.health.trouble("lake", "no such disk")
        assert (list(made.history.attempts), figures.published, alerts.log) == ([], [], [])
    assert [(each.verdict, each.at, each.seconds, each.bytes) for each in made.history.attempts] == [
        ("stored", 5.0, 0.5, 10), ("retry", 6.0, 0.0, 0),
    ]  # fmt: skip
    assert figures.published == [{"figure": 7}]
    assert alerts.log == [("raised", "lake", "no such disk")]


async def test_what_is_being_recorded_when_it_ends_is_recorded_to_its_end(tmp_path) -> None:
    class Slow(MemoryHistory):
        async def record(self, attempts):
            await asyncio.sleep(1.0)
            await super().record(attempts)

    history = Slow()
    made = world(tmp_path, ports={"history": history})
    async with made.parts.telling():
        for at in (1.0, 2.0):
            late = task("ant/1.json")
            made.parts.events.publish(TaskSettled(late, Outcome(late.key, Verdict.STORED, at=at), 0.5, 10))
            await asyncio.sleep(0.1)
    assert [each.at for each in history.attempts] == [1.0, 2.0]


async def test_trouble_of_history_and_metrics_at_the_very_end_still_reaches_people(tmp_path) -> None:
    class Full(MemoryHistory):
        async def record(self, attempts):
            await asyncio.sleep(1.0)  # longer than the others need to end
            raise QueueError("disk full")

    figures, alerts = Figures(), RecordingAlerts()
    figures.broken = True
    made = world(tmp_path, ports={"metrics": figures, "alerts": [alerts], "history": Full()})
    late = task("ant/1.json")
    async with made.parts.telling():
        made.parts.events.publish(TaskSettled(late, Outcome(late.key, Verdict.STORED), 0.5, 10))
        made.parts.events.publish(PassDone(1, 1, 0, 0, 0.1, {"figure": 7}))
    assert alerts.active == {
        "history": "disk full; these attempts are missing in it",
        "metrics report": "disk full; everything else goes on",
    }


async def test_before_and_after_the_block_nobody_is_told(tmp_path) -> None:
    figures = Figures()
    made = world(tmp_path, ports={"metrics": figures})
    made.parts.events.publish(PassDone(1, 1, 0, 0, 0.1, {"figure": 1}))
    async with made.parts.telling():
        pass
    made.parts.events.publish(PassDone(1, 1, 0, 0, 0.1, {"figure": 2}))
    assert figures.published == []


# -- apply -------------------------------------------------------------------------------------------------------------


async def test_other_settings_reach_every_part(tmp_path) -> None:
    made = world(tmp_path)
    parts = made.parts
    ant = replace(
        made.rules.sources["ant"], limits=per(7, 1.0), most=2, breaker=BreakerRules(failures=1), cooldown=(5.0, 50.0)
    )
    strange = replace(made.rules.sources["bee"], most=1)
    other = replace(
        made.rules,
        overall=per(9, 1.0),
        sources={"ant": ant, "bee": made.rules.sources["bee"], "cat": strange},
        pool=replace(made.rules.pool, size=1),
        attempt=replace(made.rules.attempt, timeout=3.0),
        plan=replace(made.rules.plan, max_tasks=1),
        files=replace(made.rules.files, coverage=tmp_path / "other.json"),
    )
    catalog = replace(made.catalog, declared=(items_of("ant", 9, min_bytes=5),))
    with parts.events.subscribe("test", SettingsChanged) as heard:
        parts.apply(other, catalog)
        (changed,) = heard.take()
    assert isinstance(changed, SettingsChanged)
    assert set(changed.keys) == {"files", "plan", "overall", "sources", "pool", "attempt"}
    assert (parts.rules, parts.catalog) == (other, catalog)
    assert parts.overall.limits == per(9, 1.0)
    assert (parts.limiters["ant"].limits, parts.lanes["ant"].width) == (per(7, 1.0), 2)
    assert parts.services.min_bytes == {"ant.items": 5}
    assert parts.pool.rules.size == 1
    assert (parts.limiters["cat"].limits, parts.lanes["cat"].width) == (strange.limits, 1)  # one that is new
    assert parts.lanes["ant"].begin()
    parts.lanes["ant"].end(None, answered=False)
    assert parts.lanes["ant"].breaker.state == "open"
    report = await parts.reconciler.run()
    assert (report.gaps, report.tasks) == (9, 1)
    assert (tmp_path / "other.json").exists()


class Rules:
    """Stands for a feed or for reports: remembers what it is to go by."""

    def __init__(self) -> None:
        self.rules: object = None

    def apply(self, rules: object) -> None:
        self.rules = rules


async def test_other_settings_reach_who_tells_of_changes(tmp_path) -> None:
    made = world(tmp_path)
    feed, reports = Rules(), Rules()
    made.parts.ports.changes, made.parts.ports.reports = feed, reports
    other = replace(made.rules, changes=FeedRules("https://queue.test/1/q"), reports=ReportRules(enabled=True))
    made.parts.apply(other, made.catalog)
    assert (feed.rules, reports.rules) == (other.changes, other.reports)


async def test_what_stays_the_same_is_not_said_to_have_changed(tmp_path) -> None:
    made = world(tmp_path)
    with made.parts.events.subscribe("test", SettingsChanged) as heard:
        made.parts.apply(replace(made.rules, mirror="https://mirror.test"), made.catalog)
        assert heard.take() == (SettingsChanged(("mirror",)),)


async def test_other_scrapers_work_from_the_next_attempt_on(tmp_path) -> None:
    class Refusing(Items):
        async def scrape(self, task, ctx):
            raise UnreachableError("nobody there")

    made = world(tmp_path)
    seeded = {key: item(key[4:-5]) for key in ("ant/0.json", "ant/1.json", "ant/2.json", "bee/0.json")}
    for key, body in seeded.items():
        made.store.seed(key, body)
    silent = Refusing("bee_items", "bee", "https://bee.test/{id}")
    made.parts.apply(made.rules, replace(made.catalog, scrapers={**made.scrapers, "bee_items": silent}))
    await fill(made.parts)
    assert await made.keys() == set(seeded)
    assert made.parts.lanes["bee"].breaker.state == "open"


# -- to look -----------------------------------------------------------------------------------------------------------


async def test_who_only_looks_can_plan_and_fetches_nothing(tmp_path) -> None:
    known = builtins()
    given = Overrides(config_dir=tmp_path, inventory_dir=tmp_path, lake=(tmp_path / "lake").as_uri())
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    catalog = build(settings, known, today())
    clock, store = FakeClock(), MemoryStore()
    state = State(MemoryQueue(), MemoryDiscoveries(), MemoryVerifications(), MemoryState(), MemoryHistory())
    parts = assemble_to_look(engine_rules(settings, catalog, eastern_day(clock.now())), catalog, clock, store, state)
    with pytest.raises(UnreachableError, match="made to look, not to fetch"):
        await parts.fetcher.fetch("espn", "https://site.api.espn.com/")
    report = await parts.reconciler.run(dry_run=True)
    assert report.started_at == clock.now(), iso(report.started_at)
    assert list(tmp_path.iterdir()) == []
