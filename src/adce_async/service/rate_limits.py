"""`/rate-limits`: how it stands with the limits of each source, and what keeps it shut."""

from __future__ import annotations

from collections.abc import Mapping

from adce_async.app import Parts
from adce_async.engine.collecting.doubts import Doubts
from adce_async.engine.dispatching.pool import WorkerPool
from adce_async.model.days import iso
from adce_async.resources import GLOBAL


def rate_limits(parts: Parts) -> dict[str, Mapping[str, object]]:
    """An entry per source, and `_global`."""
    rows: dict[str, Mapping[str, object]] = {
        lane.source: {
            **parts.limiters[lane.source].snapshot(),
            "breaker": lane.breaker.state,
            **_in_doubt(parts.doubts, lane.source),
            **_closed(parts.pool, lane.source),
        }
        for lane in parts.lanes
    }
    return {**rows, GLOBAL: {**parts.overall.snapshot(), "breaker": "closed"}}


def _closed(pool: WorkerPool, source: str) -> dict[str, object]:
    """What a maintenance window changes in the entry of a source."""
    why = pool.closures.why(source)
    return {"maintenance": why} if why else {}


def _in_doubt(doubts: Doubts, source: str) -> dict[str, object]:
    """What doubts change in the entry of a source."""
    until = doubts.doubtful_until(source)
    return {} if until is None else {"cooling_until": iso(until), "cooling_reason": doubts.trouble(source)}
