"""What starts and runs attempts, over parts in memory: attempts by script, a queue that can fail or be slow."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from tests.unit.engine.judged import Wall, limiter, now

from adce_async.engine.collecting.attempt import Result
from adce_async.engine.dispatching.closures import Closures
from adce_async.engine.dispatching.dispatcher import Dispatcher
from adce_async.engine.dispatching.lake_gate import LakeGate
from adce_async.engine.dispatching.runner import Runner
from adce_async.engine.dispatching.settler import Settler
from adce_async.engine.dispatching.slots import Slot, Slots
from adce_async.engine.events import BreakerClosed, BreakerOpened, Events, Subscription, TaskSettled, TaskStarted
from adce_async.engine.fetching.limiter import RateLimiter
from adce_async.errors import QueueError
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.backlog import Backlog
from adce_async.planning.breaker import Breaker
from adce_async.planning.lanes import Lane, Lanes
from adce_async.testing.example_tasks import task
from adce_async.testing.memory_queue import MemoryQueue
from adce_async.testing.memory_store import MemoryStore

Script = Callable[[Sequence[Task], Slot], Awaitable[Result]]
LEASE = 60.0


def of(verdict: Verdict, *, answered: bool | None = True, trouble: str = "", waited: float = 0.0) -> Script:
    """Attempts that take a second and come to `verdict`."""

    async def script(tasks: Sequence[Task], _slot: Slot) -> Result:
        await asyncio.sleep(1.0)
        outcomes = [Outcome(each.key, verdict, "because", at=Wall().now()) for each in tasks]
        return Result(outcomes, answered, 100, waited, trouble)

    return script


async def for_ever(_tasks: Sequence[Task], _slot: Slot) -> Result:
    await asyncio.Event().wait()
    raise AssertionError("it was never set")


class Tries:
    """`Attempts` by script, each of which sends one request first; when each of them began."""

    def __init__(self, limiter: RateLimiter) -> None:
        self.limiter = limiter
        self.script: Script = of(Verdict.STORED)
        self.began: list[tuple[float, list[str]]] = []
        self.seconds = 100.0

    async def run(self, tasks: Sequence[Task], *, permits: int = 1, slot: Slot | None = None) -> Result:
        assert slot is not None
        if (permit := self.limiter.claim()) is not None:
            permit.sent()
        self.began.append((now(), [each.key for each in tasks]))
        return await self.script(tasks, slot)

    def longest(self, _task: Task) -> float:
        return self.seconds


class Queue(MemoryQueue):
    """It takes `seconds` to claim, and fails while it is `broken`; when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: Exception | None = None
        self.seconds = 0.0
        self.asked: list[float] = []

    async def claim(self, keys, *, now, until):
        self.asked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.seconds)
        if self.broken is not None:
            raise self.broken
        return await super().claim(keys, now=now, until=until)


class Desk:
    """One source, `ant`, with its slots; nothing runs before `working` or `running`."""

    def __init__(self, *windows: tuple[int, float], size: int = 3, **limits: Any) -> None:
        self.told: dict[str, str] = {}
        self.looks: list[tuple[float, float, str]] = []
        """(when, promised within, detail) of each sign of life of the dispatcher."""
        self.wake = asyncio.Event()
        self.queue, self.events = Queue(), Events()
        self.heard = Subscription("desk", (TaskStarted, TaskSettled, BreakerOpened, BreakerClosed), 1000)
        self.events.add(self.heard)
        self.limiter: RateLimiter = limiter(*windows, changed=self.wake.set, **limits)
        self.tries = Tries(self.limiter)
        self.lane = Lane("ant", self.limiter, Breaker(failures=1), asyncio.get_running_loop().time)
        self.lanes = Lanes({"ant": self.lane})
        self.slots = Slots(size, self.wake.set)
        self.lake = LakeGate(self.tell)
        self.settler = Settler(
            queue=self.queue, store=MemoryStore(), events=self.events, keepers=(), doubts=None, now=Wall().now,
            tell=self.tell, beat=lambda *_: None, poke=self.wake.set, on_settled=lambda *_: None,
        )  # fmt: skip
        self.runner = Runner(
            attempts=self.tries, lanes=self.lanes, settler=self.settler, lake=self.lake, doubts=None,  # type: ignore[arg-type]
            events=self.events, now=Wall().now, tell=self.tell, beat=lambda *_: None, poke=self.wake.set,
        )  # fmt: skip
        self.closures = Closures((), Wall().now, self.wake.set)
        self.dispatcher = Dispatcher(
            queue=self.queue, lanes=self.lanes, slots=self.slots, runner=self.runner, settler=self.settler,
            lake=self.lake, doubts=None, backlog=Backlog(ScoreRules()), now=Wall().now, lease=lambda: LEASE,
            strict=lambda: False, closures=self.closures, beat=self._beat, tell=self.tell, wake=self.wake,
        )  # fmt: skip

    def tell(self, name: str, text: str) -> None:
        self.told[name] = text

    def _beat(self, _name: str, within: float, detail: str) -> None:
        self.looks.append((now(), within, detail))

    async def add(self, *keys: str, **changes: Any) -> list[Task]:
        """Into the queue and the backlog."""
        tasks = [task(key, **changes) for key in keys]
        await self.queue.add(tasks)
        for each in tasks:
            self.dispatcher.backlog.add(each)
        self.wake.set()
        return tasks

    def start(self, *tasks: Task) -> None:
        """As the dispatcher does it, but for the claim."""
        assert self.lane.begin()
        self.runner.start(tasks, self.slots.claim(self.lane))

    def ended(self) -> list[tuple[str, Verdict, str]]:
        """What the attempts that have ended came to, in the order of their ends."""
        return [(o.key, o.verdict, o.reason) for done in self.settler._done for o in done.outcomes]

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Dispatcher and runner at work."""
        async with self.runner.running(), asyncio.TaskGroup() as group:
            work = group.create_task(self.dispatcher.run())
            try:
                yield
            finally:
                work.cancel()
                await self.runner.drain(0.0, asyncio.Event())


DISK_FULL = QueueError("disk full")
