"""Starts what may start: drives `planning.dispatch` on the engine's clock, limits and slots. It claims first.

Nothing polls: it sleeps until a slot, a task, a source or a person changes something.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.claims_ahead import ClaimsAhead
from adce_async.engine.dispatching.closures import Closures
from adce_async.engine.dispatching.lake_gate import LakeGate
from adce_async.engine.dispatching.runner import Runner
from adce_async.engine.dispatching.settler import Settler
from adce_async.engine.dispatching.slots import Slot, Slots
from adce_async.engine.fetching.asker import SAY_WAITING_AFTER
from adce_async.engine.ticks import set_within
from adce_async.errors import QueueError
from adce_async.model.days import iso
from adce_async.model.limits import LONG_WAIT
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.dispatch import ClosedFor, Nothing, Room, Start, decide, shut_by, until_open, until_probe
from adce_async.planning.holds import Holds
from adce_async.planning.lanes import Lanes
from adce_async.ports import TaskQueue

log = structlog.get_logger("adce.pool")

MOST_IDLE_SECONDS = 300.0
"""Nothing to do is fine, doing nothing while there is something is not: the dispatcher looks at least this often."""
CLAIM_SECONDS = 30.0
"""A queue that takes longer to say what we got is named as what hangs."""
TROUBLE_SECONDS = 5.0
"""Pause after the queue could not be asked."""


@dataclass(frozen=True, slots=True)
class _Picked:
    """What is to be started, and the slot that it has: its lane has begun, its token is taken."""

    tasks: Sequence[Task]
    slot: Slot
    ours: Sequence[Task]
    """Those of them that are claimed already."""


class Dispatcher:
    """Takes tasks out of the backlog as their sources can be asked."""

    def __init__(
        self,
        *,
        queue: TaskQueue,
        lanes: Lanes,
        slots: Slots,
        runner: Runner,
        settler: Settler,
        lake: LakeGate,
        doubts: Doubts | None,
        backlog: Backlog,
        now: Callable[[], float],
        lease: Callable[[], float],
        strict: Callable[[], bool],
        closures: Closures,
        beat: Callable[[str, float, str], None],
        tell: Callable[[str, str], object],
        wake: asyncio.Event,
        room: Callable[[], Room | None] = lambda: None,
    ) -> None:
        """`wake`: set when something has changed that may let a task start. `room()`: see `planning.dispatch`.

        `lease()`: seconds for which a claim holds; `strict()`: plain score order, see `planning.dispatch`.
        """
        self.backlog = backlog
        self.held = Holds()
        self.least = 1
        """Tasks that have to wait before the first one starts; then all of them are worked off."""
        self.stopping = False
        self.looked = asyncio.Condition()
        """Notified after each look: for who waits until nothing is left to do."""
        self._queue = queue
        self._lanes = lanes
        self._slots = slots
        self._runner = runner
        self._settler = settler
        self._lake = lake
        self._doubts = doubts
        self._now = now
        self._lease = lease
        self._strict = strict
        self._beat = beat
        self._tell = tell
        self._wake = wake
        self._room = room
        self.ahead = ClaimsAhead()
        self._picked: list[_Picked] = []
        """What is out of the backlog and not claimed yet."""
        self._chosen: Sequence[Task] = ()
        """What is being claimed ahead; it is in the backlog."""
        self._asks_again_at = -math.inf
        """Loop time before which the queue is not asked again after it failed."""
        self._said_waiting: dict[str, float] = {}
        self._closures = closures
        self._begun = False
        """Enough tasks were there, and not all of them are done."""

    def picked_keys(self) -> set[str]:
        """Of what is about to be claimed."""
        return {task.key for each in self._picked for task in each.tasks}

    @property
    def is_claiming(self) -> bool:
        """True while it waits for the queue to say what we got."""
        return bool(self._picked)

    async def run(self) -> None:
        """(A loop.) Until `stopping`."""
        while not self.stopping:
            self._wake.clear()
            nothing = await self._start_what_may()
            if nothing is None:  # something has changed meanwhile
                continue
            wait = min(nothing.seconds, MOST_IDLE_SECONDS)
            async with self.looked:
                self.looked.notify_all()
            self._beat("pool", wait + 30.0, self._detail())
            await set_within(self._wake, wait)

    def seconds_to_next(self) -> float:
        """Seconds until some task can start, as far as is known (inf: never without a change)."""
        now, doubt, closed = self._now(), self._doubt(), self._closed()
        shut = shut_by(doubt, closed)
        waits = [self._lanes[source].wait() for source in self.backlog.sources(shut) if source in self._lanes]
        if doubt is not None:
            waits.append(until_probe(self.backlog, self._lanes, doubt))
        if closed is not None:
            waits.append(until_open(self.backlog, closed))
        for source, at in self.backlog.delayed_by_source().items():
            if source in self._lanes:
                waits.append(max(at - now, self._lanes[source].wait()))
        return min(waits, default=math.inf)

    async def _start_what_may(self) -> Nothing | None:
        """Claim and start what can start now. Why nothing more can; None if that has to be looked at anew."""
        nothing = self._pick()
        if not self._picked:
            return nothing
        self._beat("pool", CLAIM_SECONDS, f"claiming {len(self._picked)} requests")
        try:
            tokens = await self._claim()
        except QueueError as error:
            self._give_back(into=self.backlog)
            self._tell("queue", f"{error}; nothing new starts until it can be written, next try in 5 s")
            self._asks_again_at = _time() + TROUBLE_SECONDS
            return None
        except BaseException:  # cancelled: a claim that was made nevertheless runs out
            self._give_back(into=self.backlog)
            raise
        if not self._settler.trouble:
            self._tell("queue", "")
        chosen, self._chosen = self._chosen, ()
        self.ahead.got(chosen, tokens, self.backlog)
        picked, self._picked = self._picked, []
        for each in picked:
            ours = [tokens[task.key] for task in each.tasks if task.key in tokens]
            if ours:
                self._runner.start(ours, each.slot)
            else:  # somebody else has it, or nobody wants it any more
                self._undo(each)
        return None

    async def _claim(self) -> Mapping[str, Task]:
        """Those of the picked tasks that we got, as they are now. Nothing starts before the queue has said so."""
        now = self._now()
        open_now = {lane.source for lane in self._lanes if lane.wait() <= 0 and not self._closures.why(lane.source)}
        self._chosen = self.ahead.choose(self.backlog, open_now.__contains__, now=now, at=_time())
        ours = {task.key: task for each in self._picked for task in each.ours}
        keys = [task.key for each in self._picked for task in each.tasks if task.key not in ours]
        keys += [task.key for task in self._chosen]
        claims = await self._queue.claim(keys, now=now, until=now + self._lease())
        for claim in claims:
            self._settler.hold(claim.task.key, claim.token)
        return ours | {claim.task.key: claim.task for claim in claims}

    def _pick(self) -> Nothing:
        """Take out of the backlog what can start, with slot and token. In one step: what decides must not change."""
        doubt, closed, room = self._doubt(), self._closed(), self._room()
        while True:
            if self.held or self.stopping or self._settler.holds_back or self._are_too_few():
                return Nothing(math.inf)
            if (wait := self._asks_again_at - _time()) > 0:
                return Nothing(wait)
            if not self._lake.is_open:
                return Nothing(self._lake.wait())
            decision = decide(
                self.backlog, self._lanes, now=self._now(), free=self._slots.free, strict=self._strict(), doubt=doubt,
                closed=closed, room=room,
            )  # fmt: skip
            if isinstance(decision, Nothing):
                self._say_waiting(decision.waits)
                return decision
            if not self._begin(decision):
                return Nothing(0.001)

    def _begin(self, start: Start) -> bool:
        first = start.tasks[0]
        lane = self._lanes[first.source]
        if not lane.begin():  # its last token went to somebody else in this very moment
            for task in start.tasks:
                self.backlog.add(task)
            return False
        self._lake.started()
        if self._doubts is not None:
            self._doubts.started(first)
        slot = self._slots.claim(lane)
        ours = self.ahead.take(start.tasks)
        if len(ours) == len(start.tasks):
            self._runner.start(ours, slot)
        else:
            self._picked.append(_Picked(start.tasks, slot, ours))
        return True

    def _give_back(self, into: Backlog) -> None:
        self._chosen = ()
        picked, self._picked = self._picked, []
        for each in picked:
            self._undo(each)
            self.ahead.put_back(each.ours)
            for task in each.tasks:
                into.add(task)

    def _undo(self, picked: _Picked) -> None:
        first = picked.tasks[0]
        lane = self._lanes[first.source]
        lane.give_back()
        if self._doubts is not None:
            self._doubts.ended(first)
        self._lake.given_up()
        picked.slot.leave()

    def _are_too_few(self) -> bool:
        """True until enough tasks wait; what has begun is worked off to the last one. What is urgent waits for none."""
        if self._begun and not (self._runner.busy or self.backlog.sources()):
            self._begun = False
        self._begun = self._begun or len(self.backlog) >= self.least
        return not (self._begun or self.backlog.has_ahead)

    def _closed(self) -> ClosedFor | None:
        return self._closures.wait if self._closures.any else None

    def _doubt(self) -> Callable[[str, str], float] | None:
        return self._doubts.wait if self._doubts is not None and self._doubts.any else None

    def _detail(self) -> str:
        """For /health: what runs, what waits, and which sources make wait for more than a minute."""
        waiting, long = self.backlog.sources(), ""
        for lane in self._lanes if waiting else ():
            if lane.source in waiting and (wait := lane.wait()) > LONG_WAIT:
                long += f"; {lane.source} in {wait:.0f} s: {lane.why_waiting()}"
        if self._closures.any:
            long += "".join(f"; {source}: {why}" for source in sorted(waiting) if (why := self._closures.why(source)))
        long += f"; nothing starts: {self.held.why}" if self.held else ""
        if self.least > 1 and waiting and not self._begun:
            long += f"; nothing starts before {self.least} wait (min_tasks_to_trigger)"
        return f"{self._runner.busy} running, {len(self.backlog)} waiting{long}"

    def _say_waiting(self, waits: Mapping[str, float]) -> None:
        for source, seconds in waits.items():
            until = self._now() + seconds
            if SAY_WAITING_AFTER < seconds < math.inf and until > self._said_waiting.get(source, 0.0) + 1.0:
                self._said_waiting[source] = until
                why = self._lanes[source].why_waiting()
                log.info("waiting", source=source, seconds=round(seconds, 1), until=iso(until), why=why)


def _time() -> float:
    return asyncio.get_running_loop().time()
