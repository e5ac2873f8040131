"""The configuration read anew: swapped as a whole, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
import yaml

from adce_async.app import open_parts
from adce_async.cli.common import read_all
from adce_async.cli.options import Globals
from adce_async.config.saying.difference import differences
from adce_async.model.days import DAY, eastern_day
from adce_async.policies import Configured
from adce_async.service.loops import Service
from adce_async.service.reload import LOST, TROUBLE, Reloader
from adce_async.supervisor import Stop
from adce_async.testing.clock import FakeClock

SOURCE = {"hosts": ["ant.test"], "rate_limit": {"requests": 9, "per": "1minutes"}}
SCRAPER = {"source": "ant", "url": "https://ant.test/{id}", "check": {"required": ["rows"]}}


class Files:
    """The four files of one source with two objects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.levels: list[str] = []
        self.write(autonomous_config={"health_check": {"enabled": False}})
        self.write(scraper_config={"sources": {"ant": SOURCE}, "scrapers": {"ant_items": SCRAPER}})
        self.write(data_inventory=self.inventory("1-2"))

    @staticmethod
    def inventory(ids: str, source: str = "ant") -> dict[str, object]:
        items = {"scraper": f"{source}_items", "path_pattern": source + "/{id}.json", "dimensions": {"id": ids}}
        return {"expected_coverage": {source: {"data_types": {"items": items}}}}

    def write(self, **files: object) -> None:
        for name, content in files.items():
            text = content if isinstance(content, str) else yaml.safe_dump(content)
            (self.folder / f"{name}.yaml").write_text(text)

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[tuple[Service, Reloader, FakeClock]]:
        lake = (self.folder / "lake").as_uri()
        given = Globals(self.folder, self.folder, None, lake, None, None, None)
        clock = FakeClock()
        loaded = read_all(given, eastern_day(clock.now()))
        async with open_parts(loaded.rules, loaded.resources, loaded.catalog, clock) as parts:
            reloader = Reloader(
                parts,
                loaded,
                lambda day: read_all(given, day),
                differences,
                parts.health.trouble,
                lambda settings: self.levels.append(settings.service.logging.level),
            )
            yield Service(parts, Stop(), reloader), reloader, clock


async def test_a_changed_file_changes_limits_pool_interval_and_level(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, _, _):
        parts = service._parts
        files.write(
            autonomous_config={
                "health_check": {"enabled": False}, "max_concurrent_scrapers": 1, "reconciliation_interval_hours": 1,
                "priority_weighting": {"enabled": False}, "rate_limiting": {"backoff": {"enabled": False}},
                "logging": {"level": "DEBUG"},
            },
            scraper_config={
                "sources": {"ant": {**SOURCE, "rate_limit": {"requests": 3, "per": "1minutes"}}},
                "scrapers": {"ant_items": SCRAPER},
            },
        )  # fmt: skip
        done = await service.reload("test")
        assert not done.problem
        assert not done.waiting
        assert parts.pool.rules.size == 1
        assert parts.rules.service.pass_seconds == 3600.0
        assert [window.limit for window in parts.limiters["ant"].limits.windows] == [3]
        assert parts.rules.sources["ant"].pacing is None
        assert files.levels == ["DEBUG"]
        assert "autonomous_config.max_concurrent_scrapers: 5 -> 1" in [str(each) for each in done.live]
        assert (await service.reload("again")).live == []


async def test_a_broken_set_changes_nothing_is_told_once_and_is_forgotten_when_mended(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, reloader, _):
        health, before = service._parts.health, service._parts.rules
        files.write(autonomous_config="max_retriess: 3\n", data_inventory=Files.inventory("1-9"))
        for _ in range(2):
            done = await service.reload("test")
            assert "max_retriess" in done.problem
            (told,) = health.troubles(TROUBLE)
            assert "autonomous_config.yaml:1" in told
            assert "holds until" in told
        assert service._parts.rules is before  # nothing of the good file beside it either
        files.write(autonomous_config={"health_check": {"enabled": False}})
        assert not (await service.reload("test")).problem
        assert health.troubles(TROUBLE) == []
        assert reloader.current.catalog.declared[0].dimensions[0].values == tuple("123456789")


async def test_a_file_that_can_not_be_read_is_trouble_and_no_end(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, _, _):
        (tmp_path / "autonomous_config.yaml").unlink()
        (tmp_path / "autonomous_config.yaml").mkdir()
        assert (await service.reload("test")).problem
        assert service._parts.health.troubles(TROUBLE)


