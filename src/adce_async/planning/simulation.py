"""What limits and slots make of a queue: dispatch (`planning.dispatch`) driven by a clock that jumps.

The engine's dispatcher drives the same rule over the same lanes and the same arithmetic of limits; what is played here
is only what the world does meanwhile: answers come after as long as they usually take, and a robots.txt is asked for
first where one is due. Times are seconds from now.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adce_async.model.limits import Limits, Pacing, whole_milliseconds
from adce_async.model.task import Task
from adce_async.planning.backlog import Backlog
from adce_async.planning.breaker import Breaker
from adce_async.planning.dispatch import Start, decide
from adce_async.planning.lanes import Lane, Lanes
from adce_async.planning.limits import Allowance
from adce_async.planning.maintenance import Calendar, Window
from adce_async.planning.throttle import Throttle

EXACT_REQUESTS = 20_000
"""So many requests are played one by one; what is left then takes the rates that have come about."""
PROBE = 500
"""Requests by which the rate of a source is measured for the rest."""
GLOBAL, SLOTS = "_global", "max_concurrent_scrapers"
"""What can bind besides a source."""

_INSTANT = 1e-6
_TIMER = 0.002
"""Seconds within which two things count as one cause of the other."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source as it stands: `past`, when it was asked last, oldest first; `most` requests at once."""

    limits: Limits = field(default_factory=Limits)
    pacing: Pacing | None = None
    past: Sequence[float] = ()
    throttle: Throttle | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Where a run would begin: what the sources allow and have seen, and what is known of requests.

    `slots`: how many at once; `strict`: nothing overtakes the best task. `seconds`: what an attempt takes, by
    scraper; none without an entry. `robots`: the host whose robots.txt has to be asked for first, by key of the task.
    A source that `upstreams` does not know has no limits.
    """

    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    overall: Upstream = field(default_factory=Upstream)
    slots: float = float("inf")
    strict: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    robots: Mapping[str, str] = field(default_factory=dict)
    windows: Sequence[Window] = ()
    """Times at which sources are closed."""


@dataclass(frozen=True, slots=True)
class Played:
    """When the request of each key goes (infinite: never); what each source waited for most: itself, GLOBAL, SLOTS."""

    times: Mapping[str, float]
    bound_by: Mapping[str, str]


class _Allowance:
    """An allowance and when it lets the next one go: `due`, as of when it was asked last."""

    __slots__ = ("_allowance", "_moves", "due", "limits")

    def __init__(self, upstream: Upstream) -> None:
        self._allowance = Allowance(upstream.limits, upstream.pacing, past=upstream.past, throttle=upstream.throttle)
        self.limits = upstream.limits
        self.due = self._allowance.due(0.0)
        backs_off = upstream.pacing is not None and upstream.pacing.strategy != "pace"
        self._moves = backs_off or upstream.throttle is not None
        """Whether time alone changes when the next one may go; else only those that go do, and it need not be asked."""

    def due_at(self, now: float) -> float:
        """When the next one may go, as seen from `now`."""
        if self._moves:
            self.due = self._allowance.due(now)
        return self.due

    def take(self, at: float) -> None:
        """One goes at `at`."""
        self._allowance.take(at)
        self.due = self._allowance.due(at)


class _Limits:
    """`lanes.SourceLimits`, played: what a source and all together allow, at the time of `of`."""

    def __init__(self, of: Simulation, own: _Allowance, overall: _Allowance) -> None:
        self._of = of
        self.own = own
        self._overall = overall

    @property
    def limits(self) -> Limits:
        return self.own.limits

    def delay(self) -> float:
        at = self._of.at
        left = max(self.own.due_at(at), self._overall.due) - at
        return whole_milliseconds(left) if left > _INSTANT else 0.0

    def try_acquire(self) -> bool:
        self.own.take(self._of.at)
        self._overall.take(self._of.at)
        return True

    def give_back(self) -> None:
        raise AssertionError("what is played is never given back")

    def why(self) -> str:
        return ""

    def cooling(self) -> str:
        return ""


class _Meanwhile:
    """What goes on at a source beside its lane: who waits within an attempt, and what was waited for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: set[str] = set()
        """Hosts whose robots.txt was asked for."""
        self.waiting: deque[tuple[Sequence[Task], float]] = deque()
        """Attempts that have got their robots.txt and need another token, with the time of their start."""
        self.since = 0.0
        self.waits = {name: 0.0, GLOBAL: 0.0, SLOTS: 0.0}


