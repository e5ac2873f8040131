"""What the page shows: is it well, is it complete, what is it doing, when will it be done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adce_async.app import Parts
from adce_async.model.coverage import Coverage, Priority
from adce_async.model.task import Parked
from adce_async.planning.outlook import Outlook
from adce_async.service.advice import SILENT, advice
from adce_async.service.answers import Answer, Seen, answers, is_stuck, named, nothing_is_kept, when
from adce_async.service.last_look import LastLook
from adce_async.service.outlooks import Outlooks
from adce_async.service.plans import Plans
from adce_async.service.rate_limits import rate_limits
from adce_async.service.since_look import SinceLook

PARKED_SECONDS = 10.0
"""The dead-letter list is read anew after so long."""
FAR = 1.1
"""What is played through counts where it is so many times as long: the two differ a little anyway."""
_MOST_TROUBLES, _MOST_RUNNING, _MOST_PARKED = 20, 20, 10


class Trouble(NamedTuple):
    """Something is not as it should be."""

    name: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the first screen. Times are seconds since the epoch."""

    now: float
    health: str
    """healthy, degraded or unhealthy."""
    headline: str
    coverage: Sequence[Coverage]
    total: Coverage
    gaps: int | None
    """None: the first pass is not done."""
    looked_at: float | None
    """When the last pass began."""
    queued: Mapping[str, int]
    """By priority."""
    done_by: Mapping[str, float]
    """By priority: when the last one goes; empty where that takes too long to say."""
    unforeseen: int
    """About so many requests for games of schedules that are not there yet."""
    running: Sequence[Mapping[str, object]]
    outlook: Outlook
    sources: Sequence[Mapping[str, object]]
    troubles: Sequence[Trouble]
    parked: Sequence[Mapping[str, object]]
    parked_total: int
    paused: str
    next_pass_seconds: float | None
    answers: Sequence[Answer]
    """To the four questions."""


class Overviews:
    """Looks at running parts."""

    def __init__(
        self,
        parts: Parts,
        since: SinceLook | None = None,
        plans: Plans | None = None,
        look: LastLook | None = None,
    ) -> None:
        """`since`: what was stored after the last pass. `plans`: when what is queued is done. `look`: at the lake."""
        self._parts = parts
        self._look = look or LastLook(parts)
        self._outlooks = Outlooks(parts, self._look)
        self._plans = plans or Plans(parts)
        self._since = since or SinceLook()
        self._known_parked: Sequence[Parked] = ()
        self._parked_at = float("-inf")

    async def look(self, next_pass: float | None) -> Overview:
        """As of now."""
        parts = self._parts
        last, pool, now = self._look.last, parts.pool, parts.ports.clock.now()
        rows = self._since.now(last.coverage) if last else []
        parked = await self._parked()
        seen, unforeseen = self._outlooks.whole()
        played = await self._plans.soon()
        if played is not None and (seconds := played.eta_seconds - (now - played.at)) > FAR * seen.seconds:
            seen = Outlook(seconds, played.source, "closed until then")  # what is delayed is not in the arithmetic
        troubles = self._troubles()
        total = Coverage.total(rows)
        sources = self._sources()
        waits = pool.waiting > 0
        said = Seen(
            now, parts.health.status, troubles, parts.health.uptime, total if last else None, self._since.stored,
            len(parked), pool.waiting, len(pool.running_tasks), pool.held.why, seen,
            pool.seconds_to_next() if waits else 0.0, next_pass, sources, parts.rules.service.reconciles,
            self._since.lately, unforeseen,
        )  # fmt: skip
        return Overview(
            now=now,
            health=parts.health.status,
            headline=headline(
                parts.health.status, troubles, total if last else None, seen, now,
                waiting=pool.waiting, paused=pool.held.why, parked=len(parked), stored_since=self._since.stored,
                unforeseen=unforeseen, passes=parts.rules.service.reconciles,
            ),
            coverage=rows,
            total=total,
            gaps=total.gaps if last else None,
            queued={priority.name: pool.depth.get(priority, 0) for priority in sorted(Priority)},
            done_by={} if played is None else {each.name: at + played.at for each, at in played.by_priority.items()},
            unforeseen=unforeseen,
            running=[
                {"source": tasks[0].source, "keys": [task.key for task in tasks]}
                for tasks in list(pool.running_tasks.values())[:_MOST_RUNNING]
            ],
            outlook=seen,
            sources=sources,
            looked_at=last.at if last else None,
            troubles=[Trouble(name, text, self._advice(name)) for name, text in troubles[:_MOST_TROUBLES]],
            parked=[{"key": each.key, "reason": each.reason} for each in parked[:_MOST_PARKED]],
            parked_total=len(parked),
            paused=pool.held.why,
            next_pass_seconds=next_pass,
            answers=answers(said),
        )  # fmt: skip

    async def _parked(self) -> Sequence[Parked]:
        """Read anew where there are more or fewer than before, or after a while: there may be many."""
        queue, time = self._parts.ports.queue, asyncio.get_running_loop().time()
        count = (await queue.counts()).parked
        if len(self._known_parked) != count or time - self._parked_at > PARKED_SECONDS:
            self._known_parked, self._parked_at = await queue.parked(), time
        return self._known_parked

    def _troubles(self) -> list[tuple[str, str]]:
        """Loops that broke their promise first: the rest may follow from it."""
        health = self._parts.health
        found = [
            (name, f"gives no sign of life (the last one: {row['last_beat']}, {row['detail'] or 'at work'})")
            for name, row in health.components().items()
            if row["status"] == "unhealthy"
        ]
        return found + [
            (name, str(row["detail"])) for name, row in health.components().items() if row["status"] == "degraded"
        ]

    def _advice(self, name: str) -> str:
        row = self._parts.health.components().get(name)
        return SILENT if row is not None and row["status"] == "unhealthy" else advice(name)

    def _sources(self) -> list[Mapping[str, object]]:
        parts, states = self._parts, rate_limits(self._parts)
        rows: list[Mapping[str, object]] = [
            {
                "source": lane.source,
                "state": states[lane.source],
                "running": lane.running,
                "queued": parts.pool.requests_of.get(lane.source, 0),
                "trouble": parts.doubts.trouble(lane.source) or lane.trouble(),
                "held": lane.held.why,
                "waits": lane.why_waiting() if parts.pool.requests_of.get(lane.source, 0) else "",
            }
            for lane in parts.lanes
        ]
        # first what somebody has to look at, then what works; many inventories use one source of five
        return sorted(
            rows, key=lambda row: (not (row["trouble"] or row["held"]), not (row["running"] or row["queued"]))
        )


