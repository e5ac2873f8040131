"""What to start next, or when to look again: one rule, for the engine's dispatcher and for the plan that plays it.

The best request whose source can send it *now* starts, if there is a slot for it. Who waits for a bucket holds no slot;
`Lanes` says who may take one. Nothing here waits, and nothing reads a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.lanes import Lanes

SHORTEST_SECONDS = 0.001
"""Nobody looks again sooner."""

DoubtWait = Callable[[str, str], float]
"""Seconds until something of (source, scraper) may be asked as far as doubts go; inf: when a probe has ended."""


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
) -> Start | Nothing:
    """`now`: seconds since the epoch, on which tasks are delayed; `free`: slots; `strict`: nobody overtakes the best.

    Tasks of sources that have no lane stay where they are.
    """
    backlog.ripen(now)
    if free <= 0:
        return Nothing(math.inf)
    shut = None if doubt is None else lambda source, scraper: doubt(source, scraper) > 0
    with_work = {source for source in backlog.sources(shut) if source in lanes and not lanes[source].held}
    # who has no lane, or is held, does not start: where nobody overtakes the best, everything would wait for it
    first = backlog.best_source(now, shut, with_work.__contains__) if strict else None
    waits: dict[str, float] = {}

    def can_start(source: str) -> bool:
        if source not in with_work or (strict and source != first) or not lanes.may_take(source, free, with_work):
            return False
        # asked once a decision: the answer can change from one microsecond to the next
        waits[source] = wait = lanes[source].wait()
        return wait <= 0

    if tasks := backlog.take(now, can_start, shut):
        return Start(tasks)
    soonest = min(waits.values(), default=math.inf)
    if doubt is not None:
        soonest = min(soonest, until_probe(backlog, lanes, doubt))
    if (ripe := backlog.next_ripe()) is not None:
        soonest = min(soonest, max(SHORTEST_SECONDS, ripe - now))
    return Nothing(soonest, waits)


def until_probe(backlog: Backlog, lanes: Lanes, doubt: DoubtWait) -> float:
    """Seconds until a source in doubt may be asked for something that waits (inf: when the probe has ended)."""
    shut = backlog.shut(lambda source, scraper: doubt(source, scraper) > 0)
    waits = (
        max(SHORTEST_SECONDS, doubt(source, scraper), lanes[source].wait())
        for source, scraper in shut
        if source in lanes
    )
    return min(waits, default=math.inf)
