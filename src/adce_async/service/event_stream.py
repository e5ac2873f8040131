"""What happens, as documents with numbers, for whoever watches over HTTP: the last ones are kept for who comes back.

An id is `RUN-NUMBER`: a client that comes back with one of another run of the service gets all that is kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from adce_async.engine.events import (
    BreakerClosed,
    BreakerOpened,
    DriftFound,
    Event,
    Events,
    GapsFound,
    OutcomeRefused,
    PassDone,
    SettingsChanged,
    SourcesMoved,
    SourceThrottled,
    TaskSettled,
    TaskStarted,
    TroubleRaised,
    TroubleRecovered,
)
from adce_async.model.days import iso

KEPT = 1000
"""Events that a client that comes back can still get."""
DROPPED = "dropped"
"""Kind of what stands for events that a client has missed."""
KINDS: Mapping[type, str] = {
    TaskStarted: "task_started",
    TaskSettled: "task_settled",
    OutcomeRefused: "outcome_refused",
    GapsFound: "gaps_found",
    DriftFound: "drift_found",
    PassDone: "pass_done",
    SourceThrottled: "source_throttled",
    BreakerOpened: "breaker_opened",
    BreakerClosed: "breaker_closed",
    SourcesMoved: "sources_moved",
    TroubleRaised: "trouble_raised",
    TroubleRecovered: "trouble_recovered",
    SettingsChanged: "settings_changed",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """One event, on its way out."""

    id: str
    kind: str
    document: Mapping[str, object]


class EventStream:
    """Numbers the events of `events` while it is fed."""

    def __init__(self, events: Events, run: str) -> None:
        """`run`: another text with each start of the service."""
        self._events = events
        self._run = run
        self._kept: deque[tuple[int, Event]] = deque(maxlen=KEPT)
        self._number = 0
        self._more = asyncio.Condition()

    def feeding(self) -> AbstractAsyncContextManager[None]:
        """While the block runs, what happens is kept."""
        return self._events.feeding("event stream", self._keep, *KINDS)

    async def _keep(self, events: Sequence[Event]) -> None:
        for event in events:
            self._number += 1
            self._kept.append((self._number, event))
        async with self._more:
            self._more.notify_all()

    def follow(self, last_id: str | None = None) -> Follower:
        """From what came after `last_id` on; None: from now on."""
        return Follower(self, self._number if last_id is None else self._after(last_id))

    async def after(self, seen: int) -> tuple[int, list[Numbered]]:
        """Wait until there is something after `seen`: the number of the last one, and all of them."""
        async with self._more:
            await self._more.wait_for(lambda: self._number > seen)
        missed = self._kept[0][0] - 1 - seen
        found = [Numbered(f"{self._run}-{seen + missed}", DROPPED, {"count": missed})] if missed > 0 else []
        found += [
            Numbered(f"{self._run}-{number}", KINDS[type(event)], document_of(event))
            for number, event in self._kept
            if number > seen
        ]
        return self._number, found

    def _after(self, last_id: str) -> int:
        run, _, number = last_id.rpartition("-")
        if run != self._run or not (number.isascii() and number.isdigit()):
            return 0  # all of this run; what is not kept of it is said to be dropped
        return min(int(number), self._number)


class Follower:
    """One who watches. Who is slow misses the oldest: an event `dropped` says how many."""

    def __init__(self, stream: EventStream, seen: int) -> None:
        self._stream = stream
        self._seen = seen

    async def next(self) -> Sequence[Numbered]:
        """Wait for what comes next; it can be cut off without losing any."""
        self._seen, found = await self._stream.after(self._seen)
        return found


def document_of(event: Event) -> dict[str, object]:
    """What `event` says, for JSON."""
    match event:
        case TaskStarted(tasks, at):
            keys = [task.key for task in tasks]
            return {"keys": keys, "source": tasks[0].source, "scraper": tasks[0].scraper, "at": iso(at)}
        case TaskSettled(task, outcome, seconds, size):
            return {
                "key": task.key, "source": task.source, "scraper": task.scraper, "verdict": outcome.verdict.value,
                "reason": outcome.reason, "seconds": round(seconds, 3), "bytes": size, "at": iso(outcome.at),
            }  # fmt: skip
        case OutcomeRefused(task, outcome):
            return {"key": task.key, "source": task.source, "verdict": outcome.verdict.value}
        case GapsFound(gaps, new, by_kind):
            return {"gaps": gaps, "new": new, "by_kind": dict(by_kind)}
        case DriftFound(appeared, vanished, changed, by):
            return {"appeared": appeared, "vanished": vanished, "changed": changed, "by": by}
        case PassDone():
            return {
                "gaps": event.gaps, "tasks": event.tasks, "parked": event.parked, "listed": event.listed,
                "seconds": round(event.seconds, 3), "at": iso(event.at),
            }  # fmt: skip
        case SourceThrottled(source, until, reason):
            return {"source": source, "until": iso(until), "reason": reason}
        case BreakerOpened(source, retry_in, why):
            return {"source": source, "retry_in_seconds": round(retry_in, 1), "reason": why}
        case BreakerClosed(source):
            return {"source": source}
        case TroubleRaised(name, text):
            return {"component": name, "what": text}
        case TroubleRecovered(name, was):
            return {"component": name, "was": was}
        case SourcesMoved(taken, let_go):
            return {"taken": list(taken), "let_go": list(let_go)}
        case SettingsChanged(keys):
            return {"keys": list(keys)}
    return {}
