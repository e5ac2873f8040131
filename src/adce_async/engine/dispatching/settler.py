"""What came of attempts, on its way into the durable queue; and the claims under which they are made.

What is stored is on disk before the queue forgets it: the lake is flushed first. What a crash in between loses, the
next pass finds: the lake is the truth, and what is stored there is planned no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.events import Events, OutcomeRefused, TaskSettled
from adce_async.engine.tally import Tally
from adce_async.engine.ticks import tick, until_tick
from adce_async.errors import QueueError, StoreError
from adce_async.model.task import Outcome, Task, Verdict
from adce_async.ports import ObjectStore, TaskQueue

log = structlog.get_logger("adce.settler")

GROUP_SECONDS = 0.05
"""Outcomes that come within this time share a commit."""
MOST_UNSETTLED = 1000
"""Attempts whose outcome is not committed yet; nothing new starts beyond."""
SLOW_SECONDS = 1.0
"""While a commit takes longer than this, nothing new starts: what it holds is all that may be unsettled."""
HANGS_SECONDS = 30.0
"""A commit that takes longer is named as what hangs."""
IDLE_SECONDS = 300.0
"""It is told so often that there is nothing to settle."""
TROUBLE_SECONDS = 5.0
"""Pause after a commit that failed."""


class Keeper(Protocol):
    """What else has to be durable with each commit: what the sources' refusals have taught."""

    async def keep(self) -> None:
        """Write down what has changed. Raises QueueError."""
        ...


@dataclass(slots=True)
class Done:
    """An attempt that has ended: how long it took (seconds), how much it read (bytes)."""

    tasks: Sequence[Task]
    outcomes: Sequence[Outcome]
    seconds: float
    size: int


