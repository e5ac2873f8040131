"""The Semaphore-bounded pool: a dispatcher that starts what may start, and a settler that commits what came of it.

Laws:
1. A slot is taken only for a task whose source can send a request now; no slot waits for a bucket: who has to wait for
   another token within its attempt steps out of its slot (`engine.dispatching.slots`).
2. A task is leased in the durable queue as it starts (leases and outcomes are committed together, in this order, in
   groups). What is stored is on disk before the queue forgets it.
3. On leaving `running()`: nothing new starts, running attempts get `grace` seconds, then they are cancelled and
   their leases released; outcomes are committed in any case.
4. Nothing polls: the dispatcher sleeps until a slot, a task, a source or a person changes something.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from adce_async.engine.collecting.attempt import Attempts, Result
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.backlog import Backlog
from adce_async.engine.dispatching.breaker import Breaker
from adce_async.engine.dispatching.lanes import Lanes
from adce_async.engine.dispatching.settler import Done, Settler
from adce_async.engine.dispatching.slots import SAY_WAITING_AFTER, SLOT, Slot, Slots
from adce_async.engine.tally import Tally
from adce_async.errors import QueueError
from adce_async.model.days import iso
from adce_async.model.limits import LONG_WAIT
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.ports import Clock, History, ObjectStore, TaskQueue

log = structlog.get_logger("adce.pool")

GROUP_SECONDS = 0.05
"""Leases and outcomes that come within this time share a commit. What a crash in between loses, the next pass finds:
the lake is the truth, and what is stored there is planned no more."""
FEW = 1000
"""So many tasks are put in order at once: it takes a few milliseconds."""
LAKE_SECONDS = (5.0, 60.0)
"""Pause after the lake could not be written, at first and at most."""
TROUBLE_SECONDS = 5.0
"""Pause after the queue or the lake could not be written."""
MOST_IDLE_SECONDS = 300.0
"""Nothing to do is fine, doing nothing while there is something is not: the dispatcher looks at least this often."""


@dataclass(frozen=True, slots=True)
class PoolRules:
    """Bounds of the pool; times in seconds. `strict`: plain score order, a closed source holds up all after it."""

    size: int = 5
    grace: float = 30.0
    lease: float = 60.0
    strict: bool = False
    score: ScoreRules = field(default_factory=ScoreRules)


class WorkerPool:
    """Runs the backlog through `attempts`."""

    def __init__(
        self,
        *,
        rules: PoolRules,
        queue: TaskQueue,
        store: ObjectStore,
        history: History,
        attempts: Attempts,
        lanes: Lanes,
        clock: Clock,
        beat: Callable[[str, float, str], None] = lambda _name, _within, _detail: None,
        on_outcome: Callable[[Task, Outcome], None] = lambda _task, _outcome: None,
        on_trouble: Callable[[str, str], object] = lambda _name, _text: None,
        keep: Callable[[], Awaitable[None]] | None = None,
        doubts: Doubts | None = None,
    ) -> None:
        """`beat(name, promised_within, detail)` reports progress; `on_trouble(name, text)`: '' is recovery.

        `keep`: awaited with each commit, for what else has to be durable by then.
        """
        self.rules = rules
        self.tally = Tally()
        self.paused = False
        self.discovered = 0
        self._queue = queue
        self._attempts = attempts
        self._lanes = lanes
        self._clock = clock
        self._beat = beat
        self._doubts = doubts
        self._settler = Settler(queue, store, history, clock, keep, doubts)
        self.on_outcome = on_outcome
        self.on_trouble = on_trouble
        self._backlog = Backlog(rules.score)
        self._rates: Mapping[str, float] = {}
        self._wanted: Callable[[Task], bool] = lambda _task: True
        self._mirror = asyncio.Lock()
        self._slots = Slots(rules.size, self.poke)
        self._busy = 0
        self._lake = Breaker(failures=1, open_seconds=LAKE_SECONDS[0], open_max_seconds=LAKE_SECONDS[1])
        """What can't be stored must not be fetched: while the lake fails, one attempt at a time finds out."""
        self._wake = asyncio.Event()
        self._settle = asyncio.Event()
        self._idle = asyncio.Condition()
        self._running: dict[str, Sequence[Task]] = {}
        self._slot_of: dict[asyncio.Task[None], Slot] = {}
        self._stopping = False
        self._patience: asyncio.Timeout | None = None
        self._progress_at = -math.inf
        self._said_waiting: dict[str, float] = {}
        self._waits: dict[str, float] = {}
        """Seconds that each source that could have taken a slot had to wait when we last looked for a task."""

    # -- what others see ------------------------------------------------------------------------------------

    @property
    def running_tasks(self) -> Mapping[str, Sequence[Task]]:
        """Requests that are being served now, with their tasks."""
        return dict(self._running)

    @property
    def waiting(self) -> int:
        """Tasks that are queued."""
        return len(self._backlog)

    def poke(self) -> None:
        """Something changed that may let a task start."""
        self._wake.set()

    async def refresh(self, success_rates: Mapping[str, float] | None = None) -> None:
        """Look at the durable queue anew, after somebody changed it."""
        async with self._mirror:
            if success_rates is not None:
                self._rates = success_rates
            tasks = await self._queue.tasks()
            if len(tasks) <= FEW:
                fresh = Backlog.of(tasks, self._wanted, self.rules.score, self._rates)
            else:  # aside, so that a large queue does not hold the loop; until then the old one goes on
                fresh = await asyncio.to_thread(Backlog.of, tasks, self._wanted, self.rules.score, self._rates)
            for key in self._in_hand():
                fresh.remove(key)
            self._backlog = fresh
        self.poke()

    def select(self, wanted: Callable[[Task], bool]) -> None:
        """Work only on tasks that are `wanted`, from the next `refresh` on."""
        self._wanted = wanted

    def in_order(self) -> Sequence[Task]:
        """What is queued, best score first."""
        return self._backlog.in_order(self._clock.now())

    async def drained(self, max_wait: float) -> None:
        """Return when nothing runs and no task can become ready within `max_wait` seconds."""
        async with self._idle:
            await self._idle.wait_for(lambda: self._is_drained(max_wait))

    async def stalled(self, seconds: float) -> None:
        """Return when nothing has come of any attempt for `seconds` but that it has to be made again, and none runs."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (left := max(began, self._progress_at) + seconds - loop.time()) > 0 or self._busy:
            if left > 0:
                await asyncio.sleep(left)
            else:
                async with self._idle:
                    await self._idle.wait_for(lambda: not self._busy)

    async def dry(self) -> None:
        """Return when nothing runs and no task is ready (delayed ones may be there)."""
        async with self._idle:
            await self._idle.wait_for(lambda: not (self._busy or len(self._settler) or self._backlog.sources()))

    async def busy(self) -> None:
        """Return when something runs."""
        async with self._idle:
            await self._idle.wait_for(lambda: self._busy > 0)

    def seconds_to_next(self) -> float:
        """Seconds until some task can start, as far as is known (inf: never without a change)."""
        now = self._clock.now()
        waits = [self._lanes[source].wait() for source in self._backlog.sources() if source in self._lanes]
        waits.append(self._until_probe())
        for source, at in self._backlog.delayed_by_source().items():
            if source in self._lanes:
                waits.append(max(at - now, self._lanes[source].wait()))
        return min(waits, default=math.inf)

    @property
    def _holds_back(self) -> bool:
        """True while nothing may start: what cannot be committed must not pile up."""
        return self.paused or self._stopping or self._settler.holds_back

    def _is_drained(self, max_wait: float) -> bool:
        busy = self._busy - sum(slot.is_outside and slot.wait() > max_wait for slot in self._slot_of.values())
        return not busy and not len(self._settler) and self.seconds_to_next() > max_wait

    # -- life ------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[WorkerPool]:
        """The pool at work; leaving it drains (law 3)."""
        self._stopping = False
        async with asyncio.TaskGroup() as group:
            settler = group.create_task(self._settling(), name="pool-settler")
            renewer = group.create_task(self._renewing(), name="pool-lease-renewer")
            workers: set[asyncio.Task[None]] = set()
            dispatcher = group.create_task(self._dispatching(group, workers), name="pool-dispatcher")
            try:
                yield self
            finally:
                # a TaskGroup that is left with an exception cancels its children at once: so drain inside
                self._stopping = True
                self.poke()
                await self._through(group.create_task(self._drain(dispatcher, workers), name="pool-drain"))
                settler.cancel()
                renewer.cancel()

    async def _through(self, drain: asyncio.Task[None]) -> None:
        """Wait for `drain` whatever happens: what is under way is settled. Who is cancelled has no more grace."""
        cancelled: asyncio.CancelledError | None = None
        while not drain.done():
            try:
                await asyncio.shield(drain)
            except asyncio.CancelledError as error:
                cancelled = error
                self.hurry()
        if cancelled is not None:
            raise cancelled
        drain.result()

    async def _drain(self, dispatcher: asyncio.Task[None], workers: set[asyncio.Task[None]]) -> None:
        await asyncio.wait([dispatcher])
        for worker, slot in self._slot_of.items():
            if slot.is_outside:  # it has nothing on the wire, and may wait for hours
                worker.cancel()
        if workers:
            log.info("draining", running=len(workers), grace_seconds=self.rules.grace)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.rules.grace) as self._patience:
                    await asyncio.wait(workers)
            self._patience = None
            late = [worker for worker in workers if not worker.done()]
            for worker in late:
                worker.cancel()
            if late:
                await asyncio.wait(late)
        await self._commit()

    def hurry(self) -> None:
        """A second signal: no more grace."""
        self.rules = replace(self.rules, grace=0.0)
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())

    # -- dispatch ----------------------------------------------------------------------------------------------

    async def _dispatching(self, group: asyncio.TaskGroup, workers: set[asyncio.Task[None]]) -> None:
        while not self._stopping:
            self._wake.clear()
            self._start_what_may(group, workers)
            wait = min(self._sleep(), MOST_IDLE_SECONDS)
            async with self._idle:
                self._idle.notify_all()
            self._beat("pool", wait + 30.0, self._detail())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    def _detail(self) -> str:
        """For /health: what runs, what waits, and which sources make wait for more than a minute."""
        held = [lane for lane in self._lanes if lane.source in self._backlog.sources() and lane.wait() > LONG_WAIT]
        long = "".join(f"; {lane.source} in {lane.wait():.0f} s: {lane.why_waiting()}" for lane in held)
        return f"{len(self._running)} running, {len(self._backlog)} waiting{long}"

    def _start_what_may(self, group: asyncio.TaskGroup, workers: set[asyncio.Task[None]]) -> None:
        for tasks, slot in self._pick():
            self._running[tasks[0].request] = tasks
            self._settler.begin(task.key for task in tasks)
            worker = group.create_task(self._work(tasks, slot), name=f"scrape {tasks[0].key}")
            workers.add(worker)
            self._slot_of[worker] = slot
            worker.add_done_callback(workers.discard)
            worker.add_done_callback(self._slot_of.pop)
            self._settle.set()

    def _pick(self) -> list[tuple[Sequence[Task], Slot]]:
        batches: list[tuple[Sequence[Task], Slot]] = []
        now = self._clock.now()
        self._backlog.ripen(now)
        doubts = self._doubts
        self._backlog.is_shut = (lambda *names: doubts.wait(*names) > 0) if doubts and doubts.any else None
        if self._holds_back:
            return batches
        while self._slots.free > 0:
            if not self._lake.allows(self._time()):
                break
            with_work = {source for source in self._backlog.sources() if source in self._lanes}
            self._waits.clear()
            batch = self._backlog.take(now, partial(self._may_start, with_work, now))
            if not batch:
                break
            if not self._lanes[batch[0].source].begin():
                for task in batch:
                    self._backlog.add(task)
                break
            self._lake.on_start(self._time())
            if doubts:
                doubts.started(batch[0])
            self._busy += 1
            batches.append((batch, self._slots.claim(self._lanes[batch[0].source])))
        return batches

    def _may_start(self, with_work: set[str], now: float, source: str) -> bool:
        if not self._may_take(with_work, now, source):
            return False
        self._waits[source] = wait = self._lanes[source].wait()
        return wait <= 0

    def _may_take(self, with_work: set[str], now: float, source: str) -> bool:
        if source not in self._lanes or (self.rules.strict and self._backlog.best_source(now) != source):
            return False
        return self._lanes.may_take(source, self._slots.free, with_work)

    def _sleep(self) -> float:
        """Seconds until something can start without anybody's help."""
        if self._holds_back or self._slots.free <= 0:
            return math.inf
        if not self._lake.allows(self._time()):
            return math.inf if self._lake.retry_at is None else max(0.001, self._lake.retry_at - self._time())
        wait = math.inf
        now = self._clock.now()
        with_work = {source for source in self._backlog.sources() if source in self._lanes}
        for source in with_work:
            if self._may_take(with_work, now, source):
                # as it was when we picked, if we did: the answer can change from one microsecond to the next
                seconds = self._waits.get(source, 0.0)
                self._say_waiting(source, seconds)
                wait = min(wait, seconds)
            # else it waits for a slot, and the end of an attempt wakes us
        wait = min(wait, self._until_probe())
        ripe = self._backlog.next_ripe()
        if ripe is not None:
            wait = min(wait, max(0.001, ripe - self._clock.now()))
        return wait

    def _until_probe(self) -> float:
        """Seconds until a source in doubt may be asked for something that waits (inf: when the probe has ended)."""
        if self._doubts is None:
            return math.inf
        waits = (
            max(0.001, self._doubts.wait(source, scraper), self._lanes[source].wait())
            for source, scraper in self._backlog.shut()
            if source in self._lanes
        )
        return min(waits, default=math.inf)

    def _say_waiting(self, source: str, seconds: float) -> None:
        until = self._clock.now() + seconds
        if SAY_WAITING_AFTER < seconds < math.inf and until > self._said_waiting.get(source, 0.0) + 1.0:
            self._said_waiting[source] = until
            lane = self._lanes[source]
            log.info("waiting", source=source, seconds=round(seconds, 1), until=iso(until), why=lane.why_waiting())

    # -- work ----------------------------------------------------------------------------------------------------

    async def _work(self, tasks: Sequence[Task], slot: Slot) -> None:
        source, request = tasks[0].source, tasks[0].request
        loop = asyncio.get_running_loop()
        started = loop.time()
        result = Result([], None)
        try:
            SLOT.set(slot)
            await slot.enter()
            result = await self._attempts.run(tasks)
        except asyncio.CancelledError:
            now = self._clock.now()
            result.outcomes = [Outcome(task.key, Verdict.RELEASED, "the service stopped", at=now) for task in tasks]
            if not self._stopping:
                raise
        finally:
            seconds = loop.time() - started
            self._running.pop(request, None)
            why = result.outcomes[0].reason if result.outcomes else ""
            self._lanes[source].end(seconds, answered=result.answered, why=why)
            if self._doubts is not None:
                self._doubts.ended(tasks[0])
            if result.answered is False and self._lanes[source].breaker.state != "closed":
                result.outcomes = [_not_counted(outcome) for outcome in result.outcomes]
            self._busy -= 1
            slot.leave()
            self._settler.end(Done(tasks, result.outcomes, seconds, result.size))
            self.discovered += result.discovered
            self._learn_of_lake(result)
            self._settle.set()
            self.poke()

    def _learn_of_lake(self, result: Result) -> None:
        if result.trouble:
            self._lake.on_failure(self._time())
            self.on_trouble("lake", f"{result.trouble}; until it can be written one attempt at a time finds out")
        elif any(outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED) for outcome in result.outcomes):
            self._lake.on_success(self._time())
            self.on_trouble("lake", "")
        else:
            self._lake.on_cancel(self._time())

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()

    # -- settle --------------------------------------------------------------------------------------------------

    async def _settling(self) -> None:
        while True:
            await self._settle.wait()
            await asyncio.sleep(GROUP_SECONDS)
            self._settle.clear()
            if not await self._commit():
                await asyncio.sleep(TROUBLE_SECONDS)
                self._settle.set()
            self.poke()

    async def _commit(self) -> bool:
        """Settle what is at hand; False if that failed (it is kept)."""
        async with self._mirror:
            done, back = await self._settler.commit(self.rules.lease)
            why = self._settler.trouble
            self.on_trouble("queue", why and f"{why}; nothing new starts until it can be written, next try in 5 s")
            for entry in done:
                self._after(entry)
            in_hand = self._in_hand()
            for task in back:
                if task.key not in in_hand and self._wanted(task):
                    self._backlog.add(task)
            return not why

    def _in_hand(self) -> set[str]:
        """Keys that stand in the queue as if nobody had begun them: what is started and not committed yet."""
        return {*(task.key for batch in self._running.values() for task in batch), *self._settler.keys()}

    def _after(self, entry: Done) -> None:
        tasks = {task.key: task for task in entry.tasks}
        for outcome in entry.outcomes:
            task = tasks[outcome.key]
            self.tally.count(task, outcome.verdict)
            if outcome.verdict is not Verdict.RELEASED:
                self._progress_at = asyncio.get_running_loop().time()
            self.on_outcome(task, outcome)
            if outcome.verdict in (Verdict.RETRY, Verdict.RELEASED):
                attempts = task.attempts + (outcome.verdict is Verdict.RETRY)
                self._backlog.add(replace(task, attempts=attempts, not_before=outcome.not_before))

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(self.rules.lease / 2)
            keys = [task.key for tasks in self._running.values() for task in tasks]
            keys += self._settler.keys()
            if keys:
                try:
                    await self._queue.renew(dict.fromkeys(keys, 0), self._clock.now() + self.rules.lease)
                except QueueError as error:
                    self.on_trouble("queue", str(error))


def _not_counted(outcome: Outcome) -> Outcome:
    """An attempt at a source that answers nobody says nothing about the key."""
    return replace(outcome, verdict=Verdict.RELEASED, not_before=max(outcome.not_before, outcome.at))