def headline(
    health: str,
    troubles: Sequence[tuple[str, str]],
    total: Coverage | None,
    seen: Outlook,
    now: float,
    *,
    waiting: int,
    paused: str,
    parked: int,
    stored_since: int = 0,
    unforeseen: int = 0,
    passes: bool = True,
) -> str:
    """The four answers in a sentence or three. `total`: None before the first pass.

    >>> headline("healthy", [], Coverage("", "", None, expected=4, stored=4), Outlook(0.0), 0.0,
    ...          waiting=0, paused="", parked=0)
    'Well. Complete: all 4 objects are there. Nothing to do.'
    """
    said = {"healthy": "Well.", "degraded": f"At work, with trouble: {named(troubles)}."}.get(
        health, f"Not well: {named(troubles)}."
    )
    if total is None and not passes:
        return f"{said} Nobody looks at the lake: the settings say so."
    if total is None:
        first = "has not been done" if is_stuck(troubles, health) else "is under way"
        return f"{said} The first look at the lake {first}."
    gaps = total.gaps
    if not total.expected:
        said += " Nothing is expected yet."
    elif not gaps and stored_since:
        said += f" All {total.expected:,} objects of the last look are there; the next one finds what follows."
    elif not gaps:
        said += f" Complete: all {total.expected:,} objects are there."
    else:
        said += f" {total.completeness_pct:g} % of {total.expected:,} complete, {gaps:,} gap{'s' * (gaps != 1)}."
    if paused:
        return f"{said} Paused: {paused}."
    if not waiting:
        return f"{said} {'Nothing to do.' if not parked else f'{parked:,} parked: they need a person.'}"
    fetch = f"{waiting:,} to fetch" + (f" and about {unforeseen:,} not listed yet" if unforeseen else "")
    if nothing_is_kept(troubles):
        return f"{said} {fetch}, once something can be stored again."
    by = f", bound by {seen.source or 'all sources together'} ({seen.because})" if seen.because else ""
    return f"{said} {fetch}, done {when(now, seen.seconds)} at the earliest{by}."
