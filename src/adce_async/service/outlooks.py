"""When all would be done, by arithmetic on what the running parts have before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from adce_async.app import Parts
from adce_async.model.limits import Window
from adce_async.planning.outlook import Load, Outlook, outlook
from adce_async.planning.unforeseen import Unforeseen, unforeseen
from adce_async.service.last_look import LastLook, Look


class Outlooks:
    """Of running parts."""

    def __init__(self, parts: Parts, look: LastLook | None = None) -> None:
        """`look`: at the lake."""
        self._parts = parts
        self._look = look or LastLook(parts)
        self._unforeseen: tuple[Look | None, Sequence[Unforeseen]] = None, ()

    def queue(self, more: Mapping[str, int] | None = None) -> Outlook:
        """When the queue is empty at the earliest; `more`: requests besides, by source. What is held is left out."""
        parts, more = self._parts, more or {}
        loads = {}
        for lane in parts.lanes:
            requests = parts.pool.requests_of.get(lane.source, 0) + more.get(lane.source, 0)
            if requests and not lane.held:
                limits = lane.limiter.limits
                used = _used(parts.limiters[lane.source].snapshot(), limits.windows)
                loads[lane.source] = Load(requests, limits, _closed(parts, lane.source), used)
        overall = parts.overall.limits
        return outlook(loads, overall, _used(parts.overall.snapshot(), overall.windows))

    def unforeseen(self) -> Sequence[Unforeseen]:
        """What the last pass could not plan: games of schedules that are not there."""
        last = self._look.last
        if last is not self._unforeseen[0]:
            found = unforeseen(self._parts.catalog.declared, last.coverage, now=last.at) if last else []
            self._unforeseen = last, found
        return self._unforeseen[1]

    def whole(self) -> tuple[Outlook, int]:
        """When all would be done with what is not foreseen, and about how many requests that are."""
        more = Counter[str]()
        for each in self.unforeseen():
            more[each.parent.partition(".")[0]] += each.requests or 0
        return self.queue(more), more.total()


def _closed(parts: Parts, source: str) -> float:
    until = parts.limiters[source].cooling_until
    return 0.0 if until is None else max(0.0, until - parts.ports.clock.now())


def _used(snapshot: Mapping[str, object], windows: Sequence[Window]) -> dict[float, int]:
    known = snapshot["windows"]
    assert isinstance(known, Mapping)
    return {window.seconds: known[window.name]["used"] for window in windows}
