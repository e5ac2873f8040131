"""Real processes, killed with SIGKILL at any instant: no object in part, nothing lost that was acknowledged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.process.warm import Speaking, Warm

from adce_async.adapters.locks import InstanceLock
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.store_local import LocalStore
from adce_async.adapters.writer import SqliteWriter
from adce_async.errors import FixMeError
from adce_async.model.task import Task
from adce_async.testing.store_contract import NOON, listed

PUTTING = """
import asyncio, hashlib, itertools, sys
from pathlib import Path
from adce_async.adapters.store_local import LocalStore
from adce_async.testing.store_contract import NOON, came

async def main(root, first):
    async with LocalStore(Path(root)) as store:
        for number in itertools.count(first):
            body = (f"{number} ".encode() + hashlib.sha256(b"%d" % number).hexdigest().encode()) * 500
            print("putting", number, flush=True)
            await store.put(f"ant/{number % 3}/{number % 20}.bin", body, came(NOON + number))
            print("put", number, flush=True)
            if number % 4 == 0:
                await store.flush()
                print("flushed", number, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

SETTLING = """
import asyncio, json, sys
from pathlib import Path
from adce_async.adapters.queue_sqlite import SqliteQueue
from adce_async.adapters.writer import SqliteWriter
from adce_async.model.task import Outcome, Verdict
from adce_async.testing.example_tasks import NOON, task

def verdict(task):
    if task.attempts < 2:
        return Verdict.RETRY
    return Verdict.PARKED if int(task.key) % 2 else Verdict.STORED

async def main(path, first):
    async with SqliteWriter(Path(path)) as writer, SqliteQueue(writer) as queue:
        if first == "0":
            await queue.replace([task(f"{number:03}") for number in range(150)])
        print(json.dumps(["open"]), flush=True)
        while True:
            ready = sorted(await queue.tasks(), key=lambda t: (t.attempts, t.key))[:7]
            print(json.dumps(["claiming", [t.key for t in ready]]), flush=True)
            got = await queue.claim([t.key for t in ready], now=NOON, until=NOON + 60)
            outcomes = [Outcome(c.task.key, verdict(c.task), at=NOON, token=c.token) for c in got]
            print(json.dumps(["settling", {o.key: o.verdict for o in outcomes}]), flush=True)
            await queue.settle(outcomes)
            print(json.dumps(["settled"]), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""

HOLDING = """
import sys, threading
from pathlib import Path
from adce_async.adapters.locks import InstanceLock

InstanceLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
threading.Event().wait()
"""


def killed_after(lines: int, warm: Warm, script: str, *arguments: object) -> list[str]:
    """Run `script`, kill it after so many lines; all that it said until then."""
    with Speaking(warm, script, *arguments) as child:
        said = [child.stdout.readline() for _ in range(lines)]
        assert not child.has_ended()
        return said + child.rest()


async def check_lake(root: Path, puts: set[int], under_way: set[int]) -> None:
    async with LocalStore(root) as store:
        assert list((root / ".adce" / "tmp").iterdir()) == []
        found = await listed(store)
        last = {f"ant/{number % 3}/{number % 20}.bin": number for number in sorted(puts)}
        assert found.keys() >= last.keys()
        for key, stored in found.items():
            body = await store.get(key)
            assert body is not None
            number = int(body.split(b" ", 1)[0])
            assert len(body) % 500 == 0
            assert body == body[: len(body) // 500] * 500, "an object in part"
            assert number in under_way or number == last[key]
            if number in puts:
                beside = await store.provenance(key)
                assert stored.verified
                assert beside is not None
                assert beside["fetched_at"] == NOON + number


async def test_a_store_killed_at_any_instant_keeps_its_laws(tmp_path: Path, warm: Warm) -> None:
    puts: set[int] = set()
    under_way: set[int] = set()
    for lines in (1, 7, 24, 90):
        first = max(puts | under_way, default=-1) + 1
        for line in killed_after(lines, warm, PUTTING, tmp_path / "lake", first):
            word, number = line.split()
            if word == "putting":
                under_way.add(int(number))
            elif word == "put":
                puts.add(int(number))
                under_way.discard(int(number))
        await check_lake(tmp_path / "lake", puts, under_way)
    assert len(puts) > 40


class Ledger:
    """What a killed process has said that it did, and what it may have done besides."""

    def __init__(self) -> None:
        self.retries = {f"{number:03}": 0 for number in range(150)}
        self.stored: set[str] = set()
        self.parked: set[str] = set()

    def book(self, said: Sequence[list[Any]]) -> dict[str, str]:
        """Enter what was acknowledged; returns the outcomes that may or may not have been applied."""
        open_outcomes: dict[str, str] = {}
        for word, *rest in said:
            if word == "settling":
                open_outcomes = rest[0]
            elif word == "settled":
                for key, verdict in open_outcomes.items():
                    self.enter(key, verdict)
                open_outcomes = {}
        return open_outcomes

    def enter(self, key: str, verdict: str) -> None:
        if verdict == "retry":
            self.retries[key] += 1
        else:
            (self.stored if verdict == "stored" else self.parked).add(key)


async def look(path: Path) -> tuple[dict[str, Task], set[str]]:
    async with SqliteWriter(path) as writer, SqliteQueue(writer) as queue:
        assert writer.recovered is None
        counts = await queue.counts()
        tasks = {task.key: task for task in await queue.tasks()}
        parked = {parked.key for parked in await queue.parked()}
        assert (counts.queued, counts.leased, counts.parked) == (len(tasks), 0, len(parked)), "a task is stuck"
        return tasks, parked


async def test_a_queue_killed_at_any_instant_keeps_its_laws(tmp_path: Path, warm: Warm) -> None:
    ledger = Ledger()
    path = tmp_path / "adce.db"
    for run, lines in enumerate((2, 9, 40, 130)):
        said = [json.loads(line) for line in killed_after(lines, warm, SETTLING, path, run)]
        doubtful = ledger.book(said)
        tasks, parked = await look(path)
        applied = [
            key
            for key, verdict in doubtful.items()
            if (key in tasks and verdict == "retry" and tasks[key].attempts > ledger.retries[key])
            or (key not in tasks and verdict != "retry")
        ]
        assert len(applied) in (0, len(doubtful)), "outcomes settled together are applied together"
        for key in applied:
            ledger.enter(key, doubtful[key])
        assert parked == ledger.parked
        assert tasks.keys() == ledger.retries.keys() - ledger.stored - ledger.parked, "a task was lost, or came back"
        assert {key: task.attempts for key, task in tasks.items()} == {key: ledger.retries[key] for key in tasks}
    assert ledger.stored
    assert ledger.parked


def test_a_lock_dies_with_its_process(tmp_path: Path, warm: Warm) -> None:
    with Speaking(warm, HOLDING, tmp_path / "lock") as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(FixMeError, match=rf"another instance \(pid {child.pid}, since 20.*Z\)"):
            InstanceLock(tmp_path / "lock").acquire()
    with InstanceLock(tmp_path / "lock"):
        pass
