"""The laws of the task queue over its adapters, and the two against each other."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cluster import Cluster
from tests.postgres_server import PostgresServer

from adce_async.adapters.cluster.database import ClusterDatabase
from adce_async.adapters.cluster.task_queue import ClusterQueue
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.coverage import Priority
from adce_async.model.task import Origin, Outcome, Task, Verdict
from adce_async.ports import TaskQueue
from adce_async.testing.example_tasks import NOON, task
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.queue_contract import TaskQueueContract


class TestMemoryQueue(TaskQueueContract):
    @pytest.fixture(autouse=True)
    def _queue(self) -> None:
        self.queue = MemoryQueue()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TaskQueue]:
        async with self.queue:
            yield self.queue


class TestSqliteQueue(TaskQueueContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "inventory" / "adce.db"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TaskQueue]:
        async with SqliteWriter(self.path) as writer, SqliteQueue(writer) as queue:
            yield queue


@pytest.mark.looptime(False)
class TestClusterQueue(Cluster, TaskQueueContract):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[TaskQueue]:
        async with self.database() as database, ClusterQueue(database, node="one") as queue:
            yield queue


keys = st.sampled_from("abcdef")
moments = st.integers(0, 30).map(lambda minutes: NOON + 60.0 * minutes)
tasks = st.builds(
    task,
    keys,
    detected_at=moments,
    fingerprint=st.sampled_from(["f1", "f2"]),
    origin=st.sampled_from(Origin),
    priority=st.sampled_from(Priority),
    force=st.booleans(),
    lost_leases=st.sampled_from([0, 18]),
    not_before=st.sampled_from([0.0, NOON]),
)
outcomes = st.builds(
    Outcome,
    keys,
    st.sampled_from(Verdict),
    reason=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3),
    not_before=moments,
    status=st.sampled_from([None, 404]),
    at=moments,
    token=st.integers(0, 6),
)
steps = st.one_of(
    st.tuples(st.just("replace"), st.lists(tasks, max_size=6)),
    st.tuples(st.just("add"), st.lists(tasks, max_size=3)),
    st.tuples(st.just("claim"), st.lists(keys, max_size=6), moments, moments),
    st.tuples(st.just("renew"), st.dictionaries(keys, st.integers(0, 6)), moments),
    st.tuples(st.just("settle"), st.lists(outcomes, max_size=6)),
    st.tuples(st.just("unpark"), st.lists(keys, max_size=3)),
    st.tuples(st.just("forgive"), st.lists(keys, max_size=3)),
    st.tuples(st.just("remember"), st.lists(keys, max_size=6), moments),
    st.tuples(st.just("reopen")),
)


async def do(queue: TaskQueue, step: tuple[Any, ...]) -> object:
    match step:
        case ("claim", names, now, until):
            return list(await queue.claim(names, now=now, until=until))
        case ("reopen",):
            return None
        case (name, *arguments):
            return await getattr(queue, name)(*arguments)
    raise AssertionError(step)


async def everything(queue: TaskQueue) -> tuple[object, ...]:
    def by_key(t: Task) -> str:
        return t.key

    return sorted(await queue.tasks(), key=by_key), list(await queue.parked()), await queue.counts()


async def compare(path: Path, history: list[tuple[Any, ...]]) -> None:
    reference = MemoryQueue()
    sessions: list[list[tuple[Any, ...]]] = [[]]
    for step in history:
        sessions[-1].append(step)
        if step == ("reopen",):
            sessions.append([])
    for session in sessions:
        async with SqliteWriter(path) as writer, SqliteQueue(writer) as queue, reference:
            for step in session:
                assert await do(queue, step) == await do(reference, step), step
                assert await everything(queue) == await everything(reference), step


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
async def test_any_history_leaves_sqlite_and_memory_alike(history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await compare(Path(folder) / "adce.db", history)


async def compare_in_cluster(dsn: str, schema: str, history: list[tuple[Any, ...]]) -> None:
    reference = MemoryQueue()
    async with ClusterDatabase(dsn, schema=schema, migrate=True) as database:
        async with reference, ClusterQueue(database, node="one") as queue:
            for step in history:
                if step == ("reopen",):
                    await reference.__aenter__()
                    await queue.__aenter__()
                assert await do(queue, step) == await do(reference, step), step
                assert await everything(queue) == await everything(reference), step


@pytest.mark.looptime(False)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(steps, max_size=20))
async def test_any_history_leaves_a_cluster_and_memory_alike(
    postgres: PostgresServer, history: list[tuple[Any, ...]]
) -> None:
    await compare_in_cluster(postgres.dsn, postgres.new_schema(), history)
