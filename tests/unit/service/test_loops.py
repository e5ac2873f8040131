"""Troubles: what is said of a source, and to whom."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from tests.scenario.world import World, item, items_of, per
from tests.unit.engine.judged import limiter

from adce_async.app import Parts, builtins, open_parts
from adce_async.cli.common import today
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.engine.cluster.membership import Membership
from adce_async.errors import QueueError
from adce_async.model.adoption import ADOPTION, Adoption, Budget
from adce_async.model.days import eastern_day
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane
from adce_async.policies import configured
from adce_async.ports import Alerts
from adce_async.scraping.registry import build
from adce_async.service.loops import ADOPTION_SECONDS, STORAGE_SECONDS, Service, seldom, trouble_of
from adce_async.supervisor import Stop
from adce_async.testing.clock import FakeClock
from adce_async.testing.cluster_contract import beat
from adce_async.testing.memory_cluster import MemoryCluster, Place
from adce_async.testing.memory_queue import RecordingAlerts


def opened(folder: Path, *alerts: Alerts) -> contextlib.AbstractAsyncContextManager[Parts]:
    """The parts of the shipped settings over `folder`."""
    known, clock = builtins(), FakeClock()
    given = Overrides(config_dir=folder, inventory_dir=folder, lake=(folder / "lake").as_uri())
    settings = load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys())
    loaded = configured(settings, build(settings, known, today()), eastern_day(clock.now()))
    return open_parts(loaded.rules, loaded.resources, loaded.catalog, clock, alerts=alerts)


async def test_a_cool_down_is_told_with_its_seconds_until_nearly_over() -> None:
    source = limiter((60, 60))
    lane = Lane("ant", source, Breaker(failures=1, open_seconds=30), asyncio.get_running_loop().time)
    assert trouble_of(lane, source) == ""
    source.throttled(3.0, "HTTP 429 from ant.test")
    assert trouble_of(lane, source) == "cooling for 3 s: HTTP 429 from ant.test"
    told = set()
    for _ in range(35):
        await asyncio.sleep(0.1)
        told.add(trouble_of(lane, source))
    assert "" in told
    assert not [text for text in told if "for 0 s" in text]


async def test_an_open_breaker_is_told_even_while_a_cool_down_ends() -> None:
    source = limiter((60, 60))
    lane = Lane("ant", source, Breaker(failures=1, open_seconds=30), asyncio.get_running_loop().time)
    assert lane.begin()
    lane.end(None, answered=False, why="silent")
    source.throttled(0.5, "HTTP 429")
    assert trouble_of(lane, source).startswith("breaker open")


async def test_each_who_is_to_be_alerted_hears_it_once_and_the_log_has_one_line(tmp_path: Path) -> None:
    (tmp_path / "adce.grants").write_bytes(b"?" * 5000)
    one, other = RecordingAlerts(), RecordingAlerts()
    with structlog.testing.capture_logs() as lines:
        async with opened(tmp_path, one, other) as parts:
            Service(parts, Stop())
            for text in ("cooling for 9 s", "cooling for 4 s", ""):
                parts.health.trouble("source espn", text)
    damage = parts.recovered["journal of requests"]
    assert "adce.grants was damaged" in damage
    assert one.log == other.log
    assert one.log == [
        ("raised", "journal of requests", damage),
        ("raised", "source espn", "cooling for 9 s"),
        ("recovered", "source espn", "cooling for 4 s"),
    ]
    said = [line for line in lines if line["event"] in ("trouble", "recovered")]
    told = [(line["event"], line["component"], line.get("what", line.get("was"))) for line in said]
    assert told == [
        ("trouble", "journal of requests", damage),
        ("trouble", "source espn", "cooling for 9 s"),
        ("recovered", "source espn", "cooling for 4 s"),
    ]


async def test_a_gaps_json_at_a_machine_that_does_not_lead_is_left_and_said(tmp_path: Path) -> None:
    time = asyncio.get_running_loop().time
    place = Place(time)
    await beat(MemoryCluster(place, "one"))
    node = Membership(MemoryCluster(place, "two"), "two", 10.0, time=time, awake=time)
    ant = World(tmp_path, [items_of("ant", 3)], {"ant": per(600, 60.0)}, node=node)
    service = Service(ant.parts, Stop())
    await node.beat()
    with structlog.testing.capture_logs() as lines:
        await service._read_gap_file()
        ant.files.gaps.parent.mkdir(parents=True, exist_ok=True)
        ant.files.gaps.write_text('{"tasks": [{"source": "ant", "keys": ["ant/1.json"]}]}')
        await service._read_gap_file()
    said = [line for line in lines if line["event"] == "gaps.json is not read here"]
    assert [(line["leader"], line["next"]) for line in said] == [("one", "save it at one, which makes passes")]
    assert await ant.queue.tasks() == []


async def test_a_loop_that_is_silent_is_said_once(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        async with opened(tmp_path) as parts:
            service = Service(parts, Stop())
            parts.health.beat("reconciler", 10.0, "pass 7")
            watching = asyncio.get_running_loop().create_task(service._watching())
            await asyncio.sleep(300)
            parts.health.beat("reconciler", 1000.0, "pass 8")
            await asyncio.sleep(60)
            watching.cancel()
    said = [(line["event"], line["what"]) for line in lines if line.get("component") == "loops" and "what" in line]
    assert len(said) == 1
    assert said[0][1].startswith("reconciler: silent for ")
    assert [line["event"] for line in lines if line.get("component") == "loops"] == ["trouble", "recovered"]


async def test_the_interval_of_the_health_check_holds_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "autonomous_config.yaml").write_text("health_check: {port: 0, check_interval_seconds: 70}\n")
    async with opened(tmp_path) as parts:
        service = Service(parts, Stop())
        looks: list[float] = []
        service._tell = lambda name, _text: looks.append(asyncio.get_running_loop().time()) if name == "loops" else None  # type: ignore[assignment]
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(service._watching(), name="watching")
            await asyncio.sleep(230.0)
            watching.cancel()
    assert [round(at - looks[0]) for at in looks] == [0, 70, 140, 210]


async def test_where_the_system_does_not_tell_files_are_looked_at_as_often_as_configured(tmp_path: Path) -> None:
    (tmp_path / "autonomous_config.yaml").write_text("{health_check: {port: 0}, task_queue_check_seconds: 7}\n")
    async with opened(tmp_path) as parts:
        service = Service(parts, Stop())
        assert not service._watch.is_told  # nobody has asked it to
        assert service._check_seconds(service._watch) == 7.0
        service._watch._silent.clear()
        assert service._check_seconds(service._watch) == seldom(7.0) == 42.0


async def test_a_full_disk_makes_the_service_unready_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with opened(tmp_path) as parts:
        service = Service(parts, Stop())
        await parts.reconciler.run()
        trying = asyncio.get_running_loop().create_task(service._trying_to_store())
        await asyncio.sleep(1)
        assert service.documents.ready() == []
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            await asyncio.sleep(seldom(STORAGE_SECONDS))
            (reason,) = service.documents.ready()
            assert reason.startswith(f"storage: {tmp_path / 'lake'}: trying to store something: no space is left")
            parts.health.trouble("lake", "what an attempt has met")
        await asyncio.sleep(STORAGE_SECONDS)
        assert service.documents.ready() == []
        with monkeypatch.context() as patch:
            patch.setattr(
                parts.ports.queue._writer, "_run_batch", lambda batch: [QueueError("the disk is full")] * len(batch)
            )
            await asyncio.sleep(seldom(STORAGE_SECONDS))
            assert service.documents.ready() == [f"storage: the disk is full; next try in {STORAGE_SECONDS:g} s"]
        trying.cancel()


async def test_what_was_adopted_is_verified_beside_the_rest_each_hour(tmp_path: Path) -> None:
    """Not before the first pass, whose listing everything else waits for; and a lake in trouble is tried again."""
    ant = World(tmp_path, [items_of("ant", 6)], {"ant": per(100, 1.0)})
    for number in range(6):
        ant.store.seed(f"ant/{number}.json", item(number))
    ant.state.texts[ADOPTION] = Adoption(0.0, 6, 0, budget=Budget(4, 1_000_000)).to_text()
    loop = asyncio.get_running_loop()
    verifying = loop.create_task(Service(ant.parts, Stop())._verifying_adopted())
    await asyncio.sleep(2 * ADOPTION_SECONDS)
    assert ant.verifications.judged == {}
    await ant.look()
    ant.store.broken = "no such disk"
    await asyncio.sleep(ADOPTION_SECONDS)
    ant.store.broken = None
    await asyncio.sleep(3600.0 + 2 * ADOPTION_SECONDS)
    assert len(ant.verifications.judged) == 2
    await asyncio.sleep(2 * 3600.0 + 2 * ADOPTION_SECONDS)
    assert len(ant.verifications.judged) == 6
    verifying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await verifying


async def test_a_pass_that_hangs_is_named_within_two_beats_and_a_killed_loop_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interval = 900.0
    async with opened(tmp_path) as parts:
        parts.rules = replace(parts.rules, service=replace(parts.rules.service, web=None, pass_seconds=interval))
        stop = Stop()
        service = Service(parts, stop)
        looks = parts.surveyor.look
        hangs = asyncio.Event()

        async def look(*args: object, **named: object) -> object:
            if hangs.is_set():
                await asyncio.Event().wait()
            return await looks(*args, **named)

        monkeypatch.setattr(parts.surveyor, "look", look)
        async with asyncio.TaskGroup() as group:
            group.create_task(service.run(), name="service")
            await asyncio.sleep(2 * interval + 1)
            assert service.documents.broken() == []
            hangs.set()
            await asyncio.sleep(interval)  # the next pass has begun
            assert service.documents.broken() == []
            await asyncio.sleep(interval + 10)
            (said,) = service.documents.broken()
            assert said.startswith("reconciler: silent for ")
            assert "pass under way" in said
            assert service.documents.health()["status"] == "unhealthy"
            hangs.clear()
            (loop,) = [task for task in asyncio.all_tasks() if task.get_name() == "reconciler"]
            loop.cancel()
            await asyncio.sleep(10)
            assert service.documents.broken() == []
            stop.ask("the test")