class Settler:
    """Commits in groups, and renews the claims of what is under way.

    `on_settled(done, back)`: what was settled now, and tasks that came back into the queue by it; called before anybody
    else can look at the queue, while `lock` is held.
    """

    def __init__(
        self,
        *,
        queue: TaskQueue,
        store: ObjectStore,
        events: Events,
        keepers: Sequence[Keeper],
        doubts: Doubts | None,
        now: Callable[[], float],
        tell: Callable[[str, str], object],
        beat: Callable[[str, float, str], None],
        poke: Callable[[], None],
        on_settled: Callable[[Sequence[Done], Sequence[Task]], None],
    ) -> None:
        """`now`: seconds since the epoch; `poke()`: something may start that could not."""
        self.tally = Tally()
        self.lock = asyncio.Lock()
        """Held while the queue changes under what mirrors it."""
        self.trouble = ""
        """Why the last commit failed; '' if it did not."""
        self._queue = queue
        self._store = store
        self._events = events
        self._keepers = keepers
        self._doubts = doubts
        self._now = now
        self._tell = tell
        self._beat = beat
        self._poke = poke
        self._on_settled = on_settled
        self._done: list[Done] = []
        self._given_up: list[Outcome] = []
        self._claims: dict[str, int] = {}
        self._some_claimed = asyncio.Event()
        self._some = asyncio.Event()
        self._since: float | None = None
        """Loop time at which the commit under way began."""

    # -- claims ------------------------------------------------------------------------------------------------

    def hold(self, key: str, token: int) -> None:
        """We have a claim on `key`, until what came of it is settled."""
        self._claims[key] = token
        self._some_claimed.set()

    def forget(self, keys: Iterable[str]) -> None:
        """They are claimed by us no more, and nothing of them was begun."""
        for key in keys:
            self._claims.pop(key, None)

    async def renew(self, lease: Callable[[], float]) -> None:
        """(A loop.) Keep our claims; `lease()`: seconds for which one holds."""
        while True:
            if not self._claims:
                self._beat("claims", math.inf, "none")
                self._some_claimed.clear()
                await self._some_claimed.wait()
            self._beat("claims", lease() / 2 + HANGS_SECONDS, f"{len(self._claims)} held")
            await tick(lease() / 2)
            held = dict(self._claims)
            if not held:
                continue
            self._beat("claims", HANGS_SECONDS, f"renewing {len(held)}")
            try:
                lost = await self._queue.renew(held, self._now() + lease())
            except QueueError as error:
                self._tell("queue", str(error))
            else:
                for key in lost:
                    if self._claims.get(key) == held[key]:  # its attempt goes on, and its outcome will be refused
                        log.warning("claim lost", key=key, next="whoever has it now decides what becomes of the task")
            self._beat("claims", lease() / 2 + HANGS_SECONDS, f"{len(held)} held")

    # -- outcomes ----------------------------------------------------------------------------------------------

    def end(self, done: Done) -> None:
        """An attempt has ended."""
        self._done.append(done)
        self._some.set()

    def give_up(self, tasks: Sequence[Task]) -> None:
        """Claimed, and not begun: with the next commit they are as free as they were."""
        self._given_up += [Outcome(task.key, Verdict.RELEASED, not_before=task.not_before) for task in tasks]

    def __len__(self) -> int:
        """Attempts that have ended and are not settled."""
        return len(self._done)

    @property
    def holds_back(self) -> bool:
        """True while nothing may start: what can't be committed must not pile up."""
        slow = self._since is not None and asyncio.get_running_loop().time() - self._since > SLOW_SECONDS
        return bool(self.trouble) or slow or len(self._done) >= MOST_UNSETTLED

    def is_busy_with(self, source: str) -> bool:
        """Whether something of it has ended and is not settled."""
        return any(entry.tasks[0].source == source for entry in self._done)

    def keys(self) -> Iterator[str]:
        """Of what has ended and is not settled: the queue does not know yet."""
        return (outcome.key for entry in self._done for outcome in entry.outcomes)

    async def run(self) -> None:
        """(A loop.) Commit what is at hand, again and again."""
        if self._done:  # it died in the midst of a commit, and maybe nothing else ends that would wake it
            self._some.set()
        while True:
            self._beat("settler", IDLE_SECONDS + HANGS_SECONDS, "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until_tick(IDLE_SECONDS)):
                    await self._some.wait()
            if not self._some.is_set():
                continue
            await asyncio.sleep(GROUP_SECONDS)
            self._some.clear()
            if not await self.commit():
                self._beat("settler", TROUBLE_SECONDS + HANGS_SECONDS, self.trouble)
                await asyncio.sleep(TROUBLE_SECONDS)
                self._some.set()
            self._poke()

    async def commit(self) -> bool:
        """Settle what is at hand; False if that failed: then all of it is kept for the next time."""
        self._since = asyncio.get_running_loop().time()
        self._beat("settler", HANGS_SECONDS, f"committing what came of {len(self._done)} attempts")
        try:
            async with self.lock:
                return await self._commit()
        finally:
            self._since = None

    async def _commit(self) -> bool:
        # taken before the first await: what comes in while we settle is for the next group
        done = list(self._done)
        given_up = list(self._given_up)
        ended = [outcome for entry in done for outcome in entry.outcomes]
        outcomes = [outcome.under(self._claims.get(outcome.key, 0)) for outcome in (*ended, *given_up)]
        try:
            # the lake first: what a crash leaves stored and unsettled is found there before its source is asked again;
            # the other way round, a task would be done whose object is gone
            if not self._store.durable_put and any(map(_is_stored, outcomes)):
                await self._store.flush()
            for keeper in self._keepers:  # before what must not happen twice, should it fail
                await keeper.keep()
            refused = set(await self._queue.settle(outcomes)) if outcomes else set()
        except (QueueError, StoreError) as error:
            return self._failed(error)
        del self._done[: len(done)], self._given_up[: len(given_up)]
        for outcome in given_up:
            self._claims.pop(outcome.key, None)
        for entry in done:
            self._told(entry, refused)
        self._on_settled([_without(entry, refused) for entry in done], ())
        if self._doubts is not None:
            try:
                self._on_settled((), await self._doubts.settle(self._queue))
            except QueueError as error:  # what was settled stays so; this is asked for again
                return self._failed(error)
        self.trouble = ""
        self._tell("queue", "")
        return True

    def _failed(self, error: Exception) -> bool:
        self.trouble = str(error)
        self._tell("queue", f"{error}; nothing new starts until it can be written, next try in 5 s")
        return False

    def _told(self, entry: Done, refused: set[str]) -> None:
        tasks = {task.key: task for task in entry.tasks}
        for outcome in entry.outcomes:
            task = tasks[outcome.key]
            self._claims.pop(outcome.key, None)
            if outcome.key in refused:
                self.tally.refused += 1
                log.warning("outcome refused", source=task.source, key=task.key, why="its claim was lost meanwhile",
                            next="the next pass sees what is in the lake")  # fmt: skip
                self._events.publish(OutcomeRefused(task, outcome))
            else:
                self.tally.count(task, outcome.verdict)
                self._events.publish(TaskSettled(task, outcome, entry.seconds, entry.size))


def _is_stored(outcome: Outcome) -> bool:
    return outcome.verdict in (Verdict.STORED, Verdict.UNCHANGED)


def _without(entry: Done, refused: set[str]) -> Done:
    if not refused:
        return entry
    return replace(entry, outcomes=[outcome for outcome in entry.outcomes if outcome.key not in refused])
