"""Queues of a whole history: nothing that is done with them holds the loop, and nothing is quadratic."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.scenario.world import World, items_of, per

from adce_async.engine.dispatching import pool as pool_module
from adce_async.errors import StoreError
from adce_async.model.task import Verdict
from adce_async.planning.backlog import Backlog
from adce_async.testing.memory_store import MemoryStore


@pytest.fixture
def threads(monkeypatch) -> list[str]:
    """Names of the threads in which backlogs are made."""
    made: list[str] = []
    honest = Backlog.of.__func__

    def of(cls, *arguments):
        made.append(threading.current_thread().name)
        return honest(cls, *arguments)

    monkeypatch.setattr(Backlog, "of", classmethod(of))
    return made


async def test_a_large_queue_is_put_in_order_beside_the_loop(tmp_path, threads) -> None:
    ant = World(tmp_path, [items_of("ant", pool_module.FEW + 1)], {"ant": per(100, 1.0)})
    await ant.look()
    assert threads[-1] != threading.main_thread().name
    assert ant.pool.waiting == pool_module.FEW + 1


async def test_what_starts_and_ends_while_the_queue_is_read_is_done_once(tmp_path, monkeypatch) -> None:
    """Each look at the queue overlaps with attempts that begin, end, fail and come back."""
    monkeypatch.setattr(pool_module, "FEW", -1)
    ant = World(tmp_path, [items_of("ant", 300)], {"ant": per(50, 1.0)}, size=7)
    await ant.look()

    async def look_again() -> None:
        while True:
            await ant.pool.refresh()
            await asyncio.sleep(0.013)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look_again())
        async with ant.pool.running():
            await ant.pool.drained(120.0)
        looking.cancel()
    assert len(ant.sources.log) == 300  # no key was asked for twice
    assert [outcome.verdict for _, outcome in ant.outcomes] == [Verdict.STORED] * 300
    assert ant.pool.waiting == 0


class Failing(MemoryStore):
    """Bodies of `unreadable` keys can't be read; others take a while."""

    unreadable: frozenset[str] = frozenset()
    reading = 0

    async def get(self, key):
        if key in self.unreadable:
            raise StoreError(f"{key}: Input/output error")
        self.reading += 1
        try:
            await asyncio.sleep(1.0)
            return await super().get(key)
        finally:
            self.reading -= 1


async def test_one_object_that_cannot_be_read_is_told_and_the_others_are_judged(tmp_path) -> None:
    store = Failing()
    ant = World(tmp_path, [items_of("ant", 20)], {"ant": per(100, 1.0)}, store=store)
    await ant.fill()
    store.unreadable = frozenset({"ant/3.json"})
    report = await ant.verify(everything=True)
    assert [key for key, _ in report.invalid] == ["ant/3.json"]
    assert "Input/output error" in report.invalid[0][1]
    assert (report.rows[0].verified, report.rows[0].judged) == (19, 19)


async def test_a_lake_that_cannot_be_read_ends_the_run_and_leaves_nobody_at_work(tmp_path) -> None:
    store = Failing()
    ant = World(tmp_path, [items_of("ant", 20)], {"ant": per(100, 1.0)}, store=store)
    await ant.fill()
    store.unreadable = frozenset(f"ant/{number}.json" for number in range(20) if number % 8 or number > 8)
    with pytest.raises(StoreError, match="Input/output"):
        await ant.verify(everything=True)
    assert store.reading == 0