async def test_a_file_that_lost_all_it_held_is_a_broken_one(tmp_path: Path) -> None:
    """Who saves it empties it first, or moves it away."""
    files = Files(tmp_path)
    files.write(
        autonomous_config={
            "health_check": {"enabled": False},
            "rate_limiting": {"global_limits": {"requests_per_minute": 7}},
        }
    )
    async with files.service() as (service, reloader, _):
        path, parts = tmp_path / "autonomous_config.yaml", service._parts
        whole, before = path.read_text(), parts.rules.overall
        for lose in (lambda: path.write_text(""), path.unlink):
            lose()
            assert f"{path}: {LOST}" in (await service.reload("test")).problem
            assert parts.rules.overall == before
        path.write_text(whole)
        assert (await service.reload("test")).problem == ""
        path.write_text("")
        read = reloader._read

        def refilled(day: dt.date) -> Configured:
            found = read(day)
            path.write_text(whole)  # just after it was read
            return found

        def emptied(day: dt.date) -> Configured:
            path.write_text("")  # just before it is read
            return read(day)

        for reloader._read in (refilled, emptied):
            assert LOST in (await service.reload("test")).problem
        path.write_text(whole)
        reloader._read = read
        path.write_text("# nothing, on purpose")
        assert (await service.reload("test")).problem == ""
        assert parts.rules.overall != before


async def test_a_file_that_was_not_there_at_the_start_may_come_and_go(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, _, _):
        files.write(reconciliation_config={"reporting": {"list_price_per_1000": 7.5}})
        assert (await service.reload("test")).live
        (tmp_path / "reconciliation_config.yaml").unlink()
        done = await service.reload("test")
        assert (done.problem, bool(done.live)) == ("", True)


async def test_a_new_source_gets_its_limiter_and_lane(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, _, _):
        bee = {"hosts": ["bee.test"], "rate_limit": {"requests": 4, "per": "1minutes"}}
        scraper = {**SCRAPER, "source": "bee", "url": "https://bee.test/{id}"}
        files.write(
            scraper_config={"sources": {"bee": bee}, "scrapers": {"bee_items": scraper}},
            data_inventory=Files.inventory("1-3", "bee"),
        )
        assert not (await service.reload("test")).problem
        parts = service._parts
        assert [window.limit for window in parts.limiters["bee"].limits.windows] == [4]
        assert "bee" in parts.lanes
        report = await parts.reconciler.run()
        assert report.tasks == 3
        assert {task.source for task in await parts.ports.queue.tasks()} == {"bee"}


async def test_what_needs_a_restart_is_said_and_the_rest_holds(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, _, _):
        files.write(autonomous_config={"health_check": {"enabled": False, "port": 1}, "max_retries": 7})
        with structlog.testing.capture_logs() as lines:
            done = await service.reload("test")
        assert [each.waits for each in done.waiting] == ["the server listens where it began"]
        assert service._parts.rules.attempt.retry.max_retries == 7
        assert [line["setting"] for line in lines if line["log_level"] == "warning"] == [
            "autonomous_config.health_check.port: 8080 -> 1"
        ]


async def test_what_waits_for_a_restart_is_said_once_and_no_more_when_it_is_put_back(tmp_path: Path) -> None:
    files = Files(tmp_path)
    off = {"enabled": False}
    async with files.service() as (service, _, _):
        came, said = [], []
        for content in ({"port": 1}, {"port": 1, "check_interval_seconds": 9}, {"port": 2}, {}):
            files.write(autonomous_config={"health_check": off | content})
            with structlog.testing.capture_logs() as lines:
                done = await service.reload("test")
            came.append([str(each).rpartition("port: ")[2] for each in done.waiting])
            said.append([line["event"] for line in lines if "restart" in line["event"]])
        later = "setting changed, but not until a restart"
        assert came == [["8080 -> 1"], ["8080 -> 1"], ["8080 -> 2"], []]
        assert said[:3] == [[later], [], [later]]
        assert "none waits for a restart any more" in said[3][0]


async def test_the_metrics_file_is_turned_off_and_on_while_it_runs(tmp_path: Path) -> None:
    files = Files(tmp_path)
    metrics = tmp_path / "metrics.yaml"
    async with files.service() as (service, _, _):
        async with service._parts.telling():
            for wanted in (False, True):
                files.write(
                    autonomous_config={"health_check": {"enabled": False}, "metrics": {"dims_integration": wanted}}
                )
                assert not (await service.reload("test")).waiting
                await service._parts.reconciler.run()
                await asyncio.sleep(60)
                if not wanted:
                    assert not metrics.exists()
        assert metrics.exists()


async def test_a_new_day_is_a_change(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (_, reloader, clock):
        assert not reloader.outdated
        clock.jump(200 * DAY)
        assert reloader.outdated
        await reloader.reload("a new day")
        assert not reloader.outdated


async def test_the_running_service_notices_a_saved_file_and_works_on_what_is_new(tmp_path: Path) -> None:
    files = Files(tmp_path)
    async with files.service() as (service, reloader, _):
        running = asyncio.get_running_loop().create_task(service.run())
        await asyncio.sleep(5)
        assert len(await service._parts.ports.queue.tasks()) + len(service._parts.pool.running_tasks) == 2
        files.write(data_inventory=Files.inventory("1-4"))
        await asyncio.sleep(15)
        assert len(reloader.current.catalog.declared[0].dimensions[0].values) == 4
        assert service._parts.reconciler.last is not None
        assert service._parts.reconciler.last.gaps == 4
        service._stop.ask("test")
        await running
