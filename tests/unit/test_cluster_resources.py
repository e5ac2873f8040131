"""What a machine of a cluster opens, and that nobody else pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.postgres_server import PostgresServer

from adce_async.app import builtins
from adce_async.clock import SyncedClock, SystemClock
from adce_async.cluster_resources import (
    cluster_view,
    export_cluster,
    import_into_cluster,
    make_membership,
    migrate_cluster,
    node_clock,
    node_name,
    open_node,
    require_alone,
)
from adce_async.config.reading.load import load
from adce_async.config.settings import Overrides
from adce_async.errors import FixMeError
from adce_async.policies import ResourceRules, resource_rules
from adce_async.resources import open_state
from adce_async.testing.example_tasks import task


def resources_of(folder: Path, **more: Any) -> ResourceRules:
    known = builtins()
    given = Overrides(
        config_dir=folder, inventory_dir=folder, state_dir=folder / "state", lake=(folder / "lake").as_uri(),
        settings={f"cluster.{name}": value for name, value in more.items()},
    )  # fmt: skip
    return resource_rules(load(given, {}, builtin_scrapers=known.scrapers.keys(), builtin_sources=known.sources.keys()))


def test_one_process_has_nothing_of_it_in_memory(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys, pathlib\n"
        "from tests.unit.test_cluster_resources import resources_of\n"
        "from adce_async.resources import open_state\n"
        "from adce_async.clock import SystemClock\n"
        "async def main():\n"
        "    async with open_state(resources_of(pathlib.Path(sys.argv[1])), SystemClock(), exclusive=True): pass\n"
        "asyncio.run(main())\n"
        "print(sorted(name for name in sys.modules if name in ('psycopg', 'psycopg_pool', 'procrastinate')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


async def test_in_one_process_there_is_no_cluster(tmp_path: Path) -> None:
    resources = resources_of(tmp_path)
    require_alone(resources)
    assert isinstance(node_clock(resources), SystemClock)
    assert make_membership(resources, None, SystemClock()) is None
    with pytest.raises(FixMeError, match=r"cluster\.dsn: none is configured"):
        await cluster_view(resources)


@pytest.mark.looptime(False)
class TestCluster:
    async def test_a_state_goes_in_and_out(self, tmp_path: Path, postgres: PostgresServer) -> None:
        dsn = postgres.new_database()
        alone = resources_of(tmp_path)
        async with open_state(alone, SystemClock(), exclusive=True) as state:
            await state.queue.replace([task("a")])
        resources = resources_of(tmp_path, enabled=True, dsn=dsn, node="seven", lease_seconds=7)
        assert node_name(resources) == "seven"
        with pytest.raises(FixMeError, match="has no schema adce: run `adce cluster migrate` first"):
            await cluster_view(resources)
        assert "version " in await migrate_cluster(resources)
        assert (await import_into_cluster(resources, SystemClock()))["task"] == 1
        async with open_state(resources, SystemClock(), exclusive=True) as state:
            assert [t.key for t in await state.queue.tasks()] == ["a"]
            membership = make_membership(resources, state.cluster, node_clock(resources))
            assert membership is not None
            assert membership.node == "seven"
        (tmp_path / "elsewhere").mkdir()
        elsewhere = resources_of(tmp_path / "elsewhere", enabled=True, dsn=dsn)
        assert (await export_cluster(elsewhere, SystemClock()))["task"] == 1
        async with open_state(resources_of(tmp_path / "elsewhere"), SystemClock(), exclusive=True) as state:
            assert [t.key for t in await state.queue.tasks()] == ["a"]
        assert (await cluster_view(resources)).nodes == []

    async def test_the_server_waits_for_a_silent_node_less_than_the_others_can_wait(
        self, tmp_path: Path, postgres: PostgresServer
    ) -> None:
        resources = resources_of(tmp_path, enabled=True, dsn=postgres.new_database(), lease_seconds=6)
        await migrate_cluster(resources)
        async with open_node(resources, exclusive=True) as opened:
            assert await opened.database.rows("SHOW idle_in_transaction_session_timeout") == [("1s",)]

    async def test_commands_that_would_ask_sources_beside_their_owners_are_refused(self, tmp_path: Path) -> None:
        resources = resources_of(tmp_path, enabled=True, dsn="postgresql://db.test/x")
        with pytest.raises(FixMeError, match="in a cluster let `adce run` do it"):
            require_alone(resources)
        assert isinstance(node_clock(resources), SyncedClock)