@dataclass(order=True, slots=True)
class _End:
    """At `at` ends what began at `started`: an attempt, or only the request for its robots.txt."""

    at: float
    serial: int
    tasks: Sequence[Task] = field(compare=False)
    started: float = field(compare=False)
    only_robots: bool = field(compare=False)


class Simulation:
    """Plays `backlog`, which it empties, under `conditions`. `now`: seconds since the epoch, when it begins."""

    def __init__(self, backlog: Backlog, conditions: Conditions, *, now: float) -> None:
        self.at = 0.0
        """Seconds from `now`."""
        self._backlog = backlog
        self._conditions = conditions
        self._calendar = Calendar(conditions.windows)
        self._began = now
        self._taken = 0
        self._full_until = -math.inf
        self._overall = _Allowance(conditions.overall)
        names = backlog.all_sources()
        self._limits = {
            name: _Limits(self, _Allowance(conditions.upstreams.get(name, Upstream())), self._overall) for name in names
        }
        most = {name: conditions.upstreams.get(name, Upstream()).most for name in names}
        self._lanes = Lanes(
            {name: Lane(name, self._limits[name], Breaker(), lambda: self.at, most[name]) for name in names}
        )
        self._meanwhile = {name: _Meanwhile(name) for name in names}
        self._times = dict.fromkeys(backlog.keys(), math.inf)
        self._begun = 0
        """Requests whose attempt has begun and that have not gone yet."""
        self._ends: list[_End] = []
        self._serial = itertools.count()

    def play(self) -> Played:
        """From now until the last request has gone."""
        end = max(0, self._left() - EXACT_REQUESTS)
        while self._left() > end and self.at < math.inf:
            self._catch_up()
            self.at = self._look()
        if self._left() and self.at < math.inf:
            self._go_on_evenly()
        waits = {name: each.waits for name, each in self._meanwhile.items()}
        return Played(self._times, {name: max(each, key=each.__getitem__) for name, each in waits.items()})

    def _left(self) -> int:
        return self._backlog.requests + self._begun

    def _catch_up(self) -> None:
        """What has ended by now."""
        while self._ends and self._ends[0].at <= self.at:
            end = heapq.heappop(self._ends)
            source = end.tasks[0].source
            self._leave(end.at)
            if end.only_robots:
                self._meanwhile[source].waiting.append((end.tasks, end.started))
            else:
                self._lanes[source].end(end.at - end.started, answered=True)

    def _look(self) -> float:
        """Let go what may go, and return when to look again."""
        while True:
            wake = self._ends[0].at if self._ends else math.inf
            for name, meanwhile in self._meanwhile.items():
                if meanwhile.waiting:  # within an attempt: they come before whoever has not begun
                    wait = self._limits[name].delay()
                    if wait <= 0:
                        self._resume(name)
                        break
                    wake = min(wake, self.at + wait)
            else:
                free = self._conditions.slots - self._taken
                decision = decide(
                    self._backlog, self._lanes, now=self._began + self.at, free=int(min(free, 1_000_000)),
                    strict=self._conditions.strict, closed=self._closed if self._conditions.windows else None,
                )  # fmt: skip
                if not isinstance(decision, Start):
                    return min(wake, self.at + decision.seconds)
                self._start(decision.tasks)

    def _closed(self, source: str, urgent: bool) -> float:
        """`planning.dispatch.ClosedFor`, at the time that is played."""
        return self._calendar.wait(source, self._began + self.at, urgent=urgent)

    def _start(self, tasks: Sequence[Task]) -> None:
        source = tasks[0].source
        meanwhile, host = self._meanwhile[source], self._conditions.robots.get(tasks[0].key, "")
        self._note_wait(source, tasks)
        self._lanes[source].begin()
        self._taken += 1
        self._begun += 1
        if host and host not in meanwhile.asked:
            meanwhile.asked.add(host)
            self._lanes[source].outside += 1  # others would have to wait for the same
            self._end_later(tasks, self.at, only_robots=True)
        else:
            self._go(tasks, self.at)

    def _resume(self, source: str) -> None:
        """Who has got his robots.txt asks for what he came for."""
        tasks, started = self._meanwhile[source].waiting.popleft()
        self._lanes[source].outside -= 1
        self._note_wait(source, tasks)
        self._limits[source].try_acquire()
        self._taken += 1
        self._go(tasks, started)

    def _go(self, tasks: Sequence[Task], started: float) -> None:
        """The request goes now; what its attempt waited for does not count as its latency."""
        self._times.update((task.key, self.at) for task in tasks)
        self._begun -= 1
        self._end_later(tasks, max(started, self.at), only_robots=False)

    def _end_later(self, tasks: Sequence[Task], started: float, *, only_robots: bool) -> None:
        seconds = self._conditions.seconds.get(tasks[0].scraper, 0.0)
        if seconds > 0 or only_robots:
            heapq.heappush(self._ends, _End(self.at + seconds, next(self._serial), tasks, started, only_robots))
            if only_robots and seconds <= 0:
                self._catch_up()
        else:
            self._leave(self.at)
            self._lanes[tasks[0].source].end(0.0, answered=True)

    def _note_wait(self, source: str, tasks: Sequence[Task]) -> None:
        """What a request that goes now has waited for: what let go of it last."""
        meanwhile = self._meanwhile[source]
        ready = max(0.0, max(task.not_before for task in tasks) - self._began)
        seconds = self.at - max(ready, meanwhile.since)
        if self._limits[source].own.due > self.at - _TIMER:
            meanwhile.waits[source] += seconds
        elif self._overall.due > self.at - _TIMER:
            meanwhile.waits[GLOBAL] += seconds
        elif self._full_until > self.at - _TIMER:
            meanwhile.waits[SLOTS] += seconds
        meanwhile.since = self.at

    def _leave(self, at: float) -> None:
        if self._taken >= self._conditions.slots:
            self._full_until = at
        self._taken -= 1

    def _go_on_evenly(self) -> None:
        """The rest, at the rates of the sources, all of them no faster than the global limits and the slots allow."""
        waiting = (tasks for each in self._meanwhile.values() for tasks, _ in each.waiting)
        under_way = (end.tasks for end in self._ends if end.only_robots)
        rest: dict[str, dict[str, list[Task]]] = {name: {} for name in self._meanwhile}
        for task in (task for tasks in (*waiting, *under_way) for task in tasks):
            rest[task.source].setdefault(task.request, []).append(task)
        for task in self._backlog.in_order(self._began + self.at):
            requests, request = rest[task.source], self._backlog.request_of(task.key)
            if (tasks := requests.get(request)) is None:
                requests[request] = [task]
            else:
                tasks.append(task)
        count = sum(map(len, rest.values()))
        seconds = self._conditions.seconds
        busy = sum(seconds.get(tasks[0].scraper, 0.0) for its in rest.values() for tasks in its.values())
        together = {GLOBAL: count / _rate(self._overall), SLOTS: busy / self._conditions.slots}
        for name, requests in rest.items():
            if not requests:
                continue
            lasts = {name: len(requests) / _rate(self._limits[name].own), **together}
            binding = max(lasts, key=lasts.__getitem__)
            self._meanwhile[name].waits[binding] += lasts[binding]
            for n, tasks in enumerate(requests.values(), 1):
                at = self.at + lasts[binding] * n / len(requests)
                for task in tasks:
                    self._times[task.key] = max(at, task.not_before - self._began)


def _rate(allowance: _Allowance) -> float:
    """Requests a second that it allows in the long run; it is used up by this."""
    sustained = allowance.limits.sustained_rate
    if math.isinf(sustained):
        return sustained
    first = at = allowance.due
    for _ in range(PROBE):
        allowance.take(at)
        at = max(at, allowance.due)
    return min(sustained, PROBE / (at - first)) if at > first else sustained
