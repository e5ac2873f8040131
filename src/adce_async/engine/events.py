"""What happens, for whoever wants to know: frozen, typed, and told without waiting for anybody.

Laws:

1. `publish` never waits and never raises: a subscriber can neither slow nor break whoever has something to tell.
2. Each subscriber has a buffer of its own, bounded. Where it is full its oldest events are dropped, and it is said how
   many, in the log and by `Subscription.dropped`.
3. A subscriber gets events in the order in which they were published.

Events are for watching. What a promise depends on (a commit, a journal, a wake-up) is called by name instead, by who
was given it when it was made.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from adce_async.model.coverage import Coverage
from adce_async.model.cycle import CycleMetrics
from adce_async.model.task import Outcome, Task

log = structlog.get_logger("adce.events")

BUFFER = 10_000
"""Events that wait for one subscriber at most."""


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """An attempt at `tasks`, which one request serves, has begun; `at`: seconds since the epoch."""

    tasks: tuple[Task, ...]
    at: float


@dataclass(frozen=True, slots=True)
class TaskSettled:
    """What came of a task is in the queue, durably. `seconds`, `size`: of its attempt, in seconds and bytes."""

    task: Task
    outcome: Outcome
    seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class OutcomeRefused:
    """What came of a task came too late: its claim was lost meanwhile, and may be somebody else's."""

    task: Task
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class GapsFound:
    """A pass has compared the lake with the inventory; `new`: gaps that were none in the pass before."""

    gaps: int
    new: int
    by_kind: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DriftFound:
    """A full listing has found objects otherwise than they were known to be: counts by kind. `by`: which listing."""

    appeared: int
    vanished: int
    changed: int
    by: str


@dataclass(frozen=True, slots=True)
class PassDone:
    """A pass is over, and the queue is what it planned. `metrics`: its figures, see `ports.MetricsSink`.

    `by_kind`: all gaps, queued or not; `coverage`: a row per source, data type and season (not to be changed); `at`:
    when the pass began, seconds since the epoch.
    """

    gaps: int
    tasks: int
    parked: int
    listed: int
    seconds: float
    metrics: Mapping[str, float | int | str] = field(default_factory=dict)
    by_kind: Mapping[str, int] = field(default_factory=dict)
    cycle: CycleMetrics = field(default_factory=CycleMetrics)
    coverage: Sequence[Coverage] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceThrottled:
    """A source has refused us: nothing is sent to it until `until` (seconds since the epoch)."""

    source: str
    until: float
    reason: str


@dataclass(frozen=True, slots=True)
class BreakerOpened:
    """A source does not answer; one request will find out again in `retry_in` seconds."""

    source: str
    retry_in: float
    why: str


@dataclass(frozen=True, slots=True)
class BreakerClosed:
    """It answers again."""

    source: str


@dataclass(frozen=True, slots=True)
class SourcesMoved:
    """We own other sources of its cluster than before."""

    taken: tuple[str, ...]
    let_go: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TroubleRaised:
    """`name` is in trouble; `text` says what, and what to do."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TroubleRecovered:
    """`name` works again; `was`: what its trouble was."""

    name: str
    was: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """Other settings hold from now on; `keys`: which."""

    keys: tuple[str, ...]


Event: TypeAlias = (
    TaskStarted
    | TaskSettled
    | OutcomeRefused
    | GapsFound
    | DriftFound
    | PassDone
    | SourceThrottled
    | BreakerOpened
    | BreakerClosed
    | SourcesMoved
    | TroubleRaised
    | TroubleRecovered
    | SettingsChanged
)

Handler: TypeAlias = Callable[[Sequence[Event]], Awaitable[None] | None]
"""What a subscriber does with what has come since it was asked last; may be a coroutine function."""


class Subscription:
    """The buffer of one subscriber."""

    def __init__(self, name: str, kinds: tuple[type, ...], size: int) -> None:
        self.name = name
        self.kinds = kinds
        self.dropped = 0
        """How many it has missed."""
        self._waiting: deque[Event] = deque(maxlen=size)
        self.some = asyncio.Event()
        """Set while something waits."""

    def put(self, event: Event) -> None:
        """(For Events.)"""
        if len(self._waiting) == self._waiting.maxlen:
            self.dropped += 1
        self._waiting.append(event)
        self.some.set()

    def take(self) -> Sequence[Event]:
        """All that waits; does not wait itself."""
        events = tuple(self._waiting)
        self._waiting.clear()
        self.some.clear()
        return events

    async def next(self) -> Sequence[Event]:
        """Wait until there is something, and take all of it."""
        await self.some.wait()
        return self.take()


class Events:
    """Where everybody publishes."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._wanting: dict[type[Event], Sequence[Subscription]] = {}
        """Who wants to know of events of a type, as far as one was published since somebody came or went."""

    def publish(self, event: Event) -> None:
        """Tell everybody who wants to know (law 1)."""
        kind = type(event)
        if (wanting := self._wanting.get(kind)) is None:
            wanting = self._wanting[kind] = [each for each in self._subscriptions if issubclass(kind, each.kinds)]
        for subscription in wanting:
            subscription.put(event)

    def add(self, subscription: Subscription) -> None:
        """Somebody who wants to know until the end."""
        self._subscriptions.append(subscription)
        self._wanting.clear()

    @contextlib.contextmanager
    def subscribe(self, name: str, *kinds: type, size: int = BUFFER) -> Iterator[Subscription]:
        """A buffer that gets what is of `kinds`, while the block runs."""
        self.add(subscription := Subscription(name, kinds, size))
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
            self._wanting.clear()

    @contextlib.asynccontextmanager
    async def feeding(self, name: str, handler: Handler, *kinds: type, size: int = BUFFER) -> AsyncIterator[None]:
        """`handler` gets what is of `kinds` while the block runs, and on leaving it what is left.

        What it raises is logged, and it goes on with the next.
        """
        with self.subscribe(name, *kinds, size=size) as subscription:
            said = 0
            leaving = in_hand = False

            async def hand_over(events: Sequence[Event]) -> None:
                nonlocal said
                if subscription.dropped > said:
                    log.warning("events dropped", subscriber=name, count=subscription.dropped - said)
                    said = subscription.dropped
                try:
                    if inspect.isawaitable(result := handler(events)):
                        await result
                except Exception:
                    log.exception("a subscriber failed", subscriber=name, events=len(events))

            async def feed() -> None:
                nonlocal in_hand
                while not leaving:
                    events = await subscription.next()
                    in_hand = True
                    await hand_over(events)
                    in_hand = False

            failure: BaseException | None = None
            async with asyncio.TaskGroup() as group:
                feeder = group.create_task(feed(), name=f"events {name}")
                try:
                    yield
                except BaseException as error:  # noqa: BLE001 - the block's own: the group would make a group of it
                    failure = error
                leaving = True
                if not in_hand:  # what it has in hand is in the buffer no more: cut off, it would be lost
                    feeder.cancel()
            if left := subscription.take():
                await hand_over(left)
            if failure is not None:
                raise failure
