"""Runs attempts: each in its slot, from its claim to its outcome. What one raises ends nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from adce_async.engine.collecting.attempt import Attempts, Result
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.lake_gate import LakeGate
from adce_async.engine.dispatching.settler import Done, Settler
from adce_async.engine.dispatching.slots import Slot
from adce_async.engine.events import BreakerClosed, BreakerOpened, Events, TaskStarted
from adce_async.engine.ticks import tick
from adce_async.error_text import error_text
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.planning.lanes import Lane, Lanes

log = structlog.get_logger("adce.pool")

LOOK_SECONDS = 10.0
"""Attempts that don't end are looked for so often."""
REST_SECONDS = 60.0
"""The same while there are none: none that begins meanwhile is overdue before the next look."""
SLACK_SECONDS = 60.0
"""So long after its deadline an attempt counts as one that can't be ended (a parser in a thread)."""


class Runner:
    """All attempts that are under way. Its tasks live in a TaskGroup of its own, see `running`."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        lanes: Lanes,
        settler: Settler,
        lake: LakeGate,
        doubts: Doubts | None,
        events: Events,
        now: Callable[[], float],
        tell: Callable[[str, str], object],
        beat: Callable[[str, float, str], None],
        poke: Callable[[], None],
    ) -> None:
        """`now`: seconds since the epoch; `poke()`: something may start that could not."""
        self.busy = 0
        """Attempts under way."""
        self._attempts = attempts
        self._lanes = lanes
        self._settler = settler
        self._lake = lake
        self._doubts = doubts
        self._events = events
        self._now = now
        self._tell = tell
        self._beat = beat
        self._poke = poke
        self._running: dict[str, Sequence[Task]] = {}
        self._began: dict[str, float] = {}
        self._slot_of: dict[asyncio.Task[None], Slot] = {}
        self._group: asyncio.TaskGroup | None = None
        self._stopping = False

    @functools.cached_property
    def _time(self) -> Callable[[], float]:
        """The loop's time. Kept: finding the loop takes longer than asking it."""
        return asyncio.get_running_loop().time

    @property
    def tasks(self) -> Mapping[str, Sequence[Task]]:
        """Requests that are being served now, with their tasks."""
        return dict(self._running)

    def waiting_long(self, seconds: float) -> int:
        """How many attempts wait outside of their slots for more than `seconds` to come."""
        return sum(slot.is_outside and slot.wait() > seconds for slot in self._slot_of.values())

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Runner]:
        """While the block runs, attempts can be started; leaving it waits for them."""
        self._stopping = False
        async with asyncio.TaskGroup() as self._group:
            yield self

    def start(self, tasks: Sequence[Task], slot: Slot) -> None:
        """Begin an attempt at claimed `tasks`, all of one request. Its lane has begun, its token is taken."""
        assert self._group is not None, "not running"
        request = tasks[0].request
        self._running[request] = tasks
        self._began[request] = self._time()
        self.busy += 1
        worker = self._group.create_task(self._work(request, tasks, slot), name=f"scrape {tasks[0].key}")
        self._slot_of[worker] = slot
        worker.add_done_callback(self._slot_of.pop)
        self._events.publish(TaskStarted(tuple(tasks), self._now()))

    def is_busy_with(self, source: str) -> bool:
        """Whether an attempt at it is under way."""
        return any(tasks[0].source == source for tasks in self._running.values())

    def let_go(self, sources: Collection[str]) -> None:
        """End all attempts at `sources`, which are not ours any more: their tasks are given back."""
        names = {f"scrape {tasks[0].key}" for tasks in self._running.values() if tasks[0].source in sources}
        for worker in [worker for worker in self._slot_of if worker.get_name() in names]:
            worker.cancel()

    async def drain(self, grace: float, haste: asyncio.Event) -> None:
        """Wait for what is under way, at most `grace` seconds and not in `haste`; then cancel it."""
        self._stopping = True
        for worker, slot in self._slot_of.items():
            if slot.is_outside:  # it has nothing on the wire, and may wait for hours
                worker.cancel()
        if self._slot_of:
            log.info("draining", running=len(self._slot_of), grace_seconds=grace)
            async with asyncio.TaskGroup() as group:
                patience = group.create_task(_patience(grace, haste), name="pool-patience")
                while self._slot_of and not patience.done():
                    await asyncio.wait([patience, *self._slot_of], return_when=asyncio.FIRST_COMPLETED)
                patience.cancel()
        late = list(self._slot_of)
        for worker in late:
            worker.cancel()
        if late:
            await asyncio.wait(late)

    async def run(self) -> None:
        """(A loop.) Name attempts that can't be ended, as long as there are any."""
        while True:
            now = self._time()
            stuck = [
                f"{tasks[0].key} for {now - began:.0f} s"
                for request, tasks in self._running.items()
                if (began := self._began.get(request)) is not None
                and now - began > self._attempts.longest(tasks[0]) + SLACK_SECONDS
                and not self._waits(request)
            ]
            text = f"attempts that don't end: {', '.join(stuck[:5])}; each holds its slot until a restart"
            self._tell("runner", text if stuck else "")
            seconds = LOOK_SECONDS if self.busy else REST_SECONDS
            self._beat("runner", seconds + 30.0, f"{self.busy} running")
            await tick(seconds)

    def _waits(self, request: str) -> bool:
        """True if it waits for a token, which may take for ever."""
        key = self._running[request][0].key
        return any(slot.is_outside for worker, slot in self._slot_of.items() if worker.get_name() == f"scrape {key}")

    async def _work(self, request: str, tasks: Sequence[Task], slot: Slot) -> None:
        started = self._time()
        result = Result([], None)
        # each attempt is an asyncio.Task with a context of its own: whatever logs within it says for what
        structlog.contextvars.bind_contextvars(source=tasks[0].source, key=tasks[0].key)
        try:
            await slot.enter()
            result = await self._attempts.run(tasks, slot=slot)
        except asyncio.CancelledError:
            result.outcomes = self._released(tasks, "the service stopped")
            if not self._stopping:
                raise
        except Exception as error:  # ours: a scraper's own are caught in the attempt
            log.exception("an attempt broke", key=tasks[0].key)
            self._tell("runner", f"an attempt at {tasks[0].key} broke: {error_text(error)}; it is tried again")
            result.outcomes = self._released(tasks, f"broke: {error_text(error)}")
        finally:
            self._end(request, tasks, slot, result, self._time() - started)

    def _end(self, request: str, tasks: Sequence[Task], slot: Slot, result: Result, seconds: float) -> None:
        """Give back what it had, and hand over what came of it: all of it in one step, without an await."""
        first = tasks[0]
        self._running.pop(request, None)
        self._began.pop(request, None)
        lane = self._lanes[first.source]
        why = result.outcomes[0].reason if result.outcomes else ""
        before = lane.breaker.state
        # what it waited for says nothing about how long the source takes, nor how many it could serve at once
        lane.end(max(0.0, seconds - result.waited), answered=result.answered, why=why)
        self._say_breaker(lane, before, why)
        if self._doubts is not None:
            self._doubts.ended(first)
        if result.answered is False and lane.breaker.state != "closed":
            result.outcomes = [_not_counted(outcome) for outcome in result.outcomes]
        self.busy -= 1
        slot.leave()
        self._settler.end(Done(tasks, result.outcomes, seconds, result.size))
        self._lake.learn(result)
        self._poke()

    def _say_breaker(self, lane: Lane, before: str, why: str) -> None:
        after = lane.breaker.state
        if after == "open" and before != "open":
            self._events.publish(BreakerOpened(lane.source, (lane.breaker.retry_at or 0.0) - self._time(), why))
        elif after == "closed" and before != "closed":
            self._events.publish(BreakerClosed(lane.source))

    def _released(self, tasks: Sequence[Task], why: str) -> list[Outcome]:
        now = self._now()
        return [Outcome(task.key, Verdict.RELEASED, why, at=now) for task in tasks]


async def _patience(grace: float, haste: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(grace):
            await haste.wait()


def _not_counted(outcome: Outcome) -> Outcome:
    """An attempt at a source that answers nobody says nothing about the key."""
    return replace(outcome, verdict=Verdict.RELEASED, not_before=max(outcome.not_before, outcome.at))
