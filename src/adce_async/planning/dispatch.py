"""What to start next, or when to look again: one rule, for the engine's dispatcher and for the plan that plays it.

The best request whose source can send it *now* starts, if there is a slot for it. Who waits for a bucket holds no slot;
`Lanes` says who may take one. Nothing here waits, and nothing reads a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.lanes import Lanes
from adce_async.planning.order import Shut

SHORTEST_SECONDS = 0.001
"""Nobody looks again sooner."""

DoubtWait = Callable[[str, str], float]
"""Seconds until something of (source, scraper) may be asked as far as doubts go; inf: when a probe has ended."""
ClosedFor = Callable[[str, bool], float]
"""Seconds for which (source, whether CRITICAL) is closed still by a maintenance window; 0: it is open."""


class Room(Protocol):
    """What is left unused for what goes ahead of all others: the objects of games that are on (`planning.live`)."""

    @property
    def sources(self) -> AbstractSet[str]:
        """Whose games are on: each of them keeps a slot within reach."""
        ...

    def wait(self, source: str) -> float:
        """Seconds until something else of `source` may start (0: now)."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """Start these, which one request serves. They are out of the backlog."""

    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing starts before `seconds` from now (inf: not before something changes).

    `waits`: what each source that could have taken a slot waits for its next request, in seconds; a source that has
    tasks and is not in it waits for a slot, or for one of its own that runs.
    """

    seconds: float
    waits: Mapping[str, float] = field(default_factory=dict)


def decide(
    backlog: Backlog,
    lanes: Lanes,
    *,
    now: float,
    free: int,
    strict: bool = False,
    doubt: DoubtWait | None = None,
    closed: ClosedFor | None = None,
    room: Room | None = None,
) -> Start | Nothing:
    """`now`: seconds since the epoch, on which tasks are delayed; `free`: slots; `strict`: nobody overtakes the best.
    `room`: what is left for what goes ahead of all others; None: no games are on.

    Tasks of sources that have no lane stay where they are, and so does what is `closed`.
    """
    backlog.ripen(now)
    if free <= 0:
        return Nothing(math.inf)
    shut = shut_by(doubt, closed)
    with_work = {source for source in backlog.sources(shut) if source in lanes and not lanes[source].held}
    # who has no lane, or is held, does not start: where nobody overtakes the best, everything would wait for it
    held: dict[str, float] = {}

    def holds_back(source: str) -> bool:
        if source not in held:
            held[source] = 0.0 if room is None else room.wait(source)
        return held[source] > 0

    first = backlog.best_source(now, shut, with_work.__contains__, holds_back if room else None) if strict else None
    expecting = with_work if room is None else with_work | {source for source in room.sources if source in lanes}
    waits: dict[str, float] = {}

    def can_start(source: str) -> bool:
        if source not in with_work or (strict and source != first) or not lanes.may_take(source, free, expecting):
            return False
        # asked once a decision: the answer can change from one microsecond to the next
        waits[source] = wait = lanes[source].wait()
        return wait <= 0

    if tasks := backlog.take(now, can_start, shut, holds_back if room else None):
        return Start(tasks)
    soonest = min(
        (*waits.values(), *(max(SHORTEST_SECONDS, each) for each in held.values() if each > 0)), default=math.inf
    )
    if doubt is not None:
        soonest = min(soonest, until_probe(backlog, lanes, doubt))
    if closed is not None:
        soonest = min(soonest, until_open(backlog, closed))
    if (ripe := backlog.next_ripe()) is not None:
        soonest = min(soonest, max(SHORTEST_SECONDS, ripe - now))
    return Nothing(soonest, waits)


def shut_by(doubt: DoubtWait | None, closed: ClosedFor | None) -> Shut | None:
    """Who may not start, as far as doubts and closed times go; None: everybody may."""
    if closed is None:
        return None if doubt is None else lambda source, scraper, _urgent: doubt(source, scraper) > 0
    if doubt is None:
        return lambda source, _scraper, urgent: closed(source, urgent) > 0
    return lambda source, scraper, urgent: closed(source, urgent) > 0 or doubt(source, scraper) > 0


def until_open(backlog: Backlog, closed: ClosedFor) -> float:
    """Seconds until something that waits is closed no more (inf: nothing waits for that)."""
    waiting = backlog.sources(lambda source, _scraper, urgent: not closed(source, urgent) > 0)
    waits = (wait for source in waiting for urgent in (False, True) if (wait := closed(source, urgent)) > 0)
    return max(SHORTEST_SECONDS, min(waits, default=math.inf))


def until_probe(backlog: Backlog, lanes: Lanes, doubt: DoubtWait) -> float:
    """Seconds until a source in doubt may be asked for something that waits (inf: when the probe has ended)."""
    shut = backlog.shut(lambda source, scraper, _urgent: doubt(source, scraper) > 0)
    waits = (
        max(SHORTEST_SECONDS, doubt(source, scraper), lanes[source].wait())
        for source, scraper in shut
        if source in lanes
    )
    return min(waits, default=math.inf)
