"""The Semaphore-bounded pool, in three parts that are each supervised: dispatcher, runner of attempts, settler.

Laws:
1. A slot is taken only for a task whose source can send a request now; no slot waits for a bucket: who has to wait for
   another token within its attempt steps out of its slot (`dispatching.slots`).
2. A task starts only after the durable queue has said that it is ours. What is stored is on disk before the queue
   forgets it, and only who holds the claim can say what came of it.
3. On leaving `running()`: nothing new starts, running attempts get `grace` seconds, then they are cancelled and
   their claims released; outcomes are committed in any case.
4. A part that dies is started again, ever later, and one that hangs is named by what it has promised.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from adce_async.engine.collecting.attempt import Attempts
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.closures import Closures
from adce_async.engine.dispatching.dispatcher import Dispatcher
from adce_async.engine.dispatching.lake_gate import LakeGate
from adce_async.engine.dispatching.runner import Runner
from adce_async.engine.dispatching.settler import Done, Keeper, Settler
from adce_async.engine.dispatching.slots import Slots
from adce_async.engine.events import Events
from adce_async.engine.kept_alive import LoopDiedError, kept_alive
from adce_async.engine.tally import Tally
from adce_async.error_text import error_text
from adce_async.model.coverage import Priority
from adce_async.model.score_rules import ScoreRules
from adce_async.model.task import Task, Verdict
from adce_async.planning.backlog import Backlog
from adce_async.planning.dispatch import Room
from adce_async.planning.holds import Holds
from adce_async.planning.lanes import Lanes
from adce_async.planning.maintenance import Window
from adce_async.ports import Clock, ObjectStore, TaskQueue

log = structlog.get_logger("adce.pool")

FEW = 1000
"""So many tasks are put in order at once: it takes a few milliseconds."""


@dataclass(frozen=True, slots=True)
class PoolRules:
    """Bounds of the pool; times in seconds. `strict`: plain score order, a closed source holds up all after it."""

    size: int = 5
    grace: float = 30.0
    lease: float = 60.0
    strict: bool = False
    score: ScoreRules = field(default_factory=ScoreRules)
    windows: Sequence[Window] = ()
    """Times at which sources are closed."""


class WorkerPool:
    """Runs the backlog through `attempts`."""

    def __init__(
        self,
        *,
        rules: PoolRules,
        queue: TaskQueue,
        store: ObjectStore,
        attempts: Attempts,
        lanes: Lanes,
        clock: Clock,
        wake: asyncio.Event | None = None,
        events: Events | None = None,
        beat: Callable[[str, float, str], None] = lambda _name, _within, _detail: None,
        tell: Callable[[str, str], object] = lambda _name, _text: None,
        keepers: Sequence[Keeper] = (),
        doubts: Doubts | None = None,
        haste: asyncio.Event | None = None,
        room: Callable[[], Room | None] = lambda: None,
    ) -> None:
        """`wake`: set by whoever knows that a task may start now (the limiters do).

        `beat(name, promised_within, detail)` reports progress; `tell(name, text)` trouble, '' is recovery. `keepers`:
        what else has to be durable with each commit. `haste`: set when a stop gets no more grace.
        `room()`: what is left for games that are on (`planning.dispatch`); None: none are.
        """
        self.rules = rules
        self._queue = queue
        self._clock = clock
        self._tell, self._beat = tell, beat
        self._wake = wake or asyncio.Event()
        self._haste = haste or asyncio.Event()
        self._wanted: Callable[[Task], bool] = lambda _task: True
        self._rates: Mapping[str, float] = {}
        self._progress_at = -math.inf
        events = events or Events()
        lake = LakeGate(tell)
        self._slots = Slots(rules.size, self.poke)
        self.closures = Closures(rules.windows, clock.now, self.poke)
        self._settler = Settler(
            queue=queue, store=store, events=events, keepers=keepers, doubts=doubts, now=clock.now, tell=tell,
            beat=beat, poke=self.poke, on_settled=self._after,
        )  # fmt: skip
        self._runner = Runner(
            attempts=attempts, lanes=lanes, settler=self._settler, lake=lake, doubts=doubts, events=events,
            now=clock.now, tell=tell, beat=beat, poke=self.poke,
        )  # fmt: skip
        self._dispatcher = Dispatcher(
            queue=queue, lanes=lanes, slots=self._slots, runner=self._runner, settler=self._settler, lake=lake,
            doubts=doubts, backlog=Backlog(rules.score), now=clock.now, lease=lambda: self.rules.lease,
            strict=lambda: self.rules.strict, closures=self.closures, beat=beat, tell=tell, wake=self._wake,
            room=room,
        )  # fmt: skip

    def apply(self, rules: PoolRules) -> None:
        """Work by these rules from now on; scores of what is queued change with the next `refresh`."""
        self.rules = rules
        self._slots.apply(rules.size)
        self.closures.apply(rules.windows)
        self.poke()

    # -- what others see ------------------------------------------------------------------------------------

    @property
    def tally(self) -> Tally:
        """What has been settled since the start."""
        return self._settler.tally

    @property
    def held(self) -> Holds:
        """While anybody holds it nothing new starts."""
        return self._dispatcher.held

    def hold(self, by: str, why: str) -> None:
        """Start nothing new, since `why`; '': `by` holds it no longer."""
        if self._dispatcher.held.hold(by, why):  # who says the same at each look wakes nobody
            self.poke()

    def wait_for(self, least: int) -> None:
        """Start nothing before so many tasks wait; then all of them are worked off."""
        self._dispatcher.least = least
        self.poke()

    @property
    def running_tasks(self) -> Mapping[str, Sequence[Task]]:
        """Requests that are being served now, with their tasks."""
        return self._runner.tasks

    def is_busy_with(self, source: str) -> bool:
        """Whether anything of it is under way, or has ended and is not settled."""
        return self._runner.is_busy_with(source) or self._settler.is_busy_with(source)

    def let_go(self, sources: Collection[str]) -> None:
        """End what is under way at `sources`: they are not ours any more, nor is what was claimed there."""
        self._runner.let_go(sources)
        self._settler.forget(self._dispatcher.ahead.forget(sources))

    @property
    def waiting(self) -> int:
        """Tasks that are queued."""
        return len(self._dispatcher.backlog)

    @property
    def at_rest(self) -> bool:
        """True while nothing is under way and nothing is ready: what is queued, if anything, is for later."""
        return not (self._at_work() or self._dispatcher.backlog.sources())

    def oldest(self, priority: Priority) -> float | None:
        """When the oldest task of `priority` that could start was detected; goes through all that waits."""
        return self._dispatcher.backlog.oldest(priority)

    def poke(self) -> None:
        """Something changed that may let a task start."""
        self._wake.set()

    async def refresh(self, success_rates: Mapping[str, float] | None = None) -> None:
        """Look at the durable queue anew, after somebody changed it."""
        async with self._settler.lock:  # no outcome may come between the look and the new backlog
            if success_rates is not None:
                self._rates = success_rates
            tasks = await self._queue.tasks()
            if len(tasks) <= FEW:
                fresh = Backlog.of(tasks, self._wanted, self.rules.score, self._rates)
            else:  # aside, so that a large queue does not hold the loop; until then the old one goes on
                fresh = await asyncio.to_thread(Backlog.of, tasks, self._wanted, self.rules.score, self._rates)
            for key in self._in_hand():
                fresh.remove(key)
            self._dispatcher.ahead.into(fresh, self._wanted)
            old, self._dispatcher.backlog = self._dispatcher.backlog, fresh
            del tasks
        self.poke()
        if len(old) > FEW:  # what is freed at once holds the loop: 170,000 tasks for 180 ms
            await asyncio.to_thread(old.clear)

    async def offer(self, tasks: Sequence[Task]) -> None:
        """`tasks` were added to the durable queue: work on them, without a look at all the others."""
        async with self._settler.lock:  # as in `refresh`
            in_hand = self._in_hand()
            for task in tasks:
                if task.key not in in_hand and self._wanted(task):
                    self._dispatcher.backlog.add(task)
        self.poke()

    def select(self, wanted: Callable[[Task], bool]) -> None:
        """Work only on tasks that are `wanted`, from the next `refresh` on."""
        self._wanted = wanted

    @property
    def success_rates(self) -> Mapping[str, float]:
        """By which scores are weighed now: share of attempts that stored something, by scraper."""
        return self._rates

    @property
    def depth(self) -> Mapping[Priority, int]:
        """How many tasks of each priority wait."""
        return self._dispatcher.backlog.depth

    @property
    def requests_of(self) -> Mapping[str, int]:
        """How many requests serve what waits of each source."""
        return self._dispatcher.backlog.requests_of

    def find(self, key: str) -> Task | None:
        """What is queued under `key`."""
        return self._dispatcher.backlog.get(key)

    def all_tasks(self) -> list[Task]:
        """What is queued, in no order: a list of its own, to be gone through in a thread."""
        return self._dispatcher.backlog.all()

    def next_tasks(self, count: int) -> Sequence[Task]:
        """The next `count` ready tasks, best score first, whatever their sources wait for."""
        return self._dispatcher.backlog.ahead(self._clock.now(), count, lambda _source: True)[:count]

    def in_order(self) -> Sequence[Task]:
        """What is queued, best score first."""
        return self._dispatcher.backlog.in_order(self._clock.now())

    def seconds_to_next(self) -> float:
        """Seconds until some task can start, as far as is known (inf: never without a change)."""
        return self._dispatcher.seconds_to_next()

    async def drained(self, max_wait: float) -> None:
        """Return when nothing runs and no task can become ready within `max_wait` seconds."""
        await self._when(lambda: self._is_drained(max_wait))

    async def stalled(self, seconds: float) -> None:
        """Return when nothing has come of any attempt for `seconds` but that it has to be made again, and none runs."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (left := max(began, self._progress_at) + seconds - loop.time()) > 0 or self._at_work():
            if left > 0:
                await asyncio.sleep(left)
            else:
                await self._when(lambda: not self._at_work())

    async def dry(self) -> None:
        """Return when nothing runs and no task is ready (delayed ones may be there)."""
        await self._when(lambda: self.at_rest)

    async def busy(self) -> None:
        """Return when something runs."""
        await self._when(lambda: self._runner.busy > 0)

    async def _when(self, condition: Callable[[], bool]) -> None:
        async with self._dispatcher.looked:
            await self._dispatcher.looked.wait_for(condition)

    def _at_work(self) -> bool:
        return bool(self._runner.busy or len(self._settler) or self._dispatcher.is_claiming)

    def _is_drained(self, max_wait: float) -> bool:
        busy = self._runner.busy - self._runner.waiting_long(max_wait)
        idle = not (busy or len(self._settler) or self._dispatcher.is_claiming)
        return idle and self.seconds_to_next() > max_wait

    # -- life ------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[WorkerPool]:
        """The pool at work; leaving it drains (law 3). Raises LoopDiedError if a part keeps dying."""
        failure: BaseException | None = None
        try:
            async with self._runner.running(), asyncio.TaskGroup() as group:
                self._dispatcher.stopping = False
                loops = {
                    "settler": self._settler.run,
                    "claims": lambda: self._settler.renew(lambda: self.rules.lease),
                    "runner": self._runner.run,
                    "closures": self.closures.run,
                }
                parts = [
                    group.create_task(kept_alive(name, run, self._tell), name=f"pool-{name}")
                    for name, run in loops.items()
                ]
                dispatcher = group.create_task(self._dispatching(), name="pool-dispatcher")
                try:
                    yield self
                except BaseException as error:  # noqa: BLE001 - the block's own: a TaskGroup would make a group of it
                    failure = error
                # a TaskGroup that is left with an exception cancels its children at once: so drain inside
                self._dispatcher.stopping = True
                self.poke()
                async with asyncio.TaskGroup() as last:  # its own: the other one may be about to end all in it
                    await self._through(last.create_task(self._drain(dispatcher), name="pool-drain"))
                for part in parts:
                    part.cancel()
        except BaseExceptionGroup as group:  # not `except*`, which would make a group of what it raises
            died, rest = group.split(LoopDiedError)
            if died is None:
                raise
            raise next(_leaves(died)) from rest
        for name in ("pool", "runner", "settler", "claims"):
            self._beat(name, math.inf, "ended")  # nobody waits for the next
        if failure is not None:
            raise failure

    async def _dispatching(self) -> None:
        """The dispatcher, started again when it dies, until it is stopped."""
        await kept_alive("pool", self._dispatcher.run, self._tell, lambda: self._dispatcher.stopping)

    async def _through(self, drain: asyncio.Task[None]) -> None:
        """Wait for `drain` whatever happens: what is under way is settled. Who is cancelled has no more grace."""
        cancelled: asyncio.CancelledError | None = None
        while not drain.done():
            try:
                # who waits may be cancelled, and again; the drain itself may not: it would lose outcomes of what ran
                await asyncio.shield(drain)
            except asyncio.CancelledError as error:
                cancelled = error
                self._haste.set()
        if cancelled is not None:
            raise cancelled
        drain.result()

    async def _drain(self, dispatcher: asyncio.Task[None]) -> None:
        await asyncio.wait([dispatcher])
        await self._runner.drain(self.rules.grace, self._haste)
        self._settler.give_up(list(self._dispatcher.ahead.give_back()))
        try:
            await self._settler.commit()
        except Exception as error:  # a bug: claims run out, and the next pass finds what is stored
            log.exception("the last commit broke")
            self._tell("queue", f"the last commit broke: {error_text(error)}; the next pass finds what is stored")

    # -- after a commit --------------------------------------------------------------------------------------

    def _in_hand(self) -> set[str]:
        """Keys that may stand in the queue as if nobody had begun them: what is picked, started, not settled yet."""
        started = (task.key for batch in self._runner.tasks.values() for task in batch)
        return {*started, *self._settler.keys(), *self._dispatcher.picked_keys()}

    def _after(self, done: Sequence[Done], back: Sequence[Task]) -> None:
        """What was settled comes back into the backlog where it has to be made again; so does what was forgiven."""
        backlog = self._dispatcher.backlog
        for entry in done:
            tasks = {task.key: task for task in entry.tasks}
            for outcome in entry.outcomes:
                if outcome.verdict is not Verdict.RELEASED:
                    self._progress_at = asyncio.get_running_loop().time()
                if outcome.verdict in (Verdict.RETRY, Verdict.RELEASED):
                    task = tasks[outcome.key]
                    attempts = task.attempts + (outcome.verdict is Verdict.RETRY)
                    backlog.add(replace(task, attempts=attempts, not_before=outcome.not_before))
        in_hand = self._in_hand() if back else set()
        for task in back:
            if task.key not in in_hand and self._wanted(task):
                backlog.add(task)


def _leaves(group: BaseExceptionGroup[LoopDiedError]) -> Iterator[LoopDiedError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
