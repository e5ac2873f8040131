"""What limits and slots make of a queue: the pool and its limiters played through without a clock.

It mirrors what `engine.dispatching.pool` and `engine.dispatching.lanes` do: the best request whose source may send now
starts, if there is a slot for it; a request for a robots.txt goes first where one is due. Times are seconds from now.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.model.limits import Limits, Pacing, whole_milliseconds
from adce_async.planning.limits import Allowance
from adce_async.planning.throttle import Throttle

EXACT_REQUESTS = 20_000
"""So many requests are played one by one; what is left then takes the rates that have come about."""
PROBE = 500
"""Requests by which the rate of a source is measured for the rest."""
GLOBAL, SLOTS = "_global", "max_concurrent_scrapers"
"""What can bind besides a source."""

_LATENCY_AT_FIRST = 1.0
_SMOOTHING = 0.2
_INSTANT = 1e-6
_TIMER = 0.002
"""Seconds within which two things count as one cause of the other."""


@dataclass(frozen=True, slots=True)
class Request:
    """One to come: from when on it may go, how long it holds its slot, and whose robots.txt it needs ('': nobody's)."""

    source: str
    ready: float = 0.0
    seconds: float = 0.0
    robots: str = ""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source as it stands: `past`, when it was asked last, oldest first; `most` requests at once."""

    limits: Limits = field(default_factory=Limits)
    pacing: Pacing | None = None
    past: Sequence[float] = ()
    throttle: Throttle | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """When each request goes (infinite: never), and for what each source waited most: itself, GLOBAL or SLOTS."""

    times: Sequence[float]
    bound_by: Mapping[str, str]


class _Source:
    """An allowance and when it lets the next one go, which changes with each one that goes."""

    __slots__ = ("_allowance", "due", "limits")

    def __init__(self, upstream: Upstream) -> None:
        self._allowance = Allowance(upstream.limits, upstream.pacing, past=upstream.past, throttle=upstream.throttle)
        self.limits = upstream.limits
        self.due = self._allowance.due(0.0)

    def take(self, at: float) -> None:
        """One goes at `at`."""
        self._allowance.take(at)
        self.due = self._allowance.due(at)


class _Lane:
    """A source at play; see `engine.dispatching.lanes.Lane`."""

    __slots__ = (
        "allowance", "asked", "asking", "latency", "most", "name", "ready", "running", "since", "waiting", "waits",
        "width",
    )  # fmt: skip

    def __init__(self, name: str, upstream: Upstream) -> None:
        self.name = name
        self.allowance = _Source(upstream)
        self.most = upstream.most or 1_000_000
        self.ready: list[int] = []
        """What may go, as a heap; the number of a request is its rank."""
        self.running = 0
        self.latency: float | None = None
        self.width = self._width(_LATENCY_AT_FIRST)
        self.asked: set[str] = set()
        self.asking = 0
        """Requests for a robots.txt that are under way."""
        self.waiting: deque[tuple[int, float]] = deque()
        """Attempts that have got their robots.txt and need another token, with the time of their start."""
        self.since = 0.0
        self.waits = {name: 0.0, GLOBAL: 0.0, SLOTS: 0.0}

    def _width(self, latency: float) -> int:
        rate = self.allowance.limits.sustained_rate
        return max(1, min(math.ceil(rate * latency), self.most)) if math.isfinite(rate) else self.most

    def end(self, seconds: float) -> None:
        """An attempt that took so long is over."""
        self.running -= 1
        before = seconds if self.latency is None else self.latency
        self.latency = before + _SMOOTHING * (seconds - before)
        self.width = self._width(self.latency)

    def is_closed(self, *, alone: bool) -> bool:
        """True if it may not begin another attempt, whatever the limits say. `alone`: no other lane has work."""
        if self.asking or self.waiting or self.running >= self.width:
            return True
        return self.latency is None and self.running > 0 and not alone

    def wait(self, begun: float, now: float, overall: float, full_until: float) -> None:
        """Note what a request that goes `now` has waited for since `begun`: what let go of it last."""
        seconds = now - max(begun, self.since)
        if self.allowance.due > now - _TIMER:
            self.waits[self.name] += seconds
        elif overall > now - _TIMER:
            self.waits[GLOBAL] += seconds
        elif full_until > now - _TIMER:
            self.waits[SLOTS] += seconds
        self.since = now


class Simulation:
    """Plays `requests`, best first, against `upstreams`; all of them together are bound by `overall` and `slots`.

    `strict`: nothing overtakes the best one. A source that `upstreams` does not know has no limits.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        upstreams: Mapping[str, Upstream],
        overall: Upstream | None = None,
        slots: float = math.inf,
        *,
        strict: bool = False,
    ) -> None:
        self._requests = requests
        self._strict = strict
        self._slots = slots
        self._taken = 0
        self._full_until = -math.inf
        names = dict.fromkeys(request.source for request in requests)
        self._lanes = {name: _Lane(name, upstreams.get(name, Upstream())) for name in names}
        self._overall = _Source(overall or Upstream())
        self._times = [math.inf] * len(requests)
        self._left = len(requests)
        self._delayed = [(each.ready, index) for index, each in enumerate(requests) if each.ready > 0]
        heapq.heapify(self._delayed)
        for index, each in enumerate(requests):
            if each.ready <= 0:
                self._lanes[each.source].ready.append(index)
        self._ends: list[tuple[float, int, _Lane, int, float]] = []
        self._serial = itertools.count()

    def play(self) -> Played:
        """From now until the last request has gone."""
        now, end = 0.0, max(0, self._left - EXACT_REQUESTS)
        while self._left > end and now < math.inf:
            self._catch_up(now)
            now = self._look(now)
        if self._left and now < math.inf:
            self._go_on_evenly(now)
        return Played(
            self._times, {name: max(lane.waits, key=lane.waits.__getitem__) for name, lane in self._lanes.items()}
        )

    def _catch_up(self, now: float) -> None:
        """What has become ready or has ended by now."""
        while self._delayed and self._delayed[0][0] <= now:
            _, index = heapq.heappop(self._delayed)
            heapq.heappush(self._lanes[self._requests[index].source].ready, index)
        while self._ends and self._ends[0][0] <= now:
            at, _, lane, index, started = heapq.heappop(self._ends)
            self._leave(at)
            if index < 0:
                lane.end(at - started)
            else:
                lane.asking -= 1
                lane.waiting.append((index, started))

    def _look(self, now: float) -> float:
        """Let go what may go, and return when to look again."""
        soonest = now + _INSTANT
        while True:
            wake = min(self._ends[0][0] if self._ends else math.inf, self._delayed[0][0] if self._delayed else math.inf)
            overall = self._overall.due
            for lane in self._lanes.values():
                if lane.waiting:
                    at = max(lane.allowance.due, overall)
                    if at <= soonest:
                        self._resume(lane, now)
                        break
                    wake = min(wake, now + whole_milliseconds(at - now))
            else:
                best: _Lane | None = None
                for lane in self._open():
                    at = max(lane.allowance.due, overall)
                    if at > soonest:
                        wake = min(wake, now + whole_milliseconds(at - now))
                    elif best is None or lane.ready[0] < best.ready[0]:
                        best = lane
                if best is None:
                    return wake
                self._start(best, now)

    def _open(self) -> Sequence[_Lane]:
        """The lanes that may take a slot; see `engine.dispatching.lanes.Lanes.may_take`."""
        free = self._slots - self._taken
        if free <= 0:
            return ()
        working = [lane for lane in self._lanes.values() if lane.ready]
        alone = len(working) == 1
        unserved = sum(1 for lane in working if not lane.running)
        if self._strict and working:
            working = [min(working, key=_head)]
        return [lane for lane in working if not lane.is_closed(alone=alone) and (not lane.running or free > unserved)]

    def _start(self, lane: _Lane, now: float) -> None:
        index = heapq.heappop(lane.ready)
        request = self._requests[index]
        lane.running += 1
        self._taken += 1
        if request.robots and request.robots not in lane.asked:
            lane.asked.add(request.robots)
            lane.asking += 1
            self._take(lane, request, now)
            heapq.heappush(self._ends, (now + request.seconds, next(self._serial), lane, index, now))
        else:
            self._send(lane, index, now, now)

    def _resume(self, lane: _Lane, now: float) -> None:
        index, started = lane.waiting.popleft()
        self._taken += 1
        self._send(lane, index, now, started)

    def _send(self, lane: _Lane, index: int, now: float, started: float) -> None:
        request = self._requests[index]
        self._take(lane, request, now)
        self._times[index] = now
        self._left -= 1
        if request.seconds > 0:
            heapq.heappush(self._ends, (now + request.seconds, next(self._serial), lane, -1, started))
        else:
            self._leave(now)
            lane.end(now - started)

    def _take(self, lane: _Lane, request: Request, now: float) -> None:
        lane.wait(request.ready, now, self._overall.due, self._full_until)
        lane.allowance.take(now)
        self._overall.take(now)

    def _leave(self, now: float) -> None:
        if self._taken >= self._slots:
            self._full_until = now
        self._taken -= 1

    def _go_on_evenly(self, now: float) -> None:
        """The rest, at the rates of the sources, all of them no faster than the global limits and the slots allow."""
        rest: dict[str, list[int]] = {}
        for index, at in enumerate(self._times):
            if at == math.inf:
                rest.setdefault(self._requests[index].source, []).append(index)
        count = sum(map(len, rest.values()))
        busy = sum(self._requests[index].seconds for indices in rest.values() for index in indices)
        together = {GLOBAL: count / _rate(self._overall), SLOTS: busy / self._slots}
        for name, indices in rest.items():
            lane = self._lanes[name]
            lasts = {name: len(indices) / _rate(lane.allowance), **together}
            binding = max(lasts, key=lasts.__getitem__)
            lane.waits[binding] += lasts[binding]
            for n, index in enumerate(indices, 1):
                self._times[index] = max(now + lasts[binding] * n / len(indices), self._requests[index].ready)


def _head(lane: _Lane) -> int:
    return lane.ready[0]


def _rate(allowance: _Source) -> float:
    """Requests a second that it allows in the long run; it is used up by this."""
    sustained = allowance.limits.sustained_rate
    if math.isinf(sustained):
        return sustained
    first = at = allowance.due
    for _ in range(PROBE):
        allowance.take(at)
        at = max(at, allowance.due)
    return min(sustained, PROBE / (at - first)) if at > first else sustained
